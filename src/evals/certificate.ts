import { canonical, type Plain } from '../egress/journal/canonical.ts';
import { isSigned, type JournalKeys } from '../egress/journal/keys.ts';
import { type Certificate, type Signed, signedSchema } from './evidence.ts';

/** Vouches for a certificate with the key of a data folder, the one that also signs its journals. */
export function sign(certificate: Certificate, keys: Pick<JournalKeys, 'sign' | 'publicKey'>): Signed {
  return { certificate, key: keys.publicKey, signature: keys.sign(canonical(certificate as Plain)) };
}

/** What is wrong with what claims to be a certificate: sentences, none when all holds. @param trusted keys that may vouch; any when left out */
export function problemsOf(value: unknown, trusted?: readonly string[]): string[] {
  const read = signedSchema.safeParse(value);
  if (!read.success) {
    const { path, message } = read.error.issues[0]!;
    return [`it is no certificate: ${path.join('.') || 'all of it'}: ${message}`];
  }
  const { certificate, key, signature } = read.data;
  const problems: string[] = [];
  // What is signed is the file's own member, with whatever a later version adds to it.
  const signed = (value as { certificate: Plain }).certificate;
  if (!isSigned(canonical(signed), signature, key))
    problems.push('its signature does not fit: it was changed after it was signed, or never was');
  if (trusted && !trusted.includes(key)) problems.push('who signed it is not trusted here');
  const { e, alpha, pairs } = certificate;
  // Of several candidates, one may need no more than a single one does: where all the others have their proof too (e-BH).
  if (e * alpha < 1) problems.push(`its evidence of ${e.toFixed(1)} after ${pairs} pairs is no proof at a level of ${alpha}`);
  return problems;
}
