// What people do with workflows and agents beyond drawing: checks while typing, values of the latest run, schedules,
// runs compared, replayed and cloned, agents tried and registered. Features 13, 14, 16 and 118.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { openBrowser, startServer } from './harness.mjs';

let server;
let browser;
let folder; // a root of its own, with a repository and an agent
let scanned; // the id of a workflow that has run
const runs = [];

const kScan = {
  projectId: 1,
  name: 'scan and sum',
  trigger: 'manual',
  nodes: [
    { id: 'scan', agent: 'security-scanner', action: 'scan', input: { target: '/workspace' } },
    { id: 'sum', dependsOn: ['scan'], transform: { total: '{{ scan.output.summary.total }}' } },
  ],
};

async function ended(run) {
  for (;;) {
    const { finishedAt } = await server.get(`/api/runs/${run}`);
    if (finishedAt) return;
    await fetch(`${server.url}/api/runs/${run}/events`).then((stream) => stream.text()); // ends with the run
  }
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cc-work-'));
  mkdirSync(join(folder, 'shop'));
  mkdirSync(join(folder, 'counter'));
  writeFileSync(join(folder, 'shop/settings.py'), 'DEBUG = True\n\nDB_PASSWORD = "kT7vq9zLxw2M"\n');
  writeFileSync(join(folder, 'shop/requirements.txt'), 'requests==2.19.1\n');
  writeFileSync(join(folder, 'counter/run.sh'), 'printf \'{"files": 1}\'\n');
  server = await startServer({ root: folder, flags: ['--set=server.traceUrl=https://traces.example/t/{traceId}'] });
  browser = await openBrowser();
  scanned = (await server.post('/api/workflows', kScan)).id;
  for (let i = 0; i < 2; i++) {
    const run = await server.post(`/api/workflows/${scanned}/trigger`, { workspace: join(folder, 'shop') });
    runs.push(run.workflowRunId);
    await ended(run.workflowRunId);
    writeFileSync(join(folder, 'shop/orders.py'), 'db.execute("SELECT * FROM t WHERE id=" + request.args["id"])\n');
  }
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('mistakes show while somebody draws, templates with what they would have given', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/${scanned}`);
  await page.getByTestId('step-sum').click();
  const field = page.getByRole('combobox', { name: 'total' });
  await page.getByTestId('preview').getByText('2').waitFor();
  await field.fill('{{ scan.output.summary.total + 40 }} in all');
  await page.getByTestId('preview').getByText('42 in all').waitFor();
  await field.fill('{{ scan.output.summary.total + }}');
  await page
    .getByTestId('preview')
    .getByText(/column/)
    .waitFor();
  // The same mistake is told at the step, before anything is saved.
  await page
    .getByTestId('step-sum')
    .getByText(/column/)
    .waitFor();
  await page.getByRole('tab', { name: 'Policies' }).click();
  await page.getByLabel('Runs only if').fill("scan.status == 'SUCCESS'");
  await page.getByTestId('preview').getByText('true').waitFor();
  assert.equal((await server.get(`/api/workflows/${scanned}`)).version, 1);
});

test('a schedule shows its next five times, a webhook how it is called', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/new`);
  await page.getByLabel('Name of the workflow').fill('Nightly: all');
  await page.getByLabel('Started by').selectOption('schedule');
  await page.getByTestId('next-times').getByRole('listitem').nth(4).waitFor();
  await page.getByLabel('Schedule', { exact: true }).fill('61 * * * *');
  await page.getByText(/schedule: at character/).waitFor();
  await page.getByLabel('Started by').selectOption('webhook');
  assert.equal(await page.getByLabel('Address').inputValue(), 'nightly-all');
  await page.getByText('How to call it').click();
  await page.getByText('/api/hooks/nightly-all').waitFor();
  await page.getByLabel('Started by').selectOption('event');
  await page.getByLabel('Only if the event holds').fill('severity: high');
  await page.getByRole('tab', { name: 'YAML' }).click();
  assert.match(await page.getByLabel('Workflow as YAML').inputValue(), /filters:\s+severity: high/);
});

