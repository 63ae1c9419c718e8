import type { Zone } from '../protocol/zone.ts';

/** Bytes of bodies that one kind of call moved between us and one origin, as the sockets took and gave them. */
export interface Traffic {
  origin: string;
  /** Absent for an origin that no provider has. */
  zone: Zone | undefined;
  /** Whether they carried something of a client's. */
  kind: 'exchange' | 'errand';
  /** Calls that got as far as a socket. */
  requests: number;
  bytesOut: number;
  /** Before decoding. */
  bytesIn: number;
}

/** Most origins counted apart. Only configuration and downloads bring new ones. */
const MOST_ORIGINS = 1000;

/** The counters at the gate: nothing goes out or comes in without passing one. */
export class Tolls {
  readonly #rows = new Map<string, Traffic>();

  at(origin: string, zone: Zone | undefined, kind: Traffic['kind']): Traffic {
    const key = `${kind} ${zone} ${origin}`;
    let row = this.#rows.get(key);
    if (row) return row;
    if (this.#rows.size >= MOST_ORIGINS && origin !== 'other') return this.at('other', zone, kind);
    row = { origin, zone, kind, requests: 0, bytesOut: 0, bytesIn: 0 };
    this.#rows.set(key, row);
    return row;
  }

  get all(): readonly Traffic[] {
    return [...this.#rows.values()];
  }
}
