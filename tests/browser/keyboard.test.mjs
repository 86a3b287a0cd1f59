// Everything without a mouse: from the first page to an applied patch; a workflow that is built, connected, saved and
// run; agents, runs and their parts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { kProject, openBrowser, startServer } from './harness.mjs';

const kMostTabs = 120;

let server;
let browser;
before(async () => {
  server = await startServer();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

// Tab by Tab, as a person goes. What has the focus must show it.
async function tabTo(page, target, what) {
  await target.waitFor();
  for (let i = 0; i < kMostTabs; i++) {
    if (await target.evaluate((element) => element === document.activeElement)) {
      const outline = await target.evaluate((element) => {
        const style = getComputedStyle(element);
        return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
      });
      assert.ok(outline, `${what} does not show that it has the focus`);
      return;
    }
    await page.keyboard.press('Tab');
  }
  assert.fail(`${what} is not reached in ${kMostTabs} tabs`);
}

async function press(page, target, what, key = 'Enter') {
  await tabTo(page, target, what);
  await page.keyboard.press(key);
}

const button = (page, name) => page.getByRole('button', { name, exact: true });

test('from the first page to an applied patch', async () => {
  const page = await browser.page();
  await page.goto(server.url);
  await page.getByRole('heading', { name: 'Begin here' }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  await press(page, page.getByRole('button', { name: /^Run.* Update a dependency$/ }), 'the example');
  await page.locator('[data-testid="node-update"][data-status="WAITING_APPROVAL"]').waitFor();
  await tabTo(page, page.getByLabel('Your name'), 'the name');
  await page.keyboard.type('Ada');
  await press(page, button(page, 'Approve'), 'Approve');
  await page.locator('[data-testid="node-tell"][data-status="SUCCESS"]').waitFor();
  const file = join(server.data, 'examples/update-dependency/requirements.txt');
  assert.match(readFileSync(file, 'utf8'), /requests==2\.32\.3/);

  // A step of the graph, then the parts of it, by arrows.
  const scan = page.locator('.react-flow__node[data-id="scan"]');
  await press(page, scan, 'the step scan');
  const findings = page.getByRole('tab', { name: /^Findings/ });
  await tabTo(page, findings, 'the findings');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('tab', { name: 'Output', selected: true }).waitFor();
  await press(page, page.getByRole('tab', { name: 'Graph' }), 'the views', 'ArrowRight');
  await page.getByRole('tab', { name: 'Timeline', selected: true }).waitFor();
  assert.deepEqual(page.complaints, []);
});

test('a workflow is built, connected, undone, saved and run', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/workflows`);
  await press(page, button(page, 'New workflow'), 'New workflow');
  await tabTo(page, page.getByLabel('Name of the workflow'), 'the name');
  await page.keyboard.type('by hand');
  await press(page, page.getByTestId('palette-transform'), 'transform');
  await press(page, page.getByTestId('palette-transform'), 'transform');
  await page.getByTestId('step-compute-2').waitFor();

  // The second waits for the first; its name is changed.
  await tabTo(page, page.getByLabel('Name of the step'), 'the name of the step');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('second');
  await page.keyboard.press('Enter');
  await press(page, page.getByRole('tab', { name: 'Config' }), 'the tabs', 'ArrowRight');
  await press(page, page.getByRole('checkbox', { name: 'compute', exact: true }), 'the dependency', 'Space');
  await page.locator('.react-flow__edge').waitFor({ state: 'attached' });

  // Removed, and back again; moved with the arrows.
  const second = page.locator('.react-flow__node[data-id="second"]');
  await press(page, second, 'the second step');
  const before = await second.boundingBox();
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction(
    ([top]) => document.querySelector('.react-flow__node[data-id="second"]').getBoundingClientRect().top > top,
    [before.y],
  );
  await page.keyboard.press('Delete');
  await second.waitFor({ state: 'detached' });
  await page.keyboard.press('Control+z');
  await second.waitFor();
  await page.keyboard.press('Control+s');
  await page.waitForURL(/\/workflows\/(?!new)/);
  const { definition } = await server.get('/api/workflows/by%20hand');
  assert.deepEqual(definition.nodes[1].dependsOn, ['compute']);

  await press(page, button(page, 'Run'), 'Run');
  const dialog = page.getByRole('dialog');
  await press(page, dialog.getByRole('button', { name: 'Run', exact: true }), 'Run in the dialog');
  await page.locator('[data-testid="node-second"][data-status="SUCCESS"]').waitFor();
  assert.deepEqual(page.complaints, []);
});

test('agents are read and tried, runs filtered and compared, dialogs closed', async () => {
  const page = await browser.page();
  await page.goto(server.url);
  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Agents' }), 'Agents');
  await press(page, page.getByRole('link', { name: /^notifier/ }), 'notifier');
  await tabTo(page, page.getByRole('tab', { name: 'Actions' }), 'the tabs');
  await page.keyboard.press('ArrowRight');
  await page.getByTestId('markdown').waitFor(); // its documentation
  await page.keyboard.press('ArrowRight');
  await tabTo(page, page.getByLabel('channel'), 'the channel');
  await page.keyboard.press('c'); // console
  await tabTo(page, page.getByRole('combobox', { name: 'message' }).first(), 'the message');
  await page.keyboard.type('hello');
  await press(page, button(page, 'Try it'), 'Try it');
  await page.getByText('What it would do').waitFor();
  await press(page, button(page, 'Register an agent'), 'Register');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await page.goto(`${server.url}/runs`);
  const boxes = page.getByRole('checkbox', { name: /^Compare run/ });
  await press(page, boxes.nth(0), 'the first box', 'Space');
  await press(page, boxes.nth(1), 'the second box', 'Space');
  for (let i = 0; i < kMostTabs && !page.url().includes('/compare'); i++) {
    const compare = button(page, 'Compare (2 of 2)');
    if (await compare.evaluate((element) => element === document.activeElement)) await page.keyboard.press('Enter');
    else await page.keyboard.press('Shift+Tab');
  }
  await page.getByRole('heading', { name: 'Compare two runs' }).waitFor();
  assert.deepEqual(page.complaints, []);
});

test('a repository is drawn, gone into and left again', async () => {
  const page = await browser.page();
  await page.goto(server.url);
  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Architecture' }), 'Architecture');
  await tabTo(page, page.getByRole('combobox', { name: 'Repository' }), 'the repository');
  await page.keyboard.type(join(kProject, 'web'));
  await page.keyboard.press('Enter');
  const box = page.locator('.react-flow__node[data-id="src/graph"]');
  await press(page, box, 'a box');
  await page.getByTestId('selected').getByRole('heading', { name: 'graph' }).waitFor();
  await page.keyboard.press('Enter');
  const above = page.getByRole('navigation', { name: 'Where this is' }).getByRole('button').first();
  await above.waitFor();
  await page.getByTestId('box-src/graph/layout.ts').waitFor();
  for (let i = 0; i < kMostTabs; i++) {
    if (await above.evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press('Shift+Tab');
  }
  await page.keyboard.press('Enter');
  await box.waitFor();
  assert.deepEqual(page.complaints, []);
});
