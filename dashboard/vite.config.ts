import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

// A test runner says it is testing, and the libraries would come with their checks for developers.
if (process.argv.includes('build')) process.env['NODE_ENV'] = 'production';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Where a gateway listens while pages are worked on with `npx vite dashboard`. */
const gateway = process.env['FREEHOLD_URL'] ?? 'http://127.0.0.1:7411';

/** The gateway serves what lies beside a file as `.br` or `.gz`: it compresses nothing itself. */
function precompressed(): Plugin {
  return {
    name: 'freehold-precompressed',
    apply: 'build',
    closeBundle() {
      for (const entry of readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(?:js|css|svg)$/.test(entry.name)) continue;
        const file = join(entry.parentPath, entry.name);
        const bytes = readFileSync(file);
        writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  root,
  base: '/dashboard/',
  // The gateway puts a nonce of its own in its place with each page it serves.
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
    // Libraries mark what may run on a server; there is none here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  plugins: [precompressed()],
  server: {
    proxy: {
      '/admin': { target: gateway, changeOrigin: true, headers: { origin: gateway, 'sec-fetch-site': 'same-origin' } },
      '/v1': { target: gateway, changeOrigin: true, headers: { origin: gateway, 'sec-fetch-site': 'same-origin' } },
    },
  },
});
