import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Shell, say, tell } from './shell.ts';

const run = promisify(execFile);

/** Builds beside the one for the processor alone; Metal is part of the build for its machines. */
const BUILDS: Readonly<Record<string, readonly string[]>> = { cuda: ['cuda', 'cuda-ext'], vulkan: ['vulkan'] };
const SYSTEMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', win32: 'win', darwin: 'mac' };

/**
 * `freehold engine add BUILD`: fetches the engine's build for a graphics card. They are large (CUDA about 540 MB), so no install draws
 * them unasked. Taken as packed by the registry and laid beside the engine: nothing else of the installation changes, no script runs.
 */
export async function addEngine(shell: Shell, build: string, flags: { json?: boolean }): Promise<number> {
  const system = SYSTEMS[process.platform];
  if (build === 'metal') {
    const there = system === 'mac';
    tell(shell, there ? 'Metal is part of the engine on this machine; nothing to add.' : 'Metal is for Macs; choose cuda or vulkan.');
    return there ? 0 : 2;
  }
  const parts = Object.hasOwn(BUILDS, build) ? BUILDS[build] : undefined;
  if (!parts || !system || system === 'mac') {
    tell(shell, `There is no build "${build}" for this machine; choose ${Object.keys(BUILDS).join(' or ')}.`);
    return 2;
  }
  const engine = locate();
  if (!engine) {
    tell(shell, 'The engine itself is not installed. Add it with: npm install node-llama-cpp');
    return 1;
  }
  for (const part of parts) {
    const name = `@node-llama-cpp/${system}-x64-${part}`;
    tell(shell, `Fetching ${name} ${engine.version} …`);
    const folder = mkdtempSync(join(tmpdir(), 'freehold-engine-'));
    try {
      await run('npm', ['pack', '--silent', `${name}@${engine.version}`, '--pack-destination', folder], {
        shell: process.platform === 'win32',
      });
      const [packed] = readdirSync(folder);
      const place = join(engine.packages, name);
      mkdirSync(place, { recursive: true });
      await run('tar', ['-xzf', join(folder, packed!), '--strip-components=1', '-C', place]);
    } catch (error) {
      tell(shell, `${name} could not be added: ${(error as Error).message.split('\n')[0]}`);
      return 1;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  say(shell, flags.json ? JSON.stringify({ added: parts }) : 'Added. Engines use it from their next start; "gpu: false" keeps one off it.');
  return 0;
}

/** The installed engine's version, and the node_modules folder it lies in. */
function locate(): { version: string; packages: string } | undefined {
  try {
    const entry = fileURLToPath(import.meta.resolve('node-llama-cpp'));
    const root = entry.slice(0, entry.lastIndexOf('node-llama-cpp') + 'node-llama-cpp'.length);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { version, packages: dirname(root) };
  } catch {
    return undefined;
  }
}
