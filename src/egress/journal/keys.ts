import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';

/** PKCS #8 of an Ed25519 key up to its 32 bytes of seed (RFC 8410 §7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
/** SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410 §4). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** What a journal proves itself with. All of it comes from the data folder's secret, each key by a name of its own (HKDF, RFC 5869). */
export class JournalKeys {
  readonly #mac: KeyObject;
  readonly #salt: KeyObject;
  readonly #private: KeyObject;
  /** The public half: 32 bytes as base64url. */
  readonly publicKey: string;

  /** @param secret 32 bytes */
  constructor(secret: Uint8Array) {
    const derive = (name: string) => Buffer.from(hkdfSync('sha256', secret, '', `freehold journal ${name}`, 32));
    // As objects: with a buffer every digest makes one anew, which costs five times as much as the digest.
    this.#mac = createSecretKey(derive('mac'));
    this.#salt = createSecretKey(derive('digest'));
    this.#private = createPrivateKey({ key: Buffer.concat([PKCS8, derive('signature')]), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(this.#private).export({ format: 'der', type: 'spki' });
    this.publicKey = spki.subarray(SPKI.length).toString('base64url');
  }

  /** HMAC-SHA-256 of a line, as base64url. */
  mac(text: string): string {
    return createHmac('sha256', this.#mac).update(text).digest('base64url');
  }

  isMac(text: string, mac: string): boolean {
    const [is, given] = [Buffer.from(this.mac(text)), Buffer.from(mac)];
    return is.length === given.length && timingSafeEqual(is, given);
  }

  /** A body as a number that only whoever holds the secret can make again, so that short bodies cannot be guessed from it. */
  digest(body: Uint8Array | string): string {
    return createHmac('sha256', this.#salt).update(body).digest('base64url');
  }

  /** Ed25519 over the text, as base64url. */
  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#private).toString('base64url');
  }
}

/** Whether the holder of a public key (base64url) signed this text. False also for what is no key or no signature. */
export function isSigned(text: string, signature: string, publicKey: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI, Buffer.from(publicKey, 'base64url')]), format: 'der', type: 'spki' });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}

/** Short enough to be read out: the first 16 hex digits of the key's SHA-256. */
export function fingerprint(publicKey: string): string {
  return createHash('sha256')
    .update(Buffer.from(publicKey, 'base64url'))
    .digest('hex')
    .slice(0, 16)
    .replace(/(.{4})(?=.)/g, '$1-');
}
