// Builds the dashboard after `npm ci` in a checkout, so that `npm start` serves it. Plain JavaScript: npm runs it on whatever Node there is.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const vite = `${root}node_modules/vite/bin/vite.js`;

// Without development packages there is nothing to build with: the gateway then says so at /dashboard/.
if (existsSync(vite) && existsSync(`${root}dashboard/index.html`)) {
  const { status } = spawnSync(process.execPath, [vite, 'build', 'dashboard', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' });
  // An old Node cannot run the bundler; that is no reason to fail an installation.
  if (status !== 0) console.error('The dashboard could not be built; "npm run build:dashboard" says why.');
}
