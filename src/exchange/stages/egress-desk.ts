import { randomBytes } from 'node:crypto';
import { Audit } from '../../egress/journal/audit.ts';
import { EgressJournal } from '../../egress/journal/egress.ts';
import { Journal } from '../../egress/journal/journal.ts';
import { JournalKeys } from '../../egress/journal/keys.ts';
import type { EgressSettings } from '../../egress/policy.ts';
import type { ZoneSettings } from '../../policy/zones.ts';
import type { Stage } from '../stage.ts';
import { Egress } from './egress.ts';
import { type EgressRules, egressRules } from './egress-rules.ts';
import { JournalStage } from './journal.ts';

/** Where journals are kept, and what they prove themselves with. */
export interface JournalPlace {
  /** Folder of the segments. */
  journal: string;
  /** 32 bytes. */
  secret: Uint8Array;
}

interface DeskSettings {
  zones: ZoneSettings;
  egress: EgressSettings;
}

/** All that decides and records what leaves. Without a place nothing is recorded. */
export class EgressDesk {
  /** Before money is set aside. */
  readonly egress: Stage;
  /** Behind everything else. */
  readonly recording: readonly Stage[];
  readonly journal: EgressJournal | undefined;
  readonly audit: Audit | undefined;
  readonly #journals: readonly Journal[];
  #settings: string | undefined;
  #rules: EgressRules | undefined;

  constructor(place: JournalPlace | undefined, settings: DeskSettings, log: (line: string) => void) {
    const key = randomBytes(32);
    this.configure(settings);
    this.egress = new Egress({ rules: () => this.#rules!, key: place?.secret ?? key, clock: () => performance.now() });
    const keys = place && new JournalKeys(place.secret);
    const open = (stream: 'egress' | 'audit') => new Journal({ folder: place!.journal, stream, keys: keys!, log });
    const journals = place ? { egress: open('egress'), audit: open('audit') } : undefined;
    this.#journals = journals ? Object.values(journals) : [];
    this.journal = journals && new EgressJournal(journals.egress, keys!);
    this.audit = journals && new Audit(journals.audit, keys!);
    this.recording = this.journal ? [new JournalStage(this.journal, Date.now)] : [];
  }

  /** Takes over what a (new) configuration says. What was read is forgotten only when it says something else. */
  configure({ zones, egress }: DeskSettings): void {
    const text = JSON.stringify([zones, egress]);
    if (text === this.#settings) return;
    this.#rules = egressRules(zones, egress);
    this.#settings = text;
  }

  /** Why a journal cannot be written, as sentences; none while all can. */
  get reasons(): string[] {
    return this.#journals.flatMap(({ failure }) => failure?.message ?? []);
  }

  /** Writes what waits. After the last socket is closed, so that every outcome is known. */
  async close(): Promise<void> {
    await Promise.all(this.#journals.map((journal) => journal.close()));
  }
}
