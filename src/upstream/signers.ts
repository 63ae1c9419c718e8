import type { Upstream } from './client.ts';
import { googleTokens } from './service-account.ts';
import type { Sign } from './sign.ts';
import { awsSigner } from './sign-aws.ts';

/** How a provider wants requests authenticated, as its configuration says it. */
interface Signing {
  auth?: string;
  key?: string;
  region?: string;
  service?: string;
  credentials?: { accessKeyId?: string; secretAccessKey?: string; sessionToken?: string; file?: string };
}

/** The signers of providers. Each is made once, because it keeps tokens. */
export class Signers {
  readonly #upstream: Upstream;
  readonly #known = new Map<string, { stamp: string; sign: Sign }>();

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** The signer of a provider; undefined where headers that never change authenticate it. */
  of(provider: string, { auth, key, region, service, credentials }: Signing): Sign | undefined {
    if (key !== undefined || (auth !== 'aws-sigv4' && auth !== 'google')) return undefined;
    const stamp = JSON.stringify([auth, region, service, credentials]);
    const known = this.#known.get(provider);
    if (known?.stamp === stamp) return known.sign;
    const sign = auth === 'google' ? this.#google(credentials) : aws(credentials, region, service);
    this.#known.set(provider, { stamp, sign });
    return sign;
  }

  #google({ file = '' }: Signing['credentials'] = {}): Sign {
    const token = googleTokens(this.#upstream, file);
    return async () => ['authorization', `Bearer ${await token()}`];
  }
}

function aws(credentials: Signing['credentials'] = {}, region = '', service = ''): Sign {
  const { accessKeyId = '', secretAccessKey = '', sessionToken } = credentials;
  return awsSigner({ accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }, region, service);
}
