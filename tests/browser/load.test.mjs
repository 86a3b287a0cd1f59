// Much of everything: a run of 500 steps of which 50 change each second, a log of 10 MB, lines of 1 MB. What is
// asserted is the work that the browser does, not how long something takes, so that a busy machine does not matter.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { openBrowser, startServer, workOf } from './harness.mjs';

const kSteps = 500;
const kLanes = 10;
const kEvents = 1_000; // about 2 changes of state for each step
const kTries = 20;
const kPause_ms = 20; // between two changes: 50 a second
const kMostWork_ms = 800; // of each second; a quarter of that is usual

let server;
let browser;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cc-load-'));
  server = await startServer({ root: folder });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function agent(name, script) {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'run.sh'), script);
  writeFileSync(
    join(folder, name, 'agent.yaml'),
    `name: ${name}\nversion: 1.0.0\neffects: none\ncommand: [sh, ./run.sh]\nactions:\n  - name: work\n`,
  );
  await server.post('/api/agents', { folder: join(folder, name) });
}

test('500 steps, 50 changes a second: a frame has time to spare', async () => {
  // Ten chains of fifty steps; the first of each waits for somebody, so that the page is there when they begin.
  const nodes = Array.from({ length: kSteps }, (_, i) => ({
    id: `step-${i}`,
    transform: { i },
    dependsOn: i < kLanes ? [] : [`step-${i - kLanes}`],
    ...(i < kLanes ? { approval: true } : {}),
  }));
  const { id } = await server.post('/api/workflows', { projectId: 1, name: 'large', trigger: 'manual', nodes });
  const { workflowRunId: run } = await server.post(`/api/workflows/${id}/trigger`);

  const page = await browser.page();
  // The stream of the run is one that the test writes: the recorded form of events, at the rate that is asked for.
  await page.addInitScript(() => {
    const Real = window.EventSource;
    window.streams = [];
    window.EventSource = class extends EventTarget {
      constructor(url) {
        super();
        if (!url.includes('/runs/')) return new Real(url);
        window.streams.push(this);
      }
      close() {}
    };
  });
  await page.goto(`${server.url}/runs/${run}`);
  await page.getByTestId('node-step-499').waitFor();
  const shown = await page.locator('[data-testid^="node-step-"]').count();
  assert.ok(shown >= kSteps * 0.9, `${shown} steps are drawn`);

  let drawn;
  const { task_ms, script_ms, layout_ms } = await workOf(page, async () => {
    drawn = await page.evaluate(
      ([events, pause_ms, steps]) =>
        new Promise((resolve) => {
          const stream = window.streams.at(-1);
          const from = performance.now();
          let frames = 0;
          const onFrame = (now) => {
            frames++;
            if (sent < events) requestAnimationFrame(onFrame);
            else resolve({ frames, elapsed_ms: now - from });
          };
          let sent = 0;
          const send = () => {
            const node = sent % steps;
            const data = {
              position: sent + 1,
              sequence: sent + 1,
              type: 'node.started',
              at: new Date().toISOString(),
              status: 'RUNNING',
              nodes: [{ nodeId: `step-${node}`, status: sent < steps ? 'RUNNING' : 'SUCCESS', attempt: 1 }],
            };
            stream.dispatchEvent(new MessageEvent('node.started', { data: JSON.stringify(data) }));
            if (++sent < events) setTimeout(send, pause_ms);
          };
          requestAnimationFrame(onFrame);
          send();
        }),
      [kEvents, kPause_ms, kSteps],
    );
  });
  // What the main thread works in a second of 60 frames and 50 changes, whatever rate this machine reached.
  const perFrame_ms = (task_ms - script_ms) / drawn.frames;
  const perChange_ms = script_ms / kEvents;
  const work_ms = 60 * perFrame_ms + (1_000 / kPause_ms) * perChange_ms;
  console.log(
    `${perFrame_ms.toFixed(1)} ms a frame (layout ${(layout_ms / drawn.frames).toFixed(1)}), ` +
      `${perChange_ms.toFixed(1)} ms a change: ${work_ms.toFixed(0)} ms of each second; ` +
      `${drawn.frames} frames in ${(drawn.elapsed_ms / 1_000).toFixed(1)} s here`,
  );
  assert.ok(work_ms < kMostWork_ms, `60 frames and 50 changes cost ${work_ms} ms, and have a second`);
  await server.post(`/api/runs/${run}/cancel`);
  assert.deepEqual(page.complaints, []);
});

