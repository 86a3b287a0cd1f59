import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// `npm run dev` serves with hot reload and hands API calls to a running server.
const kServed = ['/api', '/health', '/docs'];
const server = process.env.COMMANDCENTER_SERVER ?? 'http://127.0.0.1:9002';

// Compressed once here, instead of by the server for every visitor.
function compress(): Plugin {
  return {
    name: 'compress',
    apply: 'build',
    writeBundle({ dir }) {
      const assets = join(dir!, 'assets');
      for (const name of readdirSync(assets)) {
        if (/\.(js|css|svg)$/.test(name))
          writeFileSync(join(assets, `${name}.gz`), gzipSync(readFileSync(join(assets, name)), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), compress()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
    modulePreload: { polyfill: false }, // it would be an inline script
    rollupOptions: { output: { manualChunks: { react: ['react', 'react-dom', '@tanstack/react-query', 'wouter'] } } },
  },
  // The host name is kept, so that the server sees calls of its own page and not of another site.
  server: { proxy: Object.fromEntries(kServed.map((path) => [path, { target: server, changeOrigin: false }])) },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'] },
});
