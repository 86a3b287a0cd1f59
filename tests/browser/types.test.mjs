// The types that the pages are checked against are those of the server as it is now.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { generate, kFile } from '../../web/types.mjs';
import { startServer } from './harness.mjs';

test('the generated types are current', async () => {
  const server = await startServer();
  try {
    const current = await generate(server.url);
    assert.ok(current.includes('Overview'), 'there are types at all');
    assert.equal(readFileSync(kFile, 'utf8'), current, 'run `npm run types` in web/ against a running server');
  } finally {
    await server.stop();
  }
});
