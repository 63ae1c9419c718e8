import type { Accounts } from '../accounts/accounts.ts';
import { version } from '../cli/version.ts';
import type { Config } from '../config/schema.ts';
import { engineDialect } from '../dialects/index.ts';
import { JournalKeys } from '../egress/journal/keys.ts';
import type { VerdictBook } from '../evals/book.ts';
import { sign } from '../evals/certificate.ts';
import type { Resilience } from '../exchange/resilience.ts';
import type { EgressDesk } from '../exchange/stages/egress-desk.ts';
import type { Surroundings } from '../exchange/surroundings.ts';
import type { Targets } from '../exchange/targets.ts';
import type { Ledger } from '../ledger.ts';
import { Live } from '../live/live.ts';
import { classify } from '../tasks/classify.ts';
import { questionOf } from '../tasks/question.ts';
import { contents } from './contents.ts';

interface LiveWorld {
  config(): Config;
  targets(): Targets;
  around(): Surroundings;
  inFlight(): number;
  accounts: Accounts;
  verdicts: VerdictBook;
  resilience: Resilience;
  egress: EgressDesk;
  ledger: Ledger | undefined;
  log(line: string): void;
}

/** Stages that nobody's second question passes: it is known who answers, and it waits for whoever is waited for. */
const NOT_ASIDE: ReadonlySet<string> = new Set(['route', 'shadow']);

/** Evidence on live traffic, over the parts of a gateway. */
export function liveOver({ config, targets, around, inFlight, accounts, verdicts, resilience, egress, ledger, log }: LiveWorld): Live {
  const keys = ledger && new JournalKeys(ledger.place.secret);
  return new Live({
    settings: () => config().evaluation,
    verdicts,
    means: (name) => targets().means(name),
    audit: egress.audit,
    sign: keys && ((certificate) => sign(certificate, keys)),
    version: version(),
    now: Date.now,
    log,
    world: {
      candidate: (address) => {
        const found = targets().served(address);
        return found && !found.ailing && resilience.health(address) === 'closed' ? found : undefined;
      },
      reread: (kept) => contents.reread(kept),
      dialect: engineDialect,
      classify: ({ prompt }, headers) => classify(questionOf(prompt, headers), []).class,
      inFlight,
      spent: (limit) => accounts.meter.state(limit, Date.now()).used,
      around: () => {
        const { stages, sample: _, begun: __, trace: ___, ...others } = around();
        return { ...others, stages: stages.filter(({ name }) => !NOT_ASIDE.has(name)), record: (exchange) => ledger?.record(exchange) };
      },
    },
  });
}
