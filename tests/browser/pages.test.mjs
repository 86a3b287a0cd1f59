// Every page: no complaint of the browser, no violation of WCAG 2.2 AA in either theme, no request elsewhere, nothing
// wider than a telephone, and text from strangers stays text.
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
  ['a telephone', 360, 740, 15],
  ['a 4K screen', 3840, 2160, 20],
]) {
  test(`every page fits ${kind}`, async () => {
    const page = await browser.page({ width, height });
    const wrong = [];
    for (const [name, path] of pages) {
      await page.goto(server.url + path);
      await settled(page);
      const [wide, seen, text_px] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
        parseFloat(getComputedStyle(document.documentElement).fontSize),
      ]);
      if (wide > seen) wrong.push(`${name} is ${wide} wide, seen are ${seen}`);
      if (text_px < least_px) wrong.push(`${name} has text of ${text_px} px`);
    }
    assert.deepEqual(wrong, []);
  });
}

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
