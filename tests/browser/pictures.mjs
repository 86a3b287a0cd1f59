// Takes the pictures of docs/images/, or only those that are named: a server with some history, one picture a page.
//
//   build/release/bin/commandcenter diagram . --format json > /tmp/architecture.json
//   build/release/bin/commandcenter diagram . --diff HEAD~20..HEAD --format json > /tmp/difference.json
//   COMMANDCENTER=build/release/bin/commandcenter ARCHITECTURE=/tmp/architecture.json \
//     DIFFERENCE=/tmp/difference.json node tests/browser/pictures.mjs
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { kProject, openBrowser, startServer } from './harness.mjs';

const kFolder = join(kProject, 'docs/images');

const server = await startServer();
const browser = await openBrowser();

async function ran(path, body) {
  const { workflowRunId } = await server.post(path, body);
  for (;;) {
    const run = await server.get(`/api/runs/${workflowRunId}`);
    if (run.finishedAt || run.status === 'WAITING_APPROVAL') return workflowRunId;
    await fetch(`${server.url}/api/runs/${workflowRunId}/why`);
  }
}

try {
  mkdirSync(kFolder, { recursive: true });
  const first = await browser.page({ width: 1280, height: 800 });
  await first.goto(server.url);
  await first.getByRole('heading', { name: 'Begin here' }).waitFor();
  await first.getByText('accepted').waitFor();
  await first.screenshot({ path: join(kFolder, 'first-run.png') });

  const { id: broken } = await server.post('/api/workflows', {
    projectId: 1,
    name: 'Nightly report',
    description: 'Counts the findings of the day and tells the team',
    trigger: { schedule: '0 6 * * 1-5', timezone: 'Europe/Berlin' },
    nodes: [
      { id: 'scan', agent: 'security-scanner', action: 'scan', input: { target: '/workspace' } },
      { id: 'sum', dependsOn: ['scan'], transform: { n: '{{ scan.output.summary.total + context.limit }}' } },
    ],
  });
  const workspace = join(server.data, 'examples/find-secrets');
  let scan = '';
  const nightly = [];
  for (let i = 0; i < 12; i++) {
    scan = await ran('/api/examples/find-secrets/run');
    await ran('/api/examples/review-in-parallel/run');
    nightly.push(
      await ran(`/api/workflows/${broken}/trigger`, { workspace, contextJson: i % 3 === 0 ? {} : { limit: 10 } }),
    );
  }
  const update = await ran('/api/examples/update-dependency/run');
  const examples = (await server.get('/api/examples')).examples;
  const [finds, reviews] = examples.map((one) => one.workflowId);

  // A second version, to compare with the first.
  const { definition } = await server.get(`/api/workflows/${reviews}`);
  const [opening, ...rest] = definition.nodes;
  const loud = { id: 'tell', agent: 'notifier', action: 'send', dependsOn: [rest.at(-1).id] };
  await server.call('PUT', `/api/workflows/${reviews}`, {
    ...definition,
    nodes: [{ ...opening, timeout: '2m' }, ...rest, { ...loud, input: { channel: 'console', message: 'Reviewed' } }],
  });

  const openFile = async (page, file) => {
    await page.getByLabel('Architecture as JSON').setInputFiles(file);
    await page.locator('[data-testid^="box-"]').first().waitFor();
  };
  const pictures = {
    overview: ['/', (page) => page.getByRole('heading', { name: 'Queue' }).waitFor()],
    'overview-dark': ['/', (page) => page.getByRole('heading', { name: 'Queue' }).waitFor(), 'dark'],
    workflows: ['/workflows', (page) => page.getByText('Nightly report').waitFor()],
    builder: [
      `/workflows/${finds}`,
      async (page) => {
        await page.getByTestId('step-tell').click();
        await page.getByTestId('preview').first().waitFor();
      },
    ],
    versions: [
      `/workflows/${reviews}`,
      async (page) => {
        await page.getByRole('button', { name: 'Versions' }).click();
        await page.getByTestId('version-graph').locator('[data-kind="added"]').waitFor();
      },
    ],
    yaml: [`/workflows/${reviews}`, (page) => page.getByRole('tab', { name: 'YAML' }).click()],
    runs: ['/runs', (page) => page.getByRole('link', { name: 'Nightly report' }).first().waitFor()],
    run: [
      `/runs/${scan}`,
      async (page) => {
        await page.getByRole('button', { name: 'shop/settings.py:3' }).click();
        await page.getByTestId('source').getByText('DB_HOST').waitFor();
      },
    ],
    decision: [`/runs/${update}`, (page) => page.getByTestId('diff').waitFor(), 'dark'],
    compare: [
      `/compare?a=${nightly[1]}&b=${nightly[0]}`,
      async (page) => {
        await page
          .getByTestId('compare-sum')
          .getByRole('button', { name: /differ/ })
          .click();
      },
    ],
    approvals: ['/approvals', (page) => page.getByTestId('diff').waitFor()],
    architecture: [
      '/architecture',
      async (page) => {
        await openFile(page, process.env.ARCHITECTURE);
        await page.getByTestId('box-src/engine').click();
      },
    ],
    difference: ['/architecture', (page) => openFile(page, process.env.DIFFERENCE)],
    agents: ['/agents/patcher', (page) => page.getByText('What it takes').first().waitFor()],
  };
  const wanted = process.argv.slice(2);
  for (const [name, [path, prepare, theme]] of Object.entries(pictures)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    if (name === 'architecture' && !process.env.ARCHITECTURE) continue;
    if (name === 'difference' && !process.env.DIFFERENCE) continue;
    const page = await browser.page({ width: 1280, height: 800, theme });
    await page.goto(server.url + path);
    await prepare(page);
    await page.waitForLoadState('networkidle', { timeout: 1_500 }).catch(() => {}); // streams stay open
    await page.screenshot({ path: join(kFolder, `${name}.png`) });
    await page.context().close();
  }
} finally {
  await browser.close();
  await server.stop();
}
