// Pitfall A12, features 13 and 14: a workflow is drawn, saved, read again, run and watched in a browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { drop, link, rename, step } from './drawing.mjs';
import { openBrowser, startServer } from './harness.mjs';

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

test('a diamond is drawn by dragging, saved, and identical after a reload', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/new`);
  await page.getByLabel('Name of the workflow').fill('drawn');
  for (const [name, x, y] of [
    ['a', 0.2, 0.5],
    ['b', 0.5, 0.2],
    ['c', 0.5, 0.8],
    ['d', 0.82, 0.5],
  ]) {
    await drop(page, 'transform', x, y);
    await rename(page, name);
  }
  for (const [from, to] of [
    ['a', 'b'],
    ['a', 'c'],
    ['b', 'd'],
    ['c', 'd'],
  ])
    await link(page, from, to);

  // An arrow that would close a circle is refused, with the reason.
  await link(page, 'd', 'a');
  await page.getByText('that would be a circle').waitFor();

  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/\/workflows\/(?!new)/);
  const { definition } = await server.get('/api/workflows/drawn');
  assert.deepEqual(Object.fromEntries(definition.nodes.map((node) => [node.id, node.dependsOn ?? []])), {
    a: [],
    b: ['a'],
    c: ['a'],
    d: ['b', 'c'],
  });
  assert.ok(definition.nodes.every((node) => Number.isInteger(node.position.x) && Number.isInteger(node.position.y)));

  await page.reload();
  await step(page, 'd').waitFor();
  assert.equal(await page.locator('[data-testid^="step-"]').count(), 4);
  assert.equal(await page.locator('.react-flow__edge').count(), 4);
  assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled(), 'nothing has changed by reading it');
  assert.deepEqual(page.complaints, []);
});

test('undo, redo, copies, and work that is not saved survives a reload', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/new`);
  await drop(page, 'transform', 0.3, 0.4);
  await page.getByRole('button', { name: 'Undo' }).click();
  await step(page, 'compute').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Redo' }).click();
  await step(page, 'compute').click();
  await page.keyboard.press('Control+c');
  await page.keyboard.press('Control+v');
  await step(page, 'compute-2').waitFor();
  await page.reload();
  await step(page, 'compute-2').waitFor();
  await page.getByText('not saved', { exact: true }).waitFor();
});

test('YAML and drawing follow each other; mistakes are shown at their line and step', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/new`);
  await page.getByRole('tab', { name: 'YAML' }).click();
  const yaml = page.getByLabel('Workflow as YAML');
  await yaml.fill(
    'name: typed\nnodes:\n  - id: tell\n    agent: notifier\n    action: send\n' +
      '    input:\n      channel: pigeon\n      message: hi\n',
  );
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(/^line 7: /).waitFor();
  await page.getByRole('tab', { name: 'Drawing' }).click();
  await step(page, 'tell')
    .getByText(/pigeon|slack/)
    .waitFor();

  await page.getByRole('tab', { name: 'YAML' }).click();
  await yaml.fill((await yaml.inputValue()).replace('pigeon', 'console'));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/\/workflows\/(?!new)/);
  assert.equal((await server.get('/api/workflows/typed')).nodes[0].inputsJson.channel, 'console');
});

test('YAML that cannot be read is neither saved nor lost, and comments outlive a save', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/new`);
  await page.getByRole('tab', { name: 'YAML' }).click();
  const yaml = page.getByLabel('Workflow as YAML');
  const text = '# why\nname: commented\nnodes:\n  - id: one\n    transform: {x: 1}\n';
  await yaml.fill(text);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/\/workflows\/(?!new)/);
  await page.getByRole('tab', { name: 'YAML' }).click();

  await yaml.fill(text);
  await yaml.fill(text.replace('x: 1', 'x: 2'));
  await yaml.press('Control+s');
  await page.getByText('Saved as version 2').waitFor();
  assert.equal(await yaml.inputValue(), text.replace('x: 1', 'x: 2'));

  const broken = `${text}  - id: [`;
  await yaml.fill(broken);
  await page.getByText('not saved', { exact: true }).waitFor();
  await yaml.press('Control+s');
  await page
    .getByRole('alert')
    .getByText(/^YAML, line \d+: /)
    .waitFor();
  await page.getByRole('tab', { name: 'Drawing' }).click();
  await page.getByRole('tab', { name: 'YAML' }).click();
  assert.equal(await yaml.inputValue(), broken);
  await page.reload();
  await page.getByRole('tab', { name: 'YAML' }).click();
  assert.equal(await yaml.inputValue(), broken);
  assert.equal((await server.get('/api/workflows/commented')).version, 2);
});

