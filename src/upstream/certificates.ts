import { getCACertificates, setDefaultCACertificates } from 'node:tls';

let trusted = false;

/**
 * Trusts what this machine trusts, beside Node's own list: companies reach the outside through certificates of their own.
 * Done before the first https connection and not at start, because reading the machine's store takes a while.
 */
export function trustSystem(): void {
  if (trusted) return;
  trusted = true;
  setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])]);
}
