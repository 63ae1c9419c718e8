import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ISOLATORS } from './isolate.ts';
import { inside, type Job, type Limits, type Sandbox } from './job.ts';
import { NoSandbox, openSandbox } from './sandbox.ts';

const NODE = [dirname(dirname(process.execPath))];
const TIGHT: Partial<Limits> = { timeMs: 800, memoryMb: 256, processes: 24, outputBytes: 20_000, diskMb: 8, files: 200 };

const held: Sandbox[] = [];
const not: string[] = [];
for (const isolator of ISOLATORS)
  try {
    held.push({
      ...(await openSandbox({ isolators: [isolator], atOnce: 2 })),
      name: `${isolator.name}, ${isolator.asRoot ? 'as root' : 'by user namespaces'}`,
    });
  } catch (error) {
    if (!(error instanceof NoSandbox)) throw error;
    not.push(error.message);
  }
// Loudly: where nothing isolates, these tests prove the refusal only.
if (held.length === 0) console.warn(`THE SANDBOX IS NOT TESTED HERE:\n${not.join('\n')}`);

const shell = (script: string, ...rest: string[]): Job => ({ argv: ['bash', '-c', script, 'bash', ...rest], limits: TIGHT });
const node = (script: string): Job => ({
  argv: [process.execPath, '-e', script],
  reads: NODE,
  limits: { ...TIGHT, timeMs: 15_000, processes: 128 },
});

describe.each(held)('a run in $name', (sandbox) => {
  it('has its files, its input and what it may read, and says how it ended', async () => {
    const ran = await sandbox.run({ argv: ['bash', '-c', 'cat a/b.txt -; exit 3'], files: { 'a/b.txt': 'one' }, stdin: 'two' });
    expect(ran).toMatchObject({ code: 3, stdout: 'onetwo', stderr: '' });
    expect(ran.stopped).toBeUndefined();
    expect((await sandbox.run(node('console.log(6 * 7)'))).stdout).toBe('42\n');
  });

  it('does not reach a server of this machine', async () => {
    let calls = 0;
    const server = createServer(() => calls++).listen(0, '127.0.0.1');
    await new Promise((ready) => server.once('listening', ready));
    const { port } = server.address() as { port: number };
    const [a, b] = await Promise.all([
      sandbox.run(shell(`exec 3<>/dev/tcp/127.0.0.1/${port} && echo reached`)),
      sandbox.run(node(`fetch('http://127.0.0.1:${port}').then(() => console.log('reached'), () => console.log('no'))`)),
    ]);
    server.close();
    expect([a.stdout, b.stdout, calls]).toEqual(['', 'no\n', 0]);
  });

  it('does not see the environment, nor that of other processes', async () => {
    process.env['FREEHOLD_CANARY'] = 'k3y-of-the-house';
    const ran = await sandbox.run(shell(`env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; cat /proc/*/cmdline | tr '\\0' ' '`));
    delete process.env['FREEHOLD_CANARY'];
    expect(ran.stdout).toContain('HOME=/box');
    expect(ran.stdout).not.toMatch(/k3y-of-the-house|vitest/);
  });

  it('reads and writes nothing of this machine, by no path and no link', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFileSync(join(folder, 'secret'), 'k3y');
    const script = `ln -s ${folder} link; ln -s / root; cat link/secret root/${folder}/secret ${folder}/secret /proc/1/root${folder}/secret ../../..${folder}/secret;
      echo x > ${folder}/made; echo x > link/made; rm -rf link/secret; ls -A /root /home /var; ls -A /old | grep .; cat /etc/shadow; mknod disk b 254 0; mount -t tmpfs none /tmp; umount /usr; true`;
    const ran = await sandbox.run(shell(script));
    expect([ran.code, ran.stdout, readdirSync(folder)]).toEqual([0, expect.not.stringMatching(/\S/), ['secret']]);
    rmSync(folder, { recursive: true });
  });

  it('leaves nothing behind, for the machine or the next run', async () => {
    // A folder that no other test uses; others may pass through it, as through /tmp.
    const own = mkdtempSync(join(tmpdir(), 'own-tmp-'));
    chmodSync(own, 0o711);
    vi.stubEnv('TMPDIR', own);
    await sandbox.run(shell('echo left > mine; echo left > /tmp/mine; echo left > /dev/shm/mine; (setsid sleep 77 &) ; true'));
    const ran = await sandbox.run(shell('cat mine /tmp/mine /dev/shm/mine; ls -d /proc/[0-9]* | wc -l'));
    expect(Number(ran.stdout)).toBeLessThan(12);
    vi.unstubAllEnvs();
    expect(readdirSync(own)).toEqual([]);
    rmSync(own, { recursive: true });
    expect(sleeping('77')).toBe(false);
  });

  it('ends when its time is over, deaf to SIGTERM and with all it started', async () => {
    const ran = await sandbox.run(shell(`trap '' TERM INT HUP; (trap '' TERM; setsid sleep 78 &); while :; do :; done`));
    expect([ran.stopped, ran.code]).toEqual(['time', null]);
    expect(ran.ms).toBeLessThan(5000);
    expect(sleeping('78')).toBe(false);
  });

  it('does not take the files of another run that runs at the same time', async () => {
    const runs = ['a', 'b', 'c', 'd'].map((name) => sandbox.run({ argv: ['sh', '-c', 'sleep 0.1; ls; cat *'], files: { [name]: name } }));
    expect((await Promise.all(runs)).map(({ stdout }) => stdout)).toEqual(['a\na', 'b\nb', 'c\nc', 'd\nd']);
  });
});