test('what is typed while a save is under way stays, and so do undo and the selection', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/new`);
  await page.getByLabel('Name of the workflow').fill('slow');
  await drop(page, 'transform', 0.3, 0.4);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/\/workflows\/(?!new)/);
  await step(page, 'compute').click();
  await page.getByRole('region', { name: 'Step compute' }).waitFor();

  const name = page.getByLabel('Name of the workflow');
  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  await page.route('**/api/workflows/*', async (route) => {
    if (route.request().method() === 'PUT') await answered;
    await route.continue();
  });
  await name.fill('slower');
  const sent = page.waitForRequest((request) => request.method() === 'PUT');
  await page.getByRole('button', { name: 'Save' }).click();
  await sent;
  await name.fill('slowest');
  answer();
  await page.getByText('Saved as version 2').waitFor();
  assert.equal(await name.inputValue(), 'slowest');
  await page.getByText('not saved', { exact: true }).waitFor();
  assert.equal((await server.get('/api/workflows/slower')).version, 2);
  await page.getByRole('region', { name: 'Step compute' }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.notEqual(await name.inputValue(), 'slowest');
});

test('two who save one workflow learn of each other, and choose', async () => {
  const { id } = await server.post('/api/workflows', { projectId: 1, name: 'shared', trigger: 'manual', nodes: [] });
  const describe = (description) => server.call('PUT', `/api/workflows/${id}`, { description });
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/${id}`);
  const name = page.getByLabel('Name of the workflow');
  const save = page.getByRole('button', { name: 'Save', exact: true });
  const dialog = page.getByRole('dialog', { name: 'Somebody else saved this workflow meanwhile' });

  await page.getByText('version 1', { exact: true }).waitFor();
  await describe('theirs');
  await name.fill('mine');
  await save.click();
  await dialog.getByRole('button', { name: 'Load theirs' }).click();
  await page.getByText('version 2', { exact: true }).waitFor();
  assert.equal(await name.inputValue(), 'shared');
  assert.equal((await server.get(`/api/workflows/${id}`)).name, 'shared');

  await page.getByRole('button', { name: 'Undo' }).click();
  assert.equal(await name.inputValue(), 'mine');
  await describe('theirs again');
  await save.click();
  await dialog.getByRole('button', { name: 'Save anyway' }).click();
  await page.getByText('Saved as version 4').waitFor();
  assert.equal((await server.get(`/api/workflows/${id}`)).name, 'mine');
});

test('undo goes back beyond the first save, which leaves what is looked at as it is', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/new`);
  await page.getByLabel('Name of the workflow').fill('first save');
  await drop(page, 'transform', 0.3, 0.4);
  await rename(page, 'kept');
  await drop(page, 'transform', 0.7, 0.4);
  await rename(page, 'taken');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/\/workflows\/(?!new)/);
  await page.getByRole('region', { name: 'Step taken' }).waitFor();
  await page.getByText('version 1', { exact: true }).waitFor();

  const undo = page.getByRole('button', { name: 'Undo' });
  await undo.click(); // its name
  await undo.click(); // the step
  await step(page, 'taken').waitFor({ state: 'detached' });
  await step(page, 'kept').waitFor();
  await page.getByText('not saved', { exact: true }).waitFor();
  const redo = page.getByRole('button', { name: 'Redo' });
  await redo.click();
  await redo.click();
  await step(page, 'taken').waitFor();
  await page.getByText('version 1', { exact: true }).waitFor();

  // It is of that page: another workflow begins with a history of its own.
  await page.goto(`${server.url}/workflows/new`);
  await page.getByLabel('Name of the workflow').waitFor();
  assert.ok(await undo.isDisabled());
  assert.deepEqual(page.complaints, []);
});

test('a form made from the schema fills in the input, with templates completed', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/new`);
  await page.getByLabel('Name of the workflow').fill('formed');
  await page.getByRole('button', { name: 'Add security-scanner' }).click();
  await page.getByRole('button', { name: 'Add notifier' }).click();
  await page.getByRole('tab', { name: 'Policies' }).click();
  await page.getByRole('checkbox', { name: 'security-scanner' }).check();
  await page.getByRole('tab', { name: 'Config' }).click();
  await page.getByLabel('channel').selectOption('"console"');
  const message = page.getByRole('combobox', { name: 'message' }).first();
  await message.fill('Found {{ security-scanner.output.summary.tot');
  await page.getByRole('option', { name: /summary\.total/ }).waitFor();
  await message.press('Enter');
  assert.equal(await message.inputValue(), 'Found {{ security-scanner.output.summary.total }}');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/\/workflows\/(?!new)/);
  const saved = await server.get('/api/workflows/formed');
  assert.equal(saved.nodes[1].inputsJson.message, 'Found {{ security-scanner.output.summary.total }}');
  assert.deepEqual(saved.nodes[1].dependsOn, ['security-scanner']);
});

