// Completes package-lock.json with the optional packages of platforms that the registry in use does not mirror.
// Why: npm writes no entry for an optional package it cannot look up, and `npm ci` then refuses the lockfile as out of sync.
// Run after `npm install` when the lockfile changed: `node scripts/lock-platforms.mjs`. Plain JavaScript: it runs before node@24 is there.
import { readFileSync, writeFileSync } from 'node:fs';

const OS = {
  android: 'android',
  darwin: 'darwin',
  mac: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  linuxmusl: 'linux',
  openharmony: 'openharmony',
  sunos: 'sunos',
  aix: 'aix',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  win32: 'win32',
  win: 'win32',
  wasm32: 'wasi',
  wasi: 'wasi',
};
const CPU = ['arm64', 'x64', 'arm', 'ppc64', 'riscv64', 's390x', 'ia32', 'loong64', 'mips64el', 'wasm32'];

/** Reads `os` and `cpu` off a platform package's name, e.g. `@biomejs/cli-darwin-arm64` → darwin, arm64. */
export function platformOf(name) {
  const words = name.split('/').at(-1).split('-');
  const os = words.map((w) => OS[w]).find(Boolean);
  const cpu = words.find((w) => CPU.includes(w));
  if (!os || !cpu) throw new Error(`cannot tell the platform of "${name}" from its name: add its words to scripts/lock-platforms.mjs`);
  return { os: [os], cpu: [cpu] };
}

/** Adds the missing optional entries to a parsed lockfile; returns the names added. */
export function complete(lock) {
  const added = [];
  for (const [at, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const found = lock.packages[`node_modules/${name}`] ?? lock.packages[`${at}/node_modules/${name}`];
      if (at === '' || found) continue;
      lock.packages[`node_modules/${name}`] = {
        version: version.replace(/^[\^~]/, ''),
        ...platformOf(name),
        ...(entry.dev && { dev: true }),
        optional: true,
      };
      added.push(name);
    }
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  return added;
}

if (process.argv[1]?.endsWith('lock-platforms.mjs')) {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const added = complete(lock);
  writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
  console.log(added.length ? `added ${added.length}: ${added.join(' ')}` : 'the lockfile was complete');
}