// Until a state that the server records is on screen. The journal says when it was recorded; both clocks are this one.
// Tried again on a machine that is too busy to show anything.
test('a change of state shows within 100 ms of being recorded', async () => {
  const nodes = Array.from({ length: 30 }, (_, i) => ({
    id: `s${i}`,
    transform: { i },
    ...(i === 0 ? { approval: true } : { dependsOn: [`s${i - 1}`] }),
  }));
  const { id } = await server.post('/api/workflows', { projectId: 1, name: 'quick', trigger: 'manual', nodes });
  const latencies = [];
  for (let i = 0; i < kTries && !latencies.some((ms) => ms < 100); i++) {
    const { workflowRunId: run } = await server.post(`/api/workflows/${id}/trigger`);
    const page = await browser.page();
    await page.goto(`${server.url}/runs/${run}`);
    await page.locator('[data-testid="node-s0"][data-status="WAITING_APPROVAL"]').waitFor();
    const [approval] = await server.get(`/api/approvals?workflowRunId=${run}`);
    const seen = page.evaluate(
      () =>
        new Promise((resolve) => {
          const look = () =>
            document.querySelector('[data-testid="node-s29"]').dataset.status === 'SUCCESS'
              ? resolve(Date.now())
              : requestAnimationFrame(look);
          look();
        }),
    );
    await server.post(`/api/approvals/${approval.id}/approve`);
    const at = await seen;
    const { finishedAt } = await server.get(`/api/runs/${run}`);
    latencies.push(at - Date.parse(finishedAt));
    await page.context().close();
  }
  console.log(`from recorded to seen: ${latencies.join(', ')} ms`);
  assert.ok(latencies.at(-1) < 100, `${latencies} ms`);
});

test('10 MB of log scroll, are searched, and do not fill the page', async () => {
  const line = 'x'.repeat(99);
  await agent(
    'talker',
    `i=0; while [ $i -lt 100000 ]; do echo "$i ${line.slice(8)}"; i=$((i+1)); done >&2\necho '{}'\n`,
  );
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'talks',
    trigger: 'manual',
    nodes: [{ id: 'talk', agent: 'talker', action: 'work', input: {} }],
  });
  const { workflowRunId: run } = await server.post(`/api/workflows/${id}/trigger`);
  const page = await browser.page();
  await page.goto(`${server.url}/runs/${run}`);
  await page.locator('[data-testid="node-talk"][data-status="SUCCESS"]').waitFor({ timeout: 60_000 });
  await page.reload();
  await page.getByRole('tab', { name: /^Log/ }).click();
  await page.getByText('100,000 lines').waitFor({ timeout: 60_000 });
  const log = page.getByRole('log');
  const inPage = () => log.locator('bdi').count();
  assert.ok((await inPage()) < 200, `${await inPage()} lines are in the page`);
  await page.getByLabel('Search the log').fill('99999 ');
  await page.getByText('1 line', { exact: true }).waitFor();
  const { task_ms } = await workOf(page, async () => {
    await page.getByLabel('Search the log').fill('');
    await page.getByText('100,000 lines').waitFor();
    for (let i = 0; i < 20; i++) await log.evaluate((box, at) => (box.scrollTop = box.scrollHeight * at), i / 20);
  });
  console.log(`showing and scrolling 10 MB: ${task_ms.toFixed(0)} ms of work`);
  assert.ok(task_ms < 3_000, `${task_ms} ms`);
  assert.ok((await inPage()) < 200);
  assert.deepEqual(page.complaints, []);
});

