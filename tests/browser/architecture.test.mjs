// Feature 12: what code exists, as a drawing to go into; every box opens its source; the other side shows what agents
// do.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { openBrowser, startServer, violations } from './harness.mjs';

const kHostile = '<img src=x onerror="window.hacked=1">"]; click n0 "javascript:alert(1)"';

const file = (path, group) => ({ path, language: 'Python', lines: 12, group });
const group = (id, parent, children, members) => ({
  id,
  name: id,
  kind: 'folder',
  parent,
  children,
  members,
  files: 1,
});
const box = (id, more = {}) => ({ id, label: id, kind: 'folder', files: 1, lines: 12, ...more });

const kArchitecture = {
  format: 'commandcenter-architecture',
  version: 1,
  name: 'shop',
  summary: { files: 3, codeFiles: 3, cycles: 1, languages: [{ name: 'Python', files: 3, lines: 36 }] },
  nodes: [file('web/page.py', 'web'), file('core/order.py', 'core'), file('core/store.py', 'core')],
  edges: [
    { from: 'web/page.py', to: 'core/order.py', kind: 'import', line: 1 },
    { from: 'core/order.py', to: 'core/store.py', kind: 'import', line: 1 },
    { from: 'core/store.py', to: 'core/order.py', kind: 'import', line: 2 },
  ],
  groups: [
    { ...group('.', undefined, ['web', 'core'], []), name: 'shop', kind: 'root' },
    group('web', '.', [], ['web/page.py']),
    group('core', '.', [], ['core/order.py', 'core/store.py']),
  ],
  views: [
    {
      group: '.',
      nodes: [
        box('web', { entry: true, source: { file: 'web/page.py', line: 3 } }),
        box('core', { files: 2, source: { file: 'core/order.py', line: 1 } }),
        box('system:db', { label: kHostile, kind: 'database', files: 0, lines: 0 }),
      ],
      edges: [
        { from: 'web', to: 'core', imports: 1, file: 'web/page.py', line: 1 },
        { from: 'core', to: 'system:db', imports: 1 },
      ],
    },
    {
      group: 'core',
      nodes: [
        box('core/order.py', { kind: 'file', cycle: true, source: { file: 'core/order.py', line: 2 } }),
        box('core/store.py', { kind: 'file', cycle: true, source: { file: 'core/store.py', line: 1 } }),
      ],
      edges: [
        { from: 'core/order.py', to: 'core/store.py', imports: 1, cycle: true, file: 'core/order.py', line: 1 },
        { from: 'core/store.py', to: 'core/order.py', imports: 1, cycle: true },
      ],
    },
  ],
  cycles: [{ files: ['core/order.py', 'core/store.py'], path: ['core/order.py', 'core/store.py', 'core/order.py'] }],
  routes: [{ method: 'GET', name: '/orders', framework: 'flask', file: 'web/page.py', line: 3 }],
};

let server;
let browser;
let folder;
let repository; // that the real agent draws
const runs = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cc-architecture-'));
  for (const name of ['shop/web', 'shop/core', 'drawer']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'shop/web/page.py'), 'from core import order\n\ndef orders_page():\n    pass\n');
  writeFileSync(join(folder, 'shop/core/order.py'), 'from core import store\nclass Order:\n    pass\n');
  writeFileSync(join(folder, 'shop/core/store.py'), 'import sqlite3\nfrom core import order\n');
  repository = join(folder, 'drawn');
  const put = (path, text) => {
    mkdirSync(join(repository, path, '..'), { recursive: true });
    writeFileSync(join(repository, path), text);
  };
  put('package.json', '{"name": "drawn"}');
  put(
    'src/server/app.js',
    "import express from 'express'\nimport '../store/db.js'\nconst app = express()\napp.get('/orders', list)\n",
  );
  put('src/store/db.js', "import pg from 'pg'\n");
  put('src/ui/page.js', "import '../store/db.js'\n");
  const earlier = {
    ...kArchitecture,
    nodes: kArchitecture.nodes.slice(0, 2),
    edges: kArchitecture.edges.slice(0, 1),
    groups: kArchitecture.groups.map((one) => (one.id === 'core' ? { ...one, members: ['core/order.py'] } : one)),
    views: kArchitecture.views.map((view) => ({
      ...view,
      nodes: view.nodes.filter((one) => one.id !== 'core/store.py'),
    })),
  };
  // Stands in for an agent that draws: what it answers is in its input.
  writeFileSync(join(folder, 'drawer/run.sh'), 'sed \'s/^{"drawing"://; s/}$//\'\n');
  writeFileSync(
    join(folder, 'drawer/agent.yaml'),
    'name: drawer\nversion: 1.0.0\neffects: none\ncommand: [sh, ./run.sh]\nactions:\n  - name: draw\n',
  );
  server = await startServer({ root: folder });
  browser = await openBrowser();
  await server.post('/api/agents', { folder: join(folder, 'drawer') });
  const { id } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'Architecture',
    trigger: 'manual',
    nodes: [{ id: 'draw', agent: 'drawer', action: 'draw', input: { drawing: '{{ context.drawing }}' } }],
  });
  for (const drawing of [earlier, kArchitecture]) {
    const run = await server.post(`/api/workflows/${id}/trigger?wait=true`, {
      workspace: join(folder, 'shop'),
      contextJson: { drawing },
    });
    assert.equal(run.status, 'SUCCESS', run.error);
    runs.push(run.id);
  }
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const boxOf = (page, id) => page.getByTestId(`box-${id}`);

