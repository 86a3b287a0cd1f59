// The drawing of a workflow under somebody's hands: agents found, steps chosen together, moved, copied, arranged; and a
// large one, where each move of the mouse must cost little. Feature 13.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { drop, link, rename, step } from './drawing.mjs';
import { openBrowser, startServer, workOf } from './harness.mjs';

const kSteps = 500;
const kLanes = 10;
const kMoves = 60;
const kMostTimes = 4; // the work of moving a step among a tenth as many; twice is usual

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

const chosen = (page) => page.locator('.react-flow__node.selected').count();
const places = async (name) => {
  const { nodes } = await server.get(`/api/workflows/${name}`);
  return Object.fromEntries(nodes.map((node) => [node.id, node.position]));
};
async function save(page) {
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('not saved', { exact: true }).waitFor({ state: 'detached' });
}

test('an agent is found by what it does, and shows its risk', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/new`);
  const palette = page.getByRole('region', { name: 'Agents to add' });
  const shown = palette.getByRole('listitem');
  await shown.nth(5).waitFor();
  await page.getByLabel('Search agents').fill('LICEN');
  await page.getByTestId('palette-compliance-checker').waitFor();
  assert.equal(await page.getByTestId('palette-patcher').count(), 0);
  await page.getByLabel('Search agents').fill('patch');
  await page.getByTestId('palette-patcher').getByText(/asks/).waitFor();
  await page.getByLabel('Search agents').fill('no agent does that');
  await palette.getByText('No agent is like that.').waitFor();
  assert.deepEqual(page.complaints, []);
});

test('on a telephone the drawing is in sight, and every agent above it can be reached', async () => {
  const page = await browser.page({ width: 390, height: 844 });
  await page.goto(`${server.url}/workflows/new`);
  const canvas = await page.getByTestId('canvas').boundingBox();
  assert.ok(canvas.y < (844 * 2) / 3, `the drawing begins at ${canvas.y}`);
  await page.getByTestId('palette-transform').focus();
  const last = await page.getByTestId('palette-transform').boundingBox();
  assert.ok(last.x >= 0 && last.x + last.width <= 390, 'what has the focus is in sight');
  await page.keyboard.press('Enter');
  await step(page, 'compute').waitFor();
  assert.deepEqual(page.complaints, []);
});

test('the small map of a large drawing is not laid over a telephone', async () => {
  const nodes = Array.from({ length: 25 }, (_, i) => ({ id: `s${i}`, transform: {}, dependsOn: i > 0 ? ['s0'] : [] }));
  const { id } = await server.post('/api/workflows', { name: 'mapped', trigger: 'manual', nodes });
  const { id: run } = await server.post(`/api/workflows/${id}/trigger?wait=true`);
  for (const [width, isThere] of [
    [390, false],
    [1280, true],
  ]) {
    const page = await browser.page({ width, height: 844 });
    for (const [path, first] of [
      [`/workflows/${id}`, 'step-s0'],
      [`/runs/${run}`, 'node-s0'],
    ]) {
      await page.goto(server.url + path);
      await page.getByTestId(first).waitFor();
      assert.equal(await page.locator('.react-flow__minimap').isVisible(), isThere, `${path}, ${width} wide`);
    }
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});

// They are drawn when the steps have been measured, some time after these.
async function arrows(page, count) {
  const all = page.locator('.react-flow__edge');
  await all.nth(count - 1).waitFor({ state: 'attached' });
  assert.equal(await all.count(), count);
}

test('steps are chosen together, moved, copied with their arrows, removed, and all of it is undone', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/new`);
  await page.getByLabel('Name of the workflow').fill('together');
  for (const [name, x, y] of [
    ['a', 0.25, 0.3],
    ['b', 0.6, 0.3],
    ['c', 0.4, 0.8],
  ]) {
    await drop(page, 'transform', x, y);
    await rename(page, name);
  }
  await link(page, 'a', 'b');
  await save(page);
  const first = await places('together');

  // A frame drawn with Shift around two of them.
  const [a, b] = [await step(page, 'a').boundingBox(), await step(page, 'b').boundingBox()];
  await page.keyboard.down('Shift');
  await page.mouse.move(a.x - 20, a.y - 20);
  await page.mouse.down();
  await page.mouse.move(b.x + b.width + 15, b.y + b.height + 15, { steps: 5 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await page.getByRole('heading', { name: '2 steps' }).waitFor();
  assert.equal(await chosen(page), 2);

  await page.keyboard.press('Control+c');
  await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(a.x + a.width / 2 + 30, a.y + a.height / 2 + 60, { steps: 5 });
  await page.mouse.up();
  await save(page);
  const moved = await places('together');
  assert.deepEqual(moved.c, first.c);
  const way = (id) => [moved[id].x - first[id].x, moved[id].y - first[id].y];
  assert.deepEqual(way('a'), way('b'));
  assert.ok(way('a')[1] > 0, `${way('a')}`);

  await page.keyboard.press('Control+v');
  await step(page, 'b-2').waitFor();
  await arrows(page, 2);
  await page.keyboard.press('Control+a');
  await page.getByRole('heading', { name: '5 steps' }).waitFor();
  await page.keyboard.press('Delete');
  await page.getByText('Drag an agent here').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await step(page, 'b-2').waitFor();
  await arrows(page, 2); // steps and arrows are one change
  await page.keyboard.press('Control+z');
  await step(page, 'b-2').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+Shift+z');
  await step(page, 'b-2').waitFor();
  assert.deepEqual(page.complaints, []);
});

