import { hostname } from 'node:os';
import type { Directory } from '../accounts/directory.ts';
import type { Config } from '../config/schema.ts';
import { LOOPBACK_HOSTS } from './auth.ts';

/** What may change while the server runs, read at each request. */
export interface Settings {
  keys: Directory;
  /** Callers on this machine need no key: tools that speak to a local engine have no place to enter one. */
  loopbackWithoutKey: boolean;
  /** Allowed Host names, lower case, without port. */
  hosts: ReadonlySet<string>;
  /** Bytes. */
  bodyLimit: number;
  /** Of the admin key, `sha256:…`; without one only this machine may use the admin API. */
  adminHash?: string;
}

/** What a configuration means for the server. @param keys who the keys belong to */
export function settingsOf({ server, admin }: Config, keys: Directory): Settings {
  const own = [server.host, hostname(), ...server.hosts, ...LOOPBACK_HOSTS].map((host) => host.toLowerCase());
  return {
    keys,
    loopbackWithoutKey: server.loopbackWithoutKey,
    hosts: new Set(own),
    adminHash: admin.key,
    bodyLimit: server.bodyLimitMib * 1024 * 1024,
  };
}