test('two runs are compared: a finding that is new, times, contexts', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/runs`);
  for (const run of runs) await page.getByLabel(`Compare run ${run}`).check();
  await page.getByRole('button', { name: 'Compare (2 of 2)' }).click();
  const row = page.getByTestId('compare-scan');
  await row.getByRole('button', { name: /differ/ }).click();
  await row.getByText('Findings only in the second (1)').waitFor();
  await row.getByText('orders.py:1').waitFor();
  await page.getByRole('button', { name: 'Swap' }).click();
  await row.getByRole('button', { name: /differ/ }).click();
  await row.getByText('Findings only in the first (1)').waitFor();
  assert.deepEqual(page.complaints, []);
});

test('runs of two workflows are told apart, and what both have is compared', async () => {
  const other = await server.post('/api/workflows', {
    projectId: 1,
    name: 'sum alone',
    trigger: 'manual',
    nodes: [
      { id: 'begin', transform: { n: 7 } },
      { id: 'sum', dependsOn: ['begin'], transform: { total: '{{ begin.output.n }}' } },
    ],
  });
  const stranger = await server.post('/api/workflows', {
    projectId: 1,
    name: 'stranger',
    trigger: 'manual',
    nodes: [{ id: 'else', transform: {} }],
  });
  const start = async ({ id }) => (await server.post(`/api/workflows/${id}/trigger?wait=true`)).workflowRunId;
  const page = await browser.page();
  const told = page.getByTestId('other-workflow');

  await page.goto(`${server.url}/compare?a=${runs[0]}&b=${await start(other)}`);
  await told.getByText('These are runs of two different workflows').waitFor();
  await told.getByRole('link', { name: 'sum alone' }).waitFor();
  await told.getByText('Only in the first: scan').waitFor();
  await told.getByText('Only in the second: begin').waitFor();
  await page
    .getByTestId('compare-sum')
    .getByRole('button', { name: /output differ/ })
    .waitFor();
  assert.equal(await page.locator('[data-testid^="compare-"]').count(), 1);

  await page.goto(`${server.url}/compare?a=${runs[0]}&b=${await start(stranger)}`);
  await told.getByText('there is nothing to compare').waitFor();
  assert.equal(await page.locator('[data-testid^="compare-"]').count(), 0);
  await told.getByRole('link', { name: 'Choose another second run' }).click();
  await page.getByLabel('Second').selectOption(runs[1]);
  await page.getByTestId('compare-scan').waitFor();
  assert.equal(await told.count(), 0);
  assert.deepEqual(page.complaints, []);
});

test('runs are filtered by the event that started them', async () => {
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'by event',
    trigger: { on: 'shop.closed' },
    nodes: [{ id: 'count', transform: {} }],
  });
  const page = await browser.page();
  await page.goto(`${server.url}/runs`);
  const by = page.getByLabel('Started by');
  await by.locator('option', { hasText: 'event:shop.closed' }).waitFor({ state: 'attached' });
  await by.selectOption('schedule');
  await page.getByText('No run is like that').waitFor();
  await by.selectOption('event:shop.closed');
  await page.getByText('No run is like that').waitFor();
  await server.post('/api/events', { type: 'shop.closed', payload: {} });
  await page.getByRole('table').getByRole('link', { name: 'by event' }).waitFor();
  assert.equal(await page.getByRole('row').count(), 2, 'the head, and that one');
  assert.match(page.url(), /trigger=event%3Ashop\.closed/);
  assert.equal((await server.get(`/api/workflows/${id}/runs`)).length, 1);
});

// Feature 118.
test('a run is replayed from its events, and cloned as a draft', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/runs/${runs[0]}`);
  const scan = page.getByTestId('node-scan');
  await page.locator('[data-testid="node-sum"][data-status="SUCCESS"]').waitFor();
  await page.getByText(/^as it is now, after/).waitFor();
  const slider = page.getByLabel('Moment of the run');
  await slider.focus();
  await page.keyboard.press('Home');
  await page.getByTestId('moment').getByText('run.created').waitFor();
  assert.notEqual(await scan.getAttribute('data-status'), 'SUCCESS');
  await page.keyboard.press('End');
  assert.equal(await scan.getAttribute('data-status'), 'SUCCESS');
  await page.getByRole('button', { name: 'Now' }).click();

  await page.getByRole('button', { name: 'Clone' }).click();
  await page.waitForURL(/\/workflows\/new$/);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/\/workflows\/(?!new)/);
  const copy = await server.get('/api/workflows/scan%20and%20sum%20copy');
  assert.equal(copy.status, 'DRAFT');
  assert.deepEqual(
    copy.nodes.map((node) => node.id),
    ['scan', 'sum'],
  );
});

