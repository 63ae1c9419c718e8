import { bodyOf, type Speech } from './bodies.ts';
import { tokensOf } from './cases.ts';
import { askOf } from './client.ts';
import { askOnce, KEY, type Upstream } from './targets.ts';

/** What the upstream does wrong on request, see `upstream.ts`. */
const WRONGS = { lost: '-l7', changed: '-c7', 'ended early': '-e7' };

/**
 * Proves that the load generator sees a lost token, a changed one and a missing end: answers wrong on purpose, straight from the upstream.
 * @throws Error when it does not, since no figure of it would then mean anything
 */
export async function provesItself(upstream: Upstream): Promise<void> {
  for (const speech of ['chat', 'messages'] satisfies Speech[]) {
    for (const stream of [false, true]) {
      const ask = (model: string) => {
        const body = bodyOf({ speech, bytes: 1000, model, stream });
        return askOnce(askOf({ port: upstream.port, speech, body, tokens: tokensOf(model), stream, key: KEY }));
      };
      const fault = await ask('bench-n16');
      if (fault) throw new Error(`the fake upstream answers ${speech} wrong: ${fault}`);
      for (const [wrong, suffix] of Object.entries(WRONGS))
        if (!(await ask(`bench-n16${suffix}`)))
          throw new Error(`the load generator did not notice (${speech}, stream ${stream}): ${wrong}`);
    }
  }
}
