// Every page: no complaint of the browser, no violation of WCAG 2.2 AA in either theme, no request elsewhere, nothing
// wider than a screen from a telephone up, and text from strangers stays text.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openBrowser, startServer, violations } from './harness.mjs';

const kHostile =
  '<img src=x onerror="window.hacked=1"> \u202etxt.exe\u202c "quotes" \'\\ {{ context.x }} ' + 'w'.repeat(90);

let server;
let browser;
const pages = new Map([
  ['overview', '/'],
  ['workflows', '/workflows'],
  ['new workflow', '/workflows/new'],
  ['runs', '/runs'],
  ['approvals', '/approvals'],
  ['agents', '/agents'],
  ['compare', '/compare'],
  ['architecture', '/architecture'],
  ['nowhere', '/runs/none'],
]);

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  const workflow = await server.post('/api/workflows', {
    projectId: 1,
    name: `hostile ${kHostile}`,
    description: kHostile,
    trigger: 'manual',
    nodes: [
      { id: 'first', transform: { text: '{{ context.text }}' } },
      {
        id: 'tell',
        agent: 'notifier',
        action: 'send',
        dependsOn: ['first'],
        input: {
          channel: 'console',
          message: '{{ first.output.text }}',
          metadata: { '<b>key</b>': '{{ context.text }}' },
        },
      },
      {
        id: 'gate',
        agent: 'notifier',
        action: 'send',
        dependsOn: ['tell'],
        approval: true,
        input: { channel: 'console', message: '{{ first.output.text }}' },
      },
    ],
  });
  const run = await server.post(`/api/workflows/${workflow.id}/trigger`, {
    contextJson: { text: `${kHostile}\n\u001b[31mred\u001b[0m\u001b[2J` },
  });
  pages.set('workflow', `/workflows/${workflow.id}`);
  pages.set('run', `/runs/${run.workflowRunId}`);
  pages.set('comparison', `/compare?a=${run.workflowRunId}&b=${run.workflowRunId}`);
  pages.set('agent', '/agents/patcher');
  const page = await browser.page();
  await page.goto(`${server.url}/runs/${run.workflowRunId}`);
  await page.locator('[data-testid="node-gate"][data-status="WAITING_APPROVAL"]').waitFor();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function settled(page) {
  await page.locator('main h1, main h2, main input').first().waitFor();
  await page.waitForLoadState('load');
  await page
    .getByText(/^Loading /)
    .first()
    .waitFor({ state: 'detached' });
}

for (const theme of ['light', 'dark']) {
  test(`accessibility, ${theme}`, async () => {
    const page = await browser.page({ theme });
    const found = [];
    for (const [name, path] of pages) {
      await page.goto(server.url + path);
      await settled(page);
      found.push(...(await violations(page)).map((line) => `${name}: ${line}`));
    }
    assert.deepEqual(found, []);
  });
}

test('no page complains, asks other hosts, or runs what strangers wrote', async () => {
  const page = await browser.page();
  for (const [name, path] of pages) {
    page.complaints.length = 0;
    await page.goto(server.url + path);
    await settled(page);
    const expected = name === 'nowhere' ? page.complaints.filter((one) => !one.includes('404')) : page.complaints;
    assert.deepEqual(expected, [], name);
    assert.equal(await page.evaluate(() => window.hacked), undefined, name);
  }
});

// From a telephone to a wall: nothing is wider than the screen, and on large ones text grows with it.
for (const [kind, width, height, least_px] of [
  ['a small telephone', 360, 740, 15],
  ['a telephone', 390, 844, 15],
  ['a laptop', 1280, 800, 15],
  ['a 4K screen', 3840, 2160, 20],
]) {
  test(`every page fits ${kind}`, async () => {
    const page = await browser.page({ width, height });
    const wrong = [];
    const look = async (name) => {
      const [wide, seen, text_px] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
        parseFloat(getComputedStyle(document.documentElement).fontSize),
      ]);
      if (wide > seen) wrong.push(`${name} is ${wide} wide, seen are ${seen}`);
      if (text_px < least_px) wrong.push(`${name} has text of ${text_px} px`);
    };
    for (const [name, path] of pages) {
      await page.goto(server.url + path);
      await settled(page);
      await look(name);
      // What a page shows first is the least of it.
      const tabs = page.getByRole('main').getByRole('tab');
      for (let i = 0; i < (await tabs.count()); i++) {
        await tabs.nth(i).click();
        await look(`${name}, ${await tabs.nth(i).textContent()}`);
      }
    }
    await page.goto(`${server.url}/docs`);
    await page.getByRole('group').first().waitFor();
    const [wide, seen] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    if (wide > seen) wrong.push(`the API is ${wide} wide, seen are ${seen}`);
    assert.deepEqual(wrong, []);
  });
}