test('a heap of steps is arranged in the order in which they wait, and the small map shows all of them', async () => {
  const node = (id, after) => ({ id, transform: {}, dependsOn: after, position: { x: 10, y: 10 } });
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'heap',
    trigger: 'manual',
    nodes: [node('a', []), node('b', ['a']), node('c', ['a']), node('d', ['b', 'c']), node('e', ['d']), node('f', [])],
  });
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/${id}`);
  await step(page, 'f').waitFor();
  const map = page.locator('.react-flow__minimap');
  await map.locator('.react-flow__minimap-node').nth(5).waitFor({ state: 'attached' });
  assert.equal(await map.locator('.react-flow__minimap-node').count(), 6);
  await page.getByRole('button', { name: 'Arrange' }).click();
  await save(page);
  const at = await places('heap');
  for (const [from, to] of ['ab', 'ac', 'bd', 'cd', 'de']) assert.ok(at[from].x + 200 < at[to].x, `${from} → ${to}`);
  assert.equal(new Set(Object.values(at).map(({ x, y }) => `${x} ${y}`)).size, 6, 'none lies on another');

  // The small map moves what is seen.
  const seen = () => page.locator('.react-flow__viewport').getAttribute('style');
  const before = await seen();
  const box = await map.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 4, box.y + box.height / 4, { steps: 4 });
  await page.mouse.up();
  assert.notEqual(await seen(), before);
  assert.deepEqual(page.complaints, []);
});

// The main thread's work for a move of the mouse that drags the step in the middle of a drawing of so many.
async function workOfMove(steps) {
  const nodes = Array.from({ length: steps }, (_, i) => ({
    id: `step-${i}`,
    transform: { i },
    dependsOn: i < kLanes ? [] : [`step-${i - kLanes}`],
  }));
  const { id } = await server.post('/api/workflows', { projectId: 1, name: `of ${steps}`, trigger: 'manual', nodes });
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/${id}`);
  await step(page, `step-${steps - 1}`).waitFor();
  const box = await step(page, `step-${steps / 2}`).boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 8, y + 8);
  // The best of five, since a busy machine makes work of the same kind look like more.
  const works_ms = [];
  for (let round = 0; round < 5; round++) {
    const { task_ms } = await workOf(page, async () => {
      for (let i = 0; i < kMoves; i++) await page.mouse.move(x + 8 + (i % 20), y + 8 + i);
    });
    works_ms.push(task_ms / kMoves);
  }
  await page.mouse.up();
  console.log(`${steps} steps: ${works_ms.map((ms) => ms.toFixed(1)).join(', ')} ms a move`);
  return { page, work_ms: Math.min(...works_ms) };
}

test('a step of a drawing of 500 is moved with little work', async () => {
  const small = await workOfMove(kSteps / 10);
  const { page, work_ms } = await workOfMove(kSteps);
  assert.ok(work_ms < kMostTimes * small.work_ms, `${work_ms} ms a move, of ${kSteps / 10} steps ${small.work_ms} ms`);
  // The arrows of the step that was moved can be touched.
  await page.locator('.react-flow__edge').nth(1).waitFor();
  assert.equal(await page.locator('.react-flow__edge').count(), 2);
  await page.getByText('not saved', { exact: true }).waitFor();
  assert.deepEqual(page.complaints, []);
});
