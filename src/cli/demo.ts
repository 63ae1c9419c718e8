import { dirname, join, resolve } from 'node:path';
import { type Demo, startDemo } from '../demo/demo.ts';
import { defaultFolder } from '../store/place.ts';
import { shareLine } from './progress.ts';
import { paint, type Shell, say, tell } from './shell.ts';

export interface DemoFlags {
  port: string;
  speed: string;
  days: string;
  data?: string;
  json?: boolean;
}

/** `freehold demo`: a simulated team at work, until it is told to stop. */
export async function demo(shell: Shell, flags: DemoFlags): Promise<number> {
  const port = number(flags.port, '--port', 0, 65_535);
  const speed = number(flags.speed, '--speed', 0.1, 1000);
  const days = number(flags.days, '--days', 1, 90);
  const data = flags.data === undefined ? join(dirname(defaultFolder(shell.env)), 'freehold-demo') : resolve(shell.cwd, flags.data);
  const stop = Promise.withResolvers<void>();
  const off = shell.onStop(() => stop.resolve());
  const line = flags.json ? undefined : shareLine(shell);
  let running: Demo | undefined;
  try {
    running = await startDemo({
      data,
      port,
      speed,
      days,
      log: (text) => tell(shell, text),
      told: (share) => line?.show('Writing a simulated history', share),
    });
    line?.end();
    const { gateway, written } = running;
    if (flags.json) say(shell, JSON.stringify({ ready: true, simulated: true, url: gateway.url, data, history: written }));
    else announce(shell, { url: gateway.url, data, written, days });
    await stop.promise;
    tell(shell, `Stopping. What was simulated lies in ${data}; the next demo begins anew, and nothing else needs it.`);
    return 0;
  } finally {
    line?.end();
    off();
    await running?.close();
  }
}

function announce(shell: Shell, { url, data, written, days }: { url: string; data: string; written: number; days: number }): void {
  const { stdout } = shell;
  const lines = [
    '',
    paint(stdout, ['bold', 'yellow'], 'SIMULATED: these people and models do not exist. Nothing leaves this machine.'),
    '',
    `  page      ${paint(stdout, ['bold', 'cyan'], `${url}/`)}`,
    `  team      8 people in 3 teams, with ${written.toLocaleString('en')} exchanges of the last ${days} days and more every second`,
    `  models    5 simulated providers: own, leased and vendors, at the catalogue's prices`,
    `  data      ${data}`,
    '',
    'Ask it, or any command that takes --url:',
    `  curl ${url}/v1/chat/completions -H 'content-type: application/json' -d '{"model":"auto","messages":[{"role":"user","content":"Hello"}]}'`,
    `  freehold report --url ${url}`,
    '',
    'Ctrl-C stops it.',
  ];
  say(shell, lines.join('\n'));
}

/** @throws Error naming the option */
function number(text: string, option: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`${option}: ${text} is no number from ${least} to ${most}`);
}
