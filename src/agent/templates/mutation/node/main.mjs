// Proposes https for http links. Input: {"file": path};
// answer: {applied: false, changes: [{file, line, before, after}]}.
// The repository is read-only: the answer is the change. Log and errors: standard error.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MAX_CHANGES = 1000;

function readLines(file, workspace) {
  if (file === '' || file.startsWith('/') || file.split('/').includes('..')) {
    throw new Error(`file ${file} must lie inside the repository: write it without .. and without a first /`);
  }
  const path = join(workspace, file);
  if (!existsSync(path) || !statSync(path).isFile()) throw new Error(`there is no file ${file} in the repository`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path)).split('\n');
  } catch (cause) {
    if (cause instanceof TypeError) throw new Error(`file ${file} is not UTF-8 text`, { cause });
    throw cause;
  }
}

function propose(file, workspace) {
  const changes = readLines(file, workspace).flatMap((before, index) => {
    const after = before.replaceAll('http://', 'https://');
    return after === before ? [] : [{ file, line: index + 1, before, after }];
  });
  if (changes.length > MAX_CHANGES) {
    throw new Error(`more than ${MAX_CHANGES} lines to change: propose them in smaller files`);
  }
  return { applied: false, changes };
}

try {
  const request = JSON.parse(readFileSync(0, 'utf8'));
  if (typeof request?.file !== 'string') throw new Error('the input must be an object like {"file": "README.md"}');
  console.error(`looking for http links in ${request.file}`);
  process.stdout.write(JSON.stringify(propose(request.file, process.env.AGENT_WORKSPACE ?? '.')));
} catch (error) {
  // The last {"error": …} line of the log becomes the error of the node.
  console.error(JSON.stringify({ error: error.message }));
  process.exitCode = 1;
}
