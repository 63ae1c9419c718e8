import { hostname } from 'node:os';
import type { Config } from '../config/schema.ts';
import { KeyRing, LOOPBACK_HOSTS } from './auth.ts';

/** What may change while the server runs, read at each request. */
export interface Settings {
  keys: KeyRing;
  /** Callers on this machine need no key: tools that speak to a local engine have no place to enter one. */
  loopbackWithoutKey: boolean;
  /** Allowed Host names, lower case, without port. */
  hosts: ReadonlySet<string>;
  /** Bytes. */
  bodyLimit: number;
}

/** What a configuration means for the server. */
export function settingsOf({ server, keys }: Config): Settings {
  const own = [server.host, hostname(), ...server.hosts, ...LOOPBACK_HOSTS].map((host) => host.toLowerCase());
  return {
    keys: new KeyRing(new Map(Object.entries(keys).map(([name, hash]) => [hash.replace(/^sha256:/, ''), name]))),
    loopbackWithoutKey: server.loopbackWithoutKey,
    hosts: new Set(own),
    bodyLimit: server.bodyLimitMib * 1024 * 1024,
  };
}
