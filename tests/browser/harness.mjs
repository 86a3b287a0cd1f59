// A real server on a free port with a data folder of its own, and a real browser looking at it.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const kProject = join(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(join(kProject, 'web/package.json'));
const { chromium } = require('playwright-core');
export const kAxe = require.resolve('axe-core/axe.min.js');

const kStart_ms = 20_000;
const kChromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

export async function startServer({ root = kProject, flags = [] } = {}) {
  const data = mkdtempSync(join(tmpdir(), 'cc-browser-'));
  // Tests ask more often than any client may.
  const limits = ['reads', 'writes', 'triggers'].map((kind) => `--set=rateLimits.${kind}=0`);
  const place = ['--port', '0', '--data', data, '--root', root];
  const child = spawn(process.env.COMMANDCENTER, ['serve', ...place, ...limits, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server did not start: ${said}`)), kStart_ms);
    const read = (chunk) => {
      said += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (!found) return;
      clearTimeout(timer);
      resolve(found[0]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
  const call = async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  return {
    url,
    data,
    call,
    get: (path) => call('GET', path),
    post: (path, body = {}) => call('POST', path, body),
    stop: async () => {
      const ended = new Promise((resolve) => child.on('exit', resolve));
      child.removeAllListeners('exit');
      child.on('exit', () => {});
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([ended, gone]);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

// A page that fails the test when the browser complains: script errors, refused scripts and styles, failed requests.
export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: kChromiumFlags,
  });
  return {
    async page({ theme = 'light', width = 1440, height = 900 } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      page.complaints = [];
      page.on('pageerror', (error) => page.complaints.push(error.message));
      page.on('console', (message) => message.type() === 'error' && page.complaints.push(message.text()));
      page.on('request', (request) => {
        const { protocol, hostname } = new URL(request.url());
        if (protocol.startsWith('http') && hostname !== '127.0.0.1')
          page.complaints.push(`a request to ${request.url()}`);
      });
      return page;
    },
    close: () => browser.close(),
  };
}

// Violations of WCAG 2.2 AA, as lines to read.
export async function violations(page) {
  // Not a script of the page, so that no policy refuses it.
  await page.evaluate(`(() => { ${readFileSync(kAxe, 'utf8')} })()`);
  const result = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }),
  );
  return result.violations.flatMap((violation) =>
    violation.nodes.map(
      (node) => `${violation.id}: ${node.target.join(' ')} — ${node.failureSummary.split('\n').slice(1).join('; ')}`,
    ),
  );
}

// The work of the page's main thread, as Chromium counts it.
export async function workOf(page, during) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
  const from = await read();
  await during();
  const to = await read();
  await session.detach();
  const between = (name) => (to[name] - from[name]) * 1_000;
  return {
    task_ms: between('TaskDuration'),
    script_ms: between('ScriptDuration'),
    layout_ms: between('LayoutDuration'),
  };
}
