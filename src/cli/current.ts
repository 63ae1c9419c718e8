import type { Flags } from '../config/load.ts';
import { type Provenance, refused, taken } from '../config/provenance.ts';
import { type Watching, watchConfig } from '../config/reload.ts';
import type { Config } from '../config/schema.ts';
import type { Gateway, Outside } from '../gateway.ts';
import { load, look, type Prepared } from './prepare.ts';
import { type Shell, tell } from './shell.ts';

/** How often new servers on this machine are looked for, when nothing is configured. */
const LOOK_SECONDS = 60;

interface Current {
  gateway: Pick<Gateway, 'apply'>;
  prepared: Prepared;
  outside: Outside;
  /** Told how the file fares. */
  provenance?: Provenance;
}

/** Takes changes of the file as they come, and, where nothing is configured, servers that appear on this machine. */
export function keepCurrent(shell: Shell, flags: Flags, { gateway, prepared, outside, provenance }: Current): () => void {
  let { config } = prepared;
  let isOpen = prepared.found !== undefined;
  const apply = async (next: Config) => {
    const moved = next.server.host !== prepared.config.server.host || next.server.port !== prepared.config.server.port;
    config = next;
    await gateway.apply(next);
    tell(shell, `The configuration was read again and taken.${moved ? ' A new host or port takes a restart.' : ''}`);
  };
  let watching: Watching | undefined;
  if (prepared.file !== undefined) {
    // What was found stands in for a configuration only while there is none.
    const fill = (next: Config): Config => {
      isOpen = prepared.found !== undefined && Object.keys(next.providers).length + Object.keys(next.engines).length === 0;
      return isOpen ? { ...next, providers: config.providers, engines: config.engines } : next;
    };
    watching = watchConfig({
      file: prepared.file,
      load: () => load(shell, flags),
      onChange: async (loaded) => {
        await apply(fill(loaded.config));
        if (provenance) taken(provenance, loaded, Date.now());
      },
      onProblem: (error) => {
        if (provenance) refused(provenance, error, Date.now());
        tell(shell, `The configuration was not taken; the old one stays.\n${error.message}`);
      },
    });
  }
  const timer = prepared.found && setInterval(() => void lookAgain(), LOOK_SECONDS * 1000).unref();
  const lookAgain = async () => {
    if (!isOpen) return;
    const { providers } = await look(shell, outside);
    const fresh = Object.keys(providers).filter((name) => !(name in config.providers));
    if (fresh.length === 0) return;
    config = { ...config, providers: { ...config.providers, ...providers } };
    await gateway.apply(config);
    tell(shell, `Found ${fresh.join(', ')}.`);
  };
  return () => {
    watching?.close();
    clearInterval(timer);
  };
}