test('a run is watched from its start to its end without a reload', async () => {
  const page = await browser.page();
  await server.post('/api/workflows', {
    projectId: 1,
    name: 'watched',
    trigger: 'manual',
    nodes: [
      { id: 'scan', agent: 'security-scanner', action: 'scan', input: { target: '/workspace' } },
      { id: 'ask', transform: { ok: '{{ scan.output.summary.total >= 0 }}' }, dependsOn: ['scan'], approval: true },
    ],
  });
  const { id } = await server.get('/api/workflows/watched');
  await page.goto(`${server.url}/workflows/${id}`);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page
    .getByLabel('Workspace')
    .last()
    .fill(new URL('.', import.meta.url).pathname);
  await page.getByRole('dialog').getByRole('button', { name: 'Run', exact: true }).click();
  await page.locator('[data-testid="node-scan"][data-status="SUCCESS"]').waitFor();
  await page.locator('[data-testid="node-ask"][data-status="WAITING_APPROVAL"]').waitFor();
  await page.getByTestId('approval-count').getByText('1').waitFor();
  assert.match(await page.title(), /^\(1\) /);

  // Feature 15: the decision shows at once.
  await page.getByTestId('node-ask').click();
  await page.getByRole('link', { name: 'See what it would do' }).click();
  await page.getByRole('button', { name: 'Reject' }).click();
  await page.getByText('Your name is needed').waitFor();
  await page.getByLabel('Your name').fill('Ada');
  await page.getByRole('button', { name: 'Reject' }).click();
  await page.getByText('Say why you reject it').waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByTestId('outcome').getByText('ask approved').waitFor();
  await page.getByTestId('approval-count').waitFor({ state: 'detached' });
  await page.goBack();
  await page.locator('[data-testid="node-ask"][data-status="SUCCESS"]').waitFor();
  assert.deepEqual(page.complaints, []);
});

test('versions differ as a drawing, by colour, border and sign, and as text', async () => {
  const node = (id, more = {}) => ({ id, transform: { id }, ...more });
  const first = { projectId: 1, name: 'versions', trigger: 'manual' };
  const { id } = await server.post('/api/workflows', {
    ...first,
    nodes: [node('stays'), node('goes', { dependsOn: ['stays'] }), node('turns', { dependsOn: ['stays'] })],
  });
  await server.call('PUT', `/api/workflows/${id}`, {
    ...first,
    nodes: [
      node('stays'),
      node('turns', { transform: { id: 2 }, dependsOn: ['stays'] }),
      node('comes', { dependsOn: ['turns'] }),
    ],
  });
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/${id}`);
  await page.getByRole('button', { name: 'Versions' }).click();
  const kinds = { stays: 'same', goes: 'removed', turns: 'changed', comes: 'added' };
  for (const [step, kind] of Object.entries(kinds))
    await page.locator(`[data-testid="change-${step}"][data-kind="${kind}"]`).waitFor();
  assert.equal(await page.getByTestId('version-graph').locator('.react-flow__edge').count(), 3);
  await page.getByRole('list', { name: 'Steps' }).getByText('1 removed').waitFor();
  await page.getByTestId('diff').getByText('comes').first().waitFor();
  // The other way round.
  await page.getByRole('combobox', { name: 'From', exact: true }).selectOption('2');
  await page.getByRole('combobox', { name: 'To', exact: true }).selectOption('1');
  await page.locator('[data-testid="change-goes"][data-kind="added"]').waitFor();
  await page.getByRole('combobox', { name: 'From', exact: true }).selectOption('1');
  await page.getByRole('button', { name: 'Bring version 1 back into the drawing' }).click();
  await step(page, 'goes').waitFor();
  await page.getByText('not saved', { exact: true }).waitFor();
  assert.deepEqual(page.complaints, []);
});

// Feature 12: the tabs of a step beside its configuration.
test('a step tells what its agent is, how it went and how long it took', async () => {
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'measured',
    trigger: 'manual',
    nodes: [
      { id: 'tell', agent: 'notifier', action: 'send', input: { channel: 'console', message: '{{ context.text }}' } },
    ],
  });
  for (const context of [{ text: 'one' }, { text: 'two' }, {}]) {
    await server.post(`/api/workflows/${id}/trigger?wait=true`, { contextJson: context });
  }
  const page = await browser.page();
  await page.goto(`${server.url}/workflows/${id}`);
  await step(page, 'tell').click();
  await page.getByRole('tab', { name: 'Docs' }).click();
  await page.getByTestId('markdown').getByRole('heading', { name: 'notifier', exact: true }).waitFor();
  await page.getByRole('tab', { name: 'Metrics' }).click();
  await page.getByText('66 %').waitFor();
  await page.getByRole('img', { name: 'Durations of 3 attempts, 1 of which failed' }).waitFor();
  await page.getByRole('heading', { name: 'Why it failed' }).waitFor();
  await page.getByRole('tab', { name: 'History' }).click();
  assert.equal(await page.getByText('version 1, manual').count(), 3);
  await page.getByRole('region', { name: 'Step tell' }).getByRole('link').first().click();
  await page.waitForURL(/\/runs\/.*step=tell/);
  await page.getByRole('heading', { name: 'tell', exact: true }).waitFor();
  assert.deepEqual(page.complaints, []);
});
