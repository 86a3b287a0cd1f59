// Text from agents and repositories, wherever it shows up: descriptions, findings, patches, logs, file names, notes.
// It is text, it does not turn the direction of anything, and what cannot be seen is named. Axe with every part opened,
// too.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { openBrowser, startServer, violations } from './harness.mjs';

const kBidi = '\u202e';
const kHostile =
  `</script><img src=x onerror="window.hacked=1"> ${kBidi}txt.exe {{ context.x }} 'q" ` + 'w'.repeat(300);

let server;
let browser;
let folder;
let run;
let workflow;
let approval;

const kScript = `
printf '%s\\n' "$(cat "$(dirname "$0")/log.txt")" >&2
printf 'if (admin${kBidi}) { // \\342\\200\\213\\n' > '/workspace/<b>bold<b> file.js'
head -c 200000 /dev/zero | tr '\\0' 'L' > /workspace/long.txt
cat "$(dirname "$0")/answer.json"
`;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cc-hostile-'));
  mkdirSync(join(folder, 'repository'));
  mkdirSync(join(folder, 'evil'));
  writeFileSync(join(folder, 'repository/a.js'), `let a = "${kBidi}";\n`);
  writeFileSync(join(folder, 'evil/run.sh'), kScript);
  writeFileSync(join(folder, 'evil/log.txt'), `${kHostile}\u001b[31mred\u001b]8;;http://evil\u0007link\u001b[2J`);
  const finding = {
    severity: kHostile,
    description: kHostile,
    ruleId: kHostile,
    file: 'a.js',
    line: 1,
    code: kHostile,
  };
  writeFileSync(
    join(folder, 'evil/answer.json'),
    JSON.stringify({ findings: [finding, { ...finding, severity: 'high' }], [kHostile]: kHostile, __proto__x: 1 }),
  );
  const link = `[${kHostile}](javascript:window.hacked=1) <a href="javascript:window.hacked=1">x</a>`;
  writeFileSync(
    join(folder, 'evil/README.md'),
    `# ${kHostile}\n\n${link} ![x](http://evil.example/x.png)\n\n- ${kHostile}\n\n` +
      `| ${kHostile} | b |\n|---|---|\n| ${kHostile} | \`${kHostile}\` |\n\n\`\`\`sh\n${kHostile}\n` +
      `\`\`\`\n> ${kHostile}\n`,
  );
  writeFileSync(
    join(folder, 'evil/agent.yaml'),
    `name: evil\nversion: 1.0.0\ndescription: ${JSON.stringify(kHostile)}\neffects: workspace\n` +
      `command: [sh, ./run.sh]\nactions:\n  - name: go\n    description: ${JSON.stringify(kHostile)}\n` +
      `    inputSchema: {type: object, properties: {a: {type: string, description: ${JSON.stringify(kHostile)}, ` +
      `enum: [${JSON.stringify(kHostile)}]}}}\n`,
  );
  server = await startServer({ root: folder });
  browser = await openBrowser();
  await server.post('/api/agents', { folder: join(folder, 'evil') });
  workflow = await server.post('/api/workflows', {
    projectId: 1,
    name: kHostile.slice(0, 190),
    description: kHostile,
    trigger: 'manual',
    workspace: join(folder, 'repository'),
    nodes: [{ id: 'evil', agent: 'evil', action: 'go', input: {} }],
  });
  run = (await server.post(`/api/workflows/${workflow.id}/trigger`, { contextJson: { [kHostile]: kHostile } }))
    .workflowRunId;
  const page = await browser.page();
  await page.goto(`${server.url}/runs/${run}`);
  await page.locator('[data-testid="node-evil"][data-status="WAITING_APPROVAL"]').waitFor();
  [approval] = await server.get(`/api/approvals?workflowRunId=${run}`);
  await page.context().close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function harmless(page, where) {
  assert.equal(await page.evaluate(() => window.hacked), undefined, where);
  assert.equal(await page.locator('main img').count(), 0, where);
  const [width, seen] = await page.evaluate(() => [document.body.scrollWidth, window.innerWidth]);
  assert.ok(width <= seen, `${where} is ${width} wide, seen are ${seen}`);
  assert.deepEqual(page.complaints, [], where);
}

