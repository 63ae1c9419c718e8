import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { Sign } from './sign.ts';

/** Keys of an AWS account. */
export interface AwsKeys {
  accessKeyId: string;
  secretAccessKey: string;
  /** Belongs to a temporary key. */
  sessionToken?: string;
}

type Bytes = string | ArrayBuffer | ArrayBufferView;
const bytesOf = (data: Bytes): string | Buffer =>
  typeof data === 'string'
    ? data
    : data instanceof ArrayBuffer
      ? Buffer.from(data)
      : Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);

/** SHA-256 as the signer wants it, by what Node brings. */
class Sha256 {
  readonly #secret: Bytes | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: Bytes) {
    this.#secret = secret;
    this.#hash = this.#fresh();
  }

  update(data: Bytes): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#fresh();
  }

  #fresh(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(this.#secret));
  }
}

/**
 * Signature version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html) by the signer of the
 * AWS SDK, over host, path, query and body: other headers may be changed on the way by proxies. The signer is loaded when it is first
 * needed, because few need it.
 * @returns a function that gives the headers of one request's signature, flat
 */
export function awsSigner(keys: AwsKeys, region: string, service: string, now = () => new Date()): Sign {
  const signer = import('@smithy/signature-v4').then(
    ({ SignatureV4 }) => new SignatureV4({ credentials: keys, region, service, sha256: Sha256, applyChecksum: false }),
  );
  return async ({ method, origin, path, body }) => {
    const url = new URL(origin + path);
    const query: Record<string, string[]> = {};
    for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
    const unsigned = {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query,
      headers: { host: url.host },
      body,
    };
    const { headers } = await (await signer).sign(unsigned, { signingDate: now() });
    return Object.entries(headers)
      .filter(([name]) => name !== 'host')
      .flat();
  };
}
