import type { Config } from '../config/schema.ts';
import type { VerdictBook } from '../evals/book.ts';
import type { EgressDesk } from '../exchange/stages/egress-desk.ts';
import type { Targets } from '../exchange/targets.ts';
import { Live } from '../live/live.ts';

interface LiveWorld {
  config(): Config;
  targets(): Targets;
  verdicts: VerdictBook;
  egress: EgressDesk;
  log(line: string): void;
}

/** Evidence on live traffic, over the parts of a gateway. */
export function liveOver({ config, targets, verdicts, egress, log }: LiveWorld): Live {
  return new Live({
    settings: () => config().evaluation,
    verdicts,
    means: (name) => targets().means(name),
    audit: egress.audit,
    now: Date.now,
    log,
  });
}