test('a patch shows what cannot be seen, and long lines only when asked', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/approvals/${approval.id}`);
  const diff = page.getByTestId('diff');
  await diff.getByText('⟨U+202E⟩').waitFor();
  await diff.getByText('⟨U+200B⟩').waitFor();
  await diff.getByText('all 200,000 characters').waitFor();
  await diff.getByText('<b>bold<b> file.js').first().waitFor();
  assert.equal(await diff.locator('b').count(), 0);
  await page.getByRole('button', { name: 'Side by side' }).click();
  await harmless(page, 'the approval');
});

for (const theme of ['light', 'dark']) {
  test(`every part of every page with hostile text, ${theme}`, async () => {
    const page = await browser.page({ theme });
    const look = async (where) => {
      await harmless(page, where);
      assert.deepEqual(await violations(page), [], where);
    };
    await page.goto(`${server.url}/runs/${run}`);
    await page.getByTestId('node-evil').waitFor();
    for (const name of [/^Timeline/, /^Waits/, /^Journal/, /^Context/, /^Decide/, /^Input/, /^Log/, /^Sandbox/]) {
      await page.getByRole('tab', { name }).click();
      await look(String(name));
    }
    await page.goto(`${server.url}/agents/evil`);
    for (const name of ['Actions', 'Docs', 'Try it', 'Sandbox', 'Versions']) {
      await page.getByRole('tab', { name, exact: true }).click();
      if (name === 'Docs') await page.getByTestId('markdown').getByText('</script>').first().waitFor();
      await look(name);
    }
    await page.getByRole('button', { name: 'Register an agent' }).click();
    await look('register');
    await page.goto(`${server.url}/workflows/${workflow.id}`);
    await page.getByTestId('step-evil').click();
    for (const name of ['Config', 'Policies', 'Docs', 'History', 'Metrics']) {
      await page.getByRole('tab', { name, exact: true }).click();
      await look(name);
    }
    await page.getByRole('button', { name: 'Versions' }).click();
    await page.getByRole('button', { name: 'Bring version 1 back' }).waitFor();
    await look('versions');
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: 'YAML' }).click();
    await look('YAML');
    for (const path of ['/', '/workflows', '/runs', '/approvals', `/compare?a=${run}&b=${run}`, '/architecture']) {
      await page.goto(server.url + path);
      await page.locator('main h1').waitFor();
      await page.waitForLoadState('load');
      await look(path);
    }
  });
}

test('findings with hostile text, once approved; their source names what is hidden', async () => {
  await server.post(`/api/approvals/${approval.id}/approve`, { comment: kHostile });
  const page = await browser.page();
  await page.goto(`${server.url}/runs/${run}`);
  await page.getByRole('tab', { name: /^Findings/ }).click();
  await page.getByRole('button', { name: 'a.js:1' }).first().click();
  await page.getByTestId('source').getByText('⟨U+202E⟩').waitFor();
  await harmless(page, 'findings');
  assert.deepEqual(await violations(page), []);
  await page.getByRole('tab', { name: 'Output' }).click();
  await harmless(page, 'output');
});

test('without the server a page says so, and goes on when it is back', async () => {
  const page = await browser.page();
  await page.goto(`${server.url}/runs`);
  await page.getByRole('link', { name: /^Run / }).first().waitFor();
  await page.context().setOffline(true);
  await page.getByText('The server cannot be reached. What you see may be old').waitFor({ timeout: 20_000 });
  await page.getByRole('link', { name: /^Run / }).first().waitFor(); // what was there stays
  await page.context().setOffline(false);
  await page.getByText('The server cannot be reached. What you see may be old').waitFor({
    state: 'detached',
    timeout: 20_000,
  });
});