// The best and the plainest: those between bound a run by the same words.
describe.each([...new Set([held[0]!, held.at(-1)!])].filter(Boolean))('the limits of $name', (sandbox) => {
  it('is stopped in a fork bomb', async () => {
    const ran = await sandbox.run(shell(`bomb() { bomb | bomb & }; bomb; sleep 60`));
    expect(ran.stopped).toMatch(/time|processes/);
    expect((await sandbox.run(shell('echo well'))).stdout).toBe('well\n');
  });

  it('is stopped in endless output, of which the first part is kept', async () => {
    const ran = await sandbox.run(shell('yes'));
    expect([ran.stopped, ran.stdout.length]).toEqual(['output', 20_000]);
  });

  it('does not get more memory', async () => {
    const ran = await sandbox.run(node('const all = []; for (;;) all.push(Buffer.alloc(2 ** 24, 1))'));
    expect(ran.stopped === 'memory' || ran.code !== 0).toBe(true);
    expect(ran.stopped).not.toBe('time');
    const many = await sandbox.run(
      node(
        `for (let i = 0; i < 4; i++) require('child_process').spawn(process.execPath, ['-e', 'const b = Buffer.alloc(1e8, 1); setTimeout(() => b, 60000)'])`,
      ),
    );
    expect(many.stopped).toBe('memory');
  });

  it('does not fill the disk, by bytes or by files', async () => {
    const bytes = await sandbox.run(
      shell('head -c 9000000 /dev/zero > a; for i in 1 2 3; do head -c 4000000 /dev/zero > b$i; done; wc -c a b* | tail -1'),
    );
    expect(bytes.stderr).toMatch(/No space|File size/);
    const files = await sandbox.run(shell('i=0; while :; do : > f$i; i=$((i+1)); done'));
    expect(files.stopped).toBe('files');
  });
});

function sleeping(seconds: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && cmdline(pid) === `sleep\0${seconds}\0`;
    } catch {
      return false;
    }
  });
}

function cmdline(pid: string): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}

describe('where nothing isolates', () => {
  it('refuses, with every reason and what to install', async () => {
    const nothing = { name: 'nothing', needs: [], asRoot: false, command: ({ argv }: { argv: readonly string[] }) => ['env', ...argv] };
    const absent = { ...nothing, name: 'absent', needs: ['no-such-program'] };
    const refusal = openSandbox({ isolators: [absent, nothing] });
    await expect(refusal).rejects.toThrow(NoSandbox);
    await expect(refusal).rejects.toThrow(
      /apt-get install bubblewrap[\s\S]*absent.*no-such-program is not installed\n.*nothing.*reads this machine's files/,
    );
  });

  it('takes no path that leaves the folder', () => {
    expect(['a', 'a/b.ts', '.hidden'].map(inside)).toEqual(['a', 'a/b.ts', '.hidden']);
    for (const path of ['', '/etc/passwd', '../a', 'a/../../b', 'a//b', 'a\\b', 'a\0b'])
      expect(() => inside(path)).toThrow(/relative path/);
  });
});
