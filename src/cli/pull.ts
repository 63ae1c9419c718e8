import { outbound } from '../gateway.ts';
import { size } from './progress.ts';
import { type Shell, say } from './shell.ts';
import { fetchWeights } from './weights.ts';

/** `freehold pull NAME`: fetches weights, or finds them where they were fetched before. */
export async function pull(shell: Shell, name: string, flags: { json?: boolean }): Promise<number> {
  const outside = outbound(shell.env);
  const stopping = new AbortController();
  const off = shell.onStop(() => stopping.abort());
  try {
    const { path, manifest } = await fetchWeights(name, { shell, outside, signal: stopping.signal });
    if (flags.json) say(shell, JSON.stringify({ path, ...manifest }));
    else
      say(shell, `${path}\n${size(manifest.bytes)}, licence ${manifest.license ?? 'not stated'}. To run it: freehold up --model ${name}`);
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 130;
    throw error;
  } finally {
    off();
    await outside.close();
  }
}
