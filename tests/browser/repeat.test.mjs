// A run that failed is repeated from its page: what failed, from a step on, or all of it. Feature 14.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { openBrowser, startServer } from './harness.mjs';

let server;
let browser;
let folder;
let failed; // the id of a run: a went well, b failed, c was never started
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cc-repeat-'));
  mkdirSync(join(folder, 'moody'));
  mkdirSync(join(folder, 'place'));
  writeFileSync(join(folder, 'moody/run.sh'), 'test -e /workspace/good || exit 3\necho \'{"ok": true}\'\n');
  writeFileSync(
    join(folder, 'moody/agent.yaml'),
    'name: moody\nversion: 1.0.0\neffects: none\ncommand: [sh, ./run.sh]\nactions:\n  - name: work\n',
  );
  server = await startServer({ root: folder });
  browser = await openBrowser();
  await server.post('/api/agents', { folder: join(folder, 'moody') });
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'moods',
    trigger: 'manual',
    nodes: [
      { id: 'a', transform: { n: 1 } },
      { id: 'b', agent: 'moody', action: 'work', input: {}, dependsOn: ['a'] },
      { id: 'c', transform: { n: '{{ a.output.n + 1 }}' }, dependsOn: ['b'] },
    ],
  });
  failed = (await server.post(`/api/workflows/${id}/trigger?wait=true`, { workspace: join(folder, 'place') })).id;
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const isGone = (page, run) => page.waitForURL((url) => !url.pathname.endsWith(run) && /\/runs\//.test(url.pathname));
const shows = (page, id, status) => page.locator(`[data-testid="node-${id}"][data-status="${status}"]`).waitFor();
const repeats = async (page) => (await server.get(`/api/runs/${page.url().split('/').at(-1)}`)).from;

test('a failed run says why, and what failed is retried once its reason is gone', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/runs/${failed}`);
  await shows(page, 'b', 'FAILED');
  // The step that failed is the one that is shown, with its reason.
  await page.getByRole('region', { name: 'Step b' }).getByRole('alert').getByText(/3/).waitFor();

  await page.getByRole('button', { name: 'Retry what failed' }).click();
  await isGone(page, failed);
  await shows(page, 'b', 'FAILED');
  const second = page.url().split('/').at(-1);
  writeFileSync(join(folder, 'place/good'), '');
  await page.getByRole('button', { name: 'Retry what failed' }).click();
  await isGone(page, second);
  await shows(page, 'c', 'SUCCESS');
  await page.getByText(/^repeats/).waitFor();
  assert.equal(await repeats(page), 'failed');
  assert.equal(await page.getByRole('button', { name: 'Retry what failed' }).count(), 0, 'nothing failed');
  assert.deepEqual(page.complaints, []);
});

test('a run is repeated from a step on, and from its beginning', async () => {
  writeFileSync(join(folder, 'place/good'), '');
  const page = await browser.page();
  await page.goto(`${server.url}/runs/${failed}`);
  await page.getByTestId('node-b').click();
  await page.getByRole('button', { name: 'Run again from here' }).click();
  await isGone(page, failed);
  await shows(page, 'c', 'SUCCESS');
  assert.equal(await repeats(page), 'b');
  await page.getByRole('link', { name: 'an earlier run' }).click();
  await page.waitForURL(new RegExp(failed));
  await page.getByRole('button', { name: 'Run again', exact: true }).click();
  await isGone(page, failed);
  await shows(page, 'c', 'SUCCESS');
  assert.equal(await repeats(page), 'beginning');
  assert.deepEqual(page.complaints, []);
});