test('a finding shows the source that it speaks of', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/runs/${runs[0]}`);
  await page.getByRole('button', { name: 'settings.py:3' }).click();
  const source = page.getByTestId('source');
  await source.getByText('DEBUG').waitFor();
  assert.match(await source.locator('[aria-current="true"]').innerText(), /DB_PASSWORD = "kT\*{4}"/);
  assert.equal(await page.getByText('kT7vq9zLxw2M').count(), 0, 'the secret itself is nowhere');
  assert.deepEqual(page.complaints, []);
});

test('a run leads to its trace', async () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'traced',
    trigger: 'manual',
    nodes: [{ id: 'a', transform: {} }],
  });
  const contextJson = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  const { id: run } = await server.post(`/api/workflows/${id}/trigger?wait=true`, { contextJson });
  const page = await browser.page();
  await page.goto(`${server.url}/runs/${run}`);
  const link = page.getByRole('link', { name: /^trace 4bf92f35/ });
  await link.waitFor();
  assert.equal(await link.getAttribute('href'), `https://traces.example/t/${trace}`);
  assert.match(await link.getAttribute('rel'), /noreferrer/);
  // Without a place to look at traces the id is there to be copied.
  const plain = await startServer({ root: folder });
  try {
    const { id: other } = await plain.post('/api/workflows', {
      projectId: 1,
      name: 'traced',
      trigger: 'manual',
      nodes: [{ id: 'a', transform: {} }],
    });
    const { id: second } = await plain.post(`/api/workflows/${other}/trigger?wait=true`, { contextJson });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(`${plain.url}/runs/${second}`);
    await page.getByRole('button', { name: 'Copy the id of the trace' }).click();
    await page.getByText('The id of the trace is in the clipboard').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), trace);
  } finally {
    await plain.stop();
  }
});

test('a run that waits says for what', async () => {
  const page = await browser.page();
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'gated',
    trigger: 'manual',
    nodes: [
      { id: 'gate', transform: {}, approval: true },
      { id: 'rest', transform: {}, dependsOn: ['gate'] },
    ],
  });
  const run = await server.post(`/api/workflows/${id}/trigger`);
  await page.goto(`${server.url}/runs/${run.workflowRunId}`);
  await page.getByRole('tab', { name: 'Waits (2)' }).click();
  await page.getByText('waits for a decision').waitFor();
  await page.getByText('waits for other steps').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.locator('[data-status="CANCELLED"]').first().waitFor();
  await page.getByTestId('approval-count').waitFor({ state: 'detached' });
});

