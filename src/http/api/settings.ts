import { readFileSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { printPath } from '../../config/problem.ts';
import type { Provenance } from '../../config/provenance.ts';
import { type Config, configJsonSchema } from '../../config/schema.ts';
import { isLoopback } from '../../config/sense.ts';
import { shownSettings } from '../../config/shown.ts';
import type { SettingsView } from '../contract.ts';
import type { Step } from './call.ts';

const STARTED = Math.round(performance.timeOrigin);
const PACKAGE = new URL('../../../package.json', import.meta.url);

/** The configuration as loaded with where each part comes from, and how everything that it needs stands. */
export async function getSettings({ parts }: Step): Promise<SettingsView> {
  const { scene, node = null } = parts;
  const { provenance } = scene;
  const { ready, reasons, simulated } = scene.readiness();
  return {
    simulated: simulated === true,
    versions: { freehold: versionHere(), node: process.version, platform: `${process.platform} ${process.arch}` },
    started_at: STARTED,
    node,
    config: {
      file: provenance?.file ?? null,
      taken_at: provenance?.takenAt ?? null,
      refused: refusedView(provenance),
      overrides: [...(provenance?.overrides ?? [])],
      found: [...(provenance?.found ?? [])],
    },
    settings: settingsOf(scene.config(), provenance),
    readiness: { ready, reasons },
    advice: adviceFor(parts),
    data: await dataView(parts),
    store: storeView(parts),
  };
}

/** What is shown of a configuration; made once for each, because it is read for secrets. */
const shown = new WeakMap<Config, { given: unknown; rows: SettingsView['settings'] }>();

function settingsOf(config: Config, provenance: Provenance | undefined): SettingsView['settings'] {
  const known = shown.get(config);
  if (known && known.given === provenance?.given) return known.rows;
  const rows = shownSettings(config, provenance, configJsonSchema([]));
  shown.set(config, { given: provenance?.given, rows });
  return rows;
}

function versionHere(): string {
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;
}

function refusedView(provenance: Provenance | undefined): SettingsView['config']['refused'] {
  if (!provenance?.refused) return null;
  const { at, problems } = provenance.refused;
  const view = ({ path, message, source, line, column }: (typeof problems)[number]) => ({
    path: printPath(path),
    message,
    source: source ?? null,
    line: line ?? null,
    column: column ?? null,
  });
  return { at, problems: problems.map(view) };
}

/** What should be seen to, the worst first. */
function adviceFor({ scene, store, accounts, journalProblems }: Step['parts']): SettingsView['advice'] {
  const { server, admin, store: kept, egress, zones } = scene.config();
  const found: SettingsView['advice'] = [];
  const say = (level: SettingsView['advice'][number]['level'], what: string, mend: string | null = null) =>
    found.push({ level, what, mend });
  if (scene.provenance?.refused)
    say(
      'problem',
      'The configuration file was changed and not taken; the version before it is at work. What is wrong stands under "Configuration".',
    );
  const health = store?.health();
  if (health && !health.ok) say('problem', `The store does not answer: ${health.reason}`);
  for (const reason of journalProblems()) say('problem', reason);
  if (!store) say('problem', 'Nothing is kept: no exchanges, budgets or keys.', 'Set data: or FREEHOLD_DATA to a folder.');
  if (!isLoopback(server.host) && admin.key === undefined)
    say(
      'warning',
      'Other machines can reach this gateway and there is no admin key, so these pages open on this machine only.',
      'freehold key --admin',
    );
  if (accounts.directory.isEmpty) say('hint', 'No key is needed to ask.', 'freehold key create NAME');
  if (!egress.detect) say('warning', 'Requests that leave are not read for secrets.', 'egress.detect: true');
  if (kept.keepContent) say('hint', 'What is asked and answered is kept word for word, secrets too.', 'store.content: false');
  if (zones.default === 'vendor' && zones.rules.length === 0)
    say('hint', 'Every request may go to a vendor.', 'zones.rules, for what must stay at home');
  return found;
}

async function dataView({ folder, journals, scene }: Step['parts']): Promise<SettingsView['data']> {
  if (folder === undefined || !journals) return null;
  const { segments, bytes } = journals.facts;
  const [free, ledger] = await Promise.all([
    statfs(folder).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => null,
    ),
    scene.config().store.url === undefined
      ? stat(join(folder, 'ledger.sqlite')).then(
          ({ size }) => size,
          () => null,
        )
      : null,
  ]);
  return { folder, free, ledger, journal: { segments, bytes } };
}

function storeView({ store, scene }: Step['parts']): SettingsView['store'] {
  if (!store) return null;
  const { ok, reason = null, queued, written, dropped, refused, rejected, commitMs } = store.health();
  const kind = scene.config().store.url === undefined ? 'file' : 'server';
  return { kind, ok, reason, queued, written, dropped, refused, rejected, commit_ms: commitMs };
}