test('a drawing is gone into, and every box opens its source', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/architecture`);
  await page
    .getByRole('link', { name: join(folder, 'shop') })
    .first()
    .click();
  await boxOf(page, 'web').click();
  const source = page.getByTestId('selected').getByTestId('source').first();
  await source.getByText('orders_page').waitFor();
  assert.match(await source.locator('[aria-current="true"]').innerText(), /def orders_page/);
  await page.getByTestId('selected').getByText('Imports').first().waitFor();

  await boxOf(page, 'core').dblclick();
  await boxOf(page, 'core/order.py').click();
  await page.getByTestId('selected').getByText('class').first().waitFor();
  await page.getByRole('navigation', { name: 'Where this is' }).getByRole('button', { name: 'shop' }).click();
  await boxOf(page, 'web').waitFor();
  assert.deepEqual(page.complaints, []);
});

test('search, circles and layers lead to their boxes', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/architecture?run=${runs[1]}`);
  await page.getByLabel('Search files and folders').fill('store');
  await page.getByRole('button', { name: /^core\/store\.py/ }).click();
  await page.getByTestId('selected').getByRole('heading', { name: 'core/store.py' }).waitFor();
  await page.getByRole('tab', { name: 'Circles (1)' }).click();
  await page.getByRole('button', { name: 'core/order.py' }).first().click();
  await page.getByTestId('selected').getByRole('heading', { name: 'core/order.py' }).waitFor();
  await page.getByRole('button', { name: 'shop' }).click();
  await page.getByLabel('Layers').check();
  await boxOf(page, 'web')
    .getByText(/layer 3/)
    .waitFor();
  await page.getByRole('tab', { name: 'All' }).click();
  await page.getByText('GET /orders').waitFor();
});

// Feature 12, with the agent that comes with the server: a picture of a repository, with one click.
test('a repository is drawn by the agent, and gone into', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/architecture`);
  await page.getByRole('combobox', { name: 'Repository' }).fill(repository);
  await page.getByRole('button', { name: 'Draw it' }).click();
  await page.waitForURL(/architecture\?run=/);
  await boxOf(page, 'src/ui').waitFor();
  await boxOf(page, 'system:PostgreSQL').waitFor();
  await boxOf(page, 'src/store').click();
  await page.getByTestId('selected').getByTestId('source').getByText("from 'pg'").waitFor();
  await page.getByRole('tab', { name: 'All' }).click();
  await page.getByText('GET /orders').waitFor();
  assert.deepEqual(page.complaints, []);
});

test('what changed between two commits is drawn and listed by the agent', async () => {
  const git = (...words) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], { cwd: repository });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'one');
  git('tag', 'v1');
  mkdirSync(join(repository, 'src/mail'));
  writeFileSync(join(repository, 'src/mail/send.js'), "import '../store/db.js'\n");
  writeFileSync(join(repository, 'src/ui/page.js'), "import '../mail/send.js'\n");
  git('add', '-A');
  git('commit', '-qm', 'two');
  git('tag', 'v2');
  const page = await browser.page();
  await page.goto(`${server.url}/architecture`);
  await page.getByRole('combobox', { name: 'Repository' }).fill(repository);
  await page.getByLabel('Commit', { exact: true }).fill('v2');
  await page.getByLabel('What has changed since').fill('v1');
  await page.getByRole('button', { name: 'Draw it' }).click();
  await page.waitForURL(/architecture\?run=/);
  await page.locator('[data-testid="box-src/mail"][data-change="added"]').waitFor();
  assert.equal(await boxOf(page, 'src/store').getAttribute('data-change'), null);
  const changes = page.getByTestId('changes');
  await changes.getByRole('heading', { name: /^Modules\s*\+1$/ }).waitFor();
  await changes.getByText('src/ui/page.js → src/store/db.js').waitFor();
  await changes.getByRole('button', { name: 'src/mail/send.js', exact: true }).click();
  await page.getByTestId('selected').getByText('It is new.').waitFor();
  // It is among the earlier ones, by what was asked.
  await page.goto(`${server.url}/architecture`);
  await page.getByText('v1..v2').waitFor();
  assert.deepEqual(page.complaints, []);
});

test('the other side shows what agents do', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/architecture?run=${runs[1]}`);
  await page.getByRole('button', { name: 'What agents do' }).click();
  await page.getByTestId('node-draw').waitFor();
  await page.getByRole('button', { name: 'What code exists' }).click();
  await boxOf(page, 'web').waitFor();
});