test('an agent is tried without changing anything', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/agents`);
  await page.getByRole('link', { name: /^patcher/ }).click();
  await page.getByRole('tab', { name: 'Try it' }).click();
  await page.getByRole('combobox', { name: 'file' }).fill('requests');
  await page.getByRole('combobox', { name: 'version' }).fill('2.32.3');
  await page.getByLabel('dryRun').selectOption('false');
  await page.getByRole('combobox', { name: 'Repository' }).fill(join(folder, 'shop'));
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByTestId('outcome').getByText('requests==2.32.3').waitFor();
  assert.equal(readFileSync(join(folder, 'shop/requirements.txt'), 'utf8'), 'requests==2.19.1\n');
  await page.getByTestId('approval-count').waitFor({ state: 'detached' }); // thrown away by itself, once seen
});

test('a patch of several files is read by their tree, unified and side by side', async () => {
  const repository = join(folder, 'several');
  for (const path of ['src/server/a.py', 'src/server/b.py', 'src/ui/page.py', 'top.py']) {
    mkdirSync(join(repository, path, '..'), { recursive: true });
    writeFileSync(join(repository, path), 'def old_name(x):\n    return x\n\nold_name(1)\n');
  }
  const changes = { oldValue: 'old_name', newValue: 'new_name' };
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'renames',
    trigger: 'manual',
    nodes: [
      {
        id: 'rename',
        agent: 'patcher',
        action: 'patch',
        input: { operation: 'simple-refactor', dryRun: false, changes },
      },
    ],
  });
  const { workflowRunId: run } = await server.post(`/api/workflows/${id}/trigger`, { workspace: repository });
  const page = await browser.page();
  await page.goto(`${server.url}/runs/${run}`);
  await page.getByRole('link', { name: 'See what it would do' }).click();
  const tree = page.getByRole('navigation', { name: 'Changed files' });
  await tree.getByText('server/').waitFor();
  assert.equal(await tree.getByRole('link').count(), 4);
  await tree.getByRole('link', { name: /^page\.py/ }).click();
  const file = page.getByRole('region', { name: 'src/ui/page.py' });
  await file.getByText('def').first().waitFor();
  await page.waitForFunction(() => document.activeElement !== null && window.scrollY > 0);
  await page.getByRole('button', { name: 'Side by side' }).click();
  assert.equal(await file.locator('tr').nth(1).locator('td').count(), 4);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByTestId('outcome').getByText('4 files were changed').waitFor();
  assert.match(readFileSync(join(repository, 'src/ui/page.py'), 'utf8'), /^def new_name/);
  assert.deepEqual(page.complaints, []);
});

test('an agent is registered once its manifest is right', async () => {
  const page = await browser.page();
  const manifest = join(folder, 'counter/agent.yaml');
  writeFileSync(manifest, 'name: file counter\nversion: 1.0.0\ncommand: [sh, ./run.sh]\nactions:\n  - name: count\n');
  await page.goto(`${server.url}/agents`);
  await page.getByRole('button', { name: 'Register an agent' }).click();
  await page.getByLabel('Folder').fill(join(folder, 'counter'));
  await page.getByRole('button', { name: 'Check the manifest' }).click();
  await page.getByText(/^line 1: /).waitFor();
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('file counter', 'file-counter'));
  await page.getByRole('button', { name: 'Check the manifest' }).click();
  await page.getByTestId('manifest').getByText('actions: count').waitFor();
  await page.getByRole('button', { name: 'Register', exact: true }).click();
  await page.getByRole('heading', { name: 'file-counter' }).waitFor();
  await page.getByRole('tab', { name: 'Versions' }).click();
  await page.getByText('(revision 1)').waitFor();
  assert.deepEqual(page.complaints, []);
});

test('the runs list filters, searches and goes on to older ones', async () => {
  const page = await browser.page();
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'many',
    trigger: 'manual',
    nodes: [{ id: 'a', transform: { n: '{{ context.n + 1 }}' } }],
  });
  for (let i = 0; i < 60; i++)
    await server.post(`/api/workflows/${id}/trigger`, { contextJson: { n: i % 30 === 0 ? 'x' : i } });
  await page.goto(`${server.url}/runs?workflow=${id}`);
  await page.getByRole('button', { name: 'Older runs' }).click();
  await page.getByText('These are all 60.').waitFor();
  await page.getByLabel('State').selectOption('FAILED');
  await page.getByText('These are all 2.').waitFor();
  await page.getByLabel('State').selectOption('');
  await page.getByRole('combobox', { name: 'Workflow' }).selectOption('');
  await page.getByLabel('Search').fill(runs[0].slice(0, 24));
  await page.getByText('That is the only one.').waitFor(); // until then the list before it stays
  const found = page.getByRole('link', { name: /^Run / });
  assert.equal(await found.getAttribute('href'), `/runs/${runs[0]}`);
  assert.match(page.url(), /q=/);
  assert.deepEqual(page.complaints, []);
});