// A finger needs room: nothing to press is lower than a line of text; links within a text are left aside.
test('what can be pressed on a telephone can be hit', async () => {
  const page = await browser.page({ width: 390, height: 844 });
  const small = [];
  for (const [name, path] of pages) {
    await page.goto(server.url + path);
    await settled(page);
    const found = await page.evaluate(() =>
      [...document.querySelectorAll('header a, header button, main button, main select, main label:has(input)')]
        .filter((one) => one.checkVisibility() && !one.closest('.react-flow__viewport'))
        .map((one) => [one.textContent.trim().slice(0, 40), one.getBoundingClientRect()])
        .filter(([, box]) => box.width > 1 && (box.height < 22 || box.width < 22))
        .map(([text, box]) => `"${text}" is ${Math.round(box.width)} x ${Math.round(box.height)}`),
    );
    small.push(...found.map((one) => `${name}: ${one}`));
  }
  assert.deepEqual(small, []);
});

test('a drawing that is small still names its steps', async () => {
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'small',
    trigger: 'manual',
    nodes: ['first', 'second', 'third'].map((one, i, all) => ({
      id: one,
      transform: {},
      ...(i > 0 ? { dependsOn: [all[i - 1]] } : {}),
    })),
  });
  const run = await server.post(`/api/workflows/${id}/trigger?wait=true`);
  const page = await browser.page({ width: 390, height: 844 });
  for (const [path, box] of [
    [`/workflows/${id}`, 'step-second'],
    [`/runs/${run.workflowRunId}`, 'node-second'],
  ]) {
    await page.goto(server.url + path);
    const name = page.getByTestId(box).getByText('second');
    await name.waitFor();
    assert.ok((await name.boundingBox()).height >= 10, `${box} has its name in letters that are too small`);
  }
});

test('what moves stands still for those who asked for less motion', async () => {
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'still',
    trigger: 'manual',
    nodes: [{ id: 'gate', transform: {}, approval: true }],
  });
  const run = await server.post(`/api/workflows/${id}/trigger`);
  const moving = async (motion) => {
    const page = await browser.page();
    await page.emulateMedia({ reducedMotion: motion });
    await page.goto(`${server.url}/runs/${run.workflowRunId}`);
    await settled(page);
    const count = await page.evaluate(() => {
      // Whatever the theme lets move, while it would.
      for (const one of document.querySelectorAll('button')) one.classList.add('motion-safe:animate-pulse');
      return [...document.querySelectorAll('*')].filter((one) => {
        const { animationName, transitionDuration } = getComputedStyle(one);
        return animationName !== 'none' || transitionDuration.split(', ').some((time) => parseFloat(time) > 0);
      }).length;
    });
    await page.context().close();
    return count;
  };
  assert.ok((await moving('no-preference')) > 0);
  assert.equal(await moving('reduce'), 0);
});

// Each view when the server answers with an error, and while it does not answer.
for (const [kind, answer, role] of [
  ['an error', (route) => route.fulfill({ status: 503, json: { error: 'The store is away', code: 'x' } }), 'alert'],
  ['nothing yet', () => {}, 'status'],
]) {
  test(`every page tells when it gets ${kind}`, async () => {
    for (const [name, path] of pages) {
      const page = await browser.page();
      await page.route(/\/api\//, answer);
      await page.goto(server.url + path);
      if (kind === 'nothing yet' && name === 'compare') await page.getByText('Choose two runs').waitFor();
      else
        await page
          .getByRole('main')
          .getByRole(role)
          .filter({ hasText: kind === 'an error' ? 'The store is away' : /^Loading / })
          .first()
          .waitFor();
      assert.deepEqual(
        page.complaints.filter((one) => !one.includes('503')),
        [],
        name,
      );
      await page.context().close();
    }
  });
}

test('pages name where scripts may come from, and cannot be framed', async () => {
  const response = await fetch(`${server.url}/`);
  const policy = response.headers.get('content-security-policy');
  assert.match(policy, /script-src 'self'(;|$)/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(await response.text(), /<script(?![^>]* src=)/);
});

test('the first page is small', async () => {
  const html = await (await fetch(`${server.url}/`)).text();
  let bytes = 0;
  for (const [, path] of html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
    const response = await fetch(server.url + path, { headers: { 'Accept-Encoding': 'gzip' } });
    assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    bytes += Number(response.headers.get('content-length'));
  }
  assert.ok(bytes > 10_000 && bytes < 300_000, `${bytes} bytes`);
});