test('lines of 1 MB and deep answers neither break nor stop a page', async () => {
  await agent('giant', `head -c 1000000 /dev/zero | tr '\\0' 'W' >&2; echo >&2\ncat "$(dirname "$0")/answer.json"\n`);
  let deep = '"end"';
  for (let i = 0; i < 50; i++) deep = `{"level ${i}": ${deep}}`;
  const wide = JSON.stringify({ text: 'Z'.repeat(400_000), list: Array.from({ length: 20_000 }, (_, i) => i) });
  writeFileSync(join(folder, 'giant/answer.json'), `${wide.slice(0, -1)}, "deep": ${deep}}`);
  await server.post('/api/agents', { folder: join(folder, 'giant'), replace: true });
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'giant',
    trigger: 'manual',
    nodes: [{ id: 'go', agent: 'giant', action: 'work', input: {} }],
  });
  const { workflowRunId: run } = await server.post(`/api/workflows/${id}/trigger`);
  const page = await browser.page();
  await page.goto(`${server.url}/runs/${run}`);
  await page.locator('[data-testid="node-go"][data-status="SUCCESS"]').waitFor();
  await page.getByRole('tab', { name: 'Output' }).click();
  await page.getByText('all 400,000 characters').waitFor();
  await page.getByRole('tab', { name: /^Log/ }).click();
  await page
    .getByText(/65,536 characters/)
    .first()
    .waitFor(); // the server cuts longer lines there
  const [width, seen] = await page.evaluate(() => [document.body.scrollWidth, window.innerWidth]);
  assert.ok(width <= seen, `the page is ${width} wide`);
  assert.deepEqual(page.complaints, []);
});

test('a list of 100,000 runs is filtered, searched and gone through with little work', async () => {
  const kWorkflows = 200;
  const kTimes = 500;
  for (let i = 0; i < kWorkflows; i++)
    await server.post('/api/workflows', {
      projectId: 1,
      name: `flow ${i} ${i % 2 === 0 ? 'even' : 'odd'}`,
      trigger: { on: ['many.runs'] },
      nodes: [{ id: 'a', transform: { n: '{{ context.event.n + 1 }}' } }],
    });
  for (let i = 0; i < kTimes; i++)
    await server.post('/api/events', { type: 'many.runs', payload: { n: i === 7 ? 'x' : i } });
  const page = await browser.page();
  await page.goto(`${server.url}/runs`);
  const rows = page.getByRole('row');
  const { task_ms } = await workOf(page, async () => {
    await page.getByRole('button', { name: 'Older runs' }).click();
    await rows.nth(100).waitFor();
    await page.getByLabel('State').selectOption('FAILED');
    await page
      .getByRole('link', { name: /^flow \d+ (even|odd)$/ })
      .first()
      .waitFor();
    await page.waitForFunction(() => !document.querySelector('tbody')?.innerText.includes('Success'));
    await page.getByRole('button', { name: 'Older runs' }).click();
    await rows.nth(100).waitFor();
    await page.getByLabel('State').selectOption('');
    await page.getByLabel('Search').fill('flow 123 odd');
    await page.waitForFunction(() => /^(?!.*\d even)/s.test(document.querySelector('tbody')?.innerText ?? '0 even'));
    await rows.nth(50).waitFor();
  });
  console.log(`100,000 runs: ${task_ms.toFixed(0)} ms of work`);
  assert.ok((await rows.count()) <= 101, 'only what is asked for is in the page');
  assert.ok(task_ms < 3_000, `${task_ms} ms`);
  assert.deepEqual(page.complaints, []);
});

test('the first page is there after less than a second of work', async () => {
  const page = await browser.page();
  await page.goto('about:blank');
  const { task_ms } = await workOf(page, async () => {
    await page.goto(server.url);
    await page.getByRole('heading', { name: 'Recent runs' }).waitFor();
    await page.getByRole('link', { name: 'Workflows' }).first().click(); // it answers
    await page.getByRole('heading', { name: 'Workflows' }).waitFor();
  });
  console.log(`first page and a click: ${task_ms.toFixed(0)} ms of work`);
  assert.ok(task_ms < 1_000, `${task_ms} ms`);
});
