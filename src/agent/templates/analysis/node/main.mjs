// Counts to-do comments. Input: {"path": folder}; answer: {total, files, findings}. Log and errors: standard error.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const COMMENT = /(#|\/\/|--|\/\*)(.*\W)?todo\b/i;
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules']);
const MAX_FINDINGS = 1000;

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) yield* filesBelow(path);
    else if (entry.isFile()) yield path; // links are neither
  }
}

function linesWithComments(path) {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line, index) => (COMMENT.test(line) ? [index + 1] : []));
}

function count(request, workspace) {
  const path = request.path ?? '.';
  if (path.startsWith('/') || path.split('/').includes('..')) {
    throw new Error(`path ${path} must lie inside the repository: write it without .. and without a first /`);
  }
  const start = join(workspace, path);
  if (!existsSync(start) || !statSync(start).isDirectory()) {
    throw new Error(`there is no folder ${path} in the repository`);
  }
  console.error(`counting in ${path}`);

  const files = [];
  const findings = [];
  let total = 0;
  for (const file of [...filesBelow(start)].sort()) {
    const lines = linesWithComments(file);
    if (lines.length === 0) continue;
    const name = relative(workspace, file);
    files.push({ file: name, count: lines.length });
    total += lines.length;
    for (const line of lines.slice(0, MAX_FINDINGS - findings.length)) findings.push({ file: name, line });
  }
  return { total, files, findings };
}

try {
  const request = JSON.parse(readFileSync(0, 'utf8'));
  if (typeof request !== 'object' || request === null || typeof (request.path ?? '') !== 'string') {
    throw new Error('the input must be an object like {"path": "src"}');
  }
  process.stdout.write(JSON.stringify(count(request, process.env.AGENT_WORKSPACE ?? '.')));
} catch (error) {
  // The last {"error": …} line of the log becomes the error of the node.
  console.error(JSON.stringify({ error: error.message }));
  process.exitCode = 1;
}