test('two drawings are compared', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/architecture?run=${runs[1]}&with=${runs[0]}`);
  await boxOf(page, 'core').getByText('+1 −0 files').waitFor();
  await page.getByRole('tab', { name: 'Changes' }).click();
  const changes = page.getByTestId('changes');
  await changes.getByRole('heading', { name: /^Files\s*\+1$/ }).waitFor();
  await changes.getByRole('heading', { name: /^Imports\s*\+2$/ }).waitFor();
  // The other way round what is gone is drawn too.
  await page.goto(`${server.url}/architecture?run=${runs[0]}&with=${runs[1]}`);
  await boxOf(page, 'core').getByText('+0 −1 files').waitFor();
  await page.getByTestId('changes').getByRole('button', { name: 'core/store.py', exact: true }).click();
  await page.locator('[data-testid="box-core/store.py"][data-change="removed"]').waitFor();
  await page.getByTestId('selected').getByText('It is gone.').waitFor();
});

// As the agent tells what a change did: both states in one document.
const kDifference = {
  ...kArchitecture,
  difference: {
    from: 'v1',
    to: 'v2',
    modules: { added: [{ path: 'core', files: 2 }], removed: [{ path: kHostile, files: 1 }] },
    files: { added: ['core/order.py', 'core/store.py'], removed: [] },
    edges: { added: [kArchitecture.edges[0]], removed: [] },
    cycles: { added: kArchitecture.cycles, removed: [], changed: [] },
  },
  nodes: kArchitecture.nodes.map((node) => (node.group === 'core' ? { ...node, change: 'added' } : node)),
  views: [
    {
      ...kArchitecture.views[0],
      nodes: [
        { ...kArchitecture.views[0].nodes[0], change: 'changed' },
        { ...kArchitecture.views[0].nodes[1], change: 'added' },
        { ...kArchitecture.views[0].nodes[2], change: 'removed' },
      ],
      edges: [
        { ...kArchitecture.views[0].edges[0], change: 'added', added: 1 },
        { ...kArchitecture.views[0].edges[1], change: 'removed', removed: 1 },
      ],
    },
    {
      ...kArchitecture.views[1],
      nodes: kArchitecture.views[1].nodes.map((node) => ({ ...node, change: 'added' })),
    },
  ],
};

test('what a change did differs by colour, border and sign, and is listed; accessible in both themes', async () => {
  for (const theme of ['light', 'dark']) {
    const page = await browser.page({ theme });
    await page.goto(`${server.url}/architecture`);
    const buffer = Buffer.from(JSON.stringify(kDifference));
    const input = page.getByLabel('Architecture as JSON');
    await input.setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer });
    for (const [id, change] of Object.entries({ web: 'changed', core: 'added', 'system:db': 'removed' }))
      await page.locator(`[data-testid="box-${id}"][data-change="${change}"]`).waitFor();
    const changes = page.getByTestId('changes');
    await changes.getByRole('heading', { name: /^Modules\s*\+1\s*−1$/ }).waitFor();
    await changes.getByText('core/order.py → core/store.py → core/order.py').waitFor();
    assert.deepEqual(await violations(page), [], theme);
    await changes.getByRole('button', { name: 'core/store.py', exact: true }).click();
    await page.getByTestId('selected').getByText('It is new.').waitFor();
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.deepEqual(page.complaints, []);
  }
});

test('exports hold the drawing, and names are text in all of them', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/architecture?run=${runs[1]}`);
  await boxOf(page, 'web').waitFor();
  const save = async (name) => {
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name, exact: true }).click(),
    ]);
    return readFileSync(await saved.path());
  };
  const mermaid = (await save('Mermaid')).toString();
  assert.match(mermaid, /^flowchart TB/);
  assert.doesNotMatch(mermaid, /<img|javascript:/);
  const svg = (await save('SVG')).toString();
  assert.match(svg, /^<svg xmlns/);
  assert.doesNotMatch(svg, /<img/);
  const png = await save('PNG');
  assert.equal(png.subarray(1, 4).toString(), 'PNG');
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.deepEqual(page.complaints, []);
});

test('a file is opened; what is none says so; accessible in both themes', async () => {
  for (const theme of ['light', 'dark']) {
    const page = await browser.page({ theme });
    await page.goto(`${server.url}/architecture`);
    const input = page.getByLabel('Architecture as JSON');
    await input.setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"a": 1}') });
    await page.getByText(/not the architecture/).waitFor();
    assert.deepEqual(await violations(page), [], theme);
    const buffer = Buffer.from(JSON.stringify(kArchitecture));
    await input.setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer });
    await boxOf(page, 'core').click();
    await page.getByTestId('selected').getByText('core/order.py:1').first().waitFor();
    assert.deepEqual(await violations(page), [], theme);
    assert.deepEqual(page.complaints, []);
  }
});
