import { z } from 'zod';

/**
 * How a credential is shown where the dialect's own way is not it. `bearer` and `api-key` name the header of a key; `aws-sigv4` signs
 * each request; `google` fetches a token for a service account. The last two need `credentials`, and with a key they show it as a bearer.
 */
export const authSchema = z.enum(['bearer', 'api-key', 'aws-sigv4', 'google']);
export type Auth = z.output<typeof authSchema>;

const secret = z.string().trim().min(1);

/** What signing needs. Values come from the file or from the variables that every tool of that cloud reads. */
export const credentialsSchema = z.strictObject({
  access_key_id: secret.optional().meta({ description: 'For aws-sigv4: the access key’s id; by default AWS_ACCESS_KEY_ID.' }),
  secret_access_key: secret.optional().meta({ description: 'For aws-sigv4: the access key; by default AWS_SECRET_ACCESS_KEY.' }),
  session_token: secret
    .optional()
    .meta({ description: 'For aws-sigv4 with a temporary access key: its token; by default AWS_SESSION_TOKEN.' }),
  file: secret.optional().meta({
    description: 'For google: the path of a service account’s JSON key, relative to this file; by default GOOGLE_APPLICATION_CREDENTIALS.',
  }),
});
type CredentialKey = keyof z.output<typeof credentialsSchema>;

/** A set of credentials that a style of authentication cannot do without, and where it is looked for. */
export const NEEDED: Readonly<Partial<Record<Auth, Readonly<Partial<Record<CredentialKey, string>>>>>> = {
  'aws-sigv4': { access_key_id: 'AWS_ACCESS_KEY_ID', secret_access_key: 'AWS_SECRET_ACCESS_KEY' },
  google: { file: 'GOOGLE_APPLICATION_CREDENTIALS' },
};

/** Those that are taken along when they are there. */
export const OPTIONAL: typeof NEEDED = { 'aws-sigv4': { session_token: 'AWS_SESSION_TOKEN' } };

/** A key as a header, names in lower case. `own` is the dialect's way. */
export function keyHeaders(
  auth: Auth | undefined,
  key: string | undefined,
  own: (key: string | undefined) => Record<string, string>,
): Record<string, string> {
  if (auth === undefined || key === undefined) return own(auth === undefined ? key : undefined);
  return { ...own(undefined), ...(auth === 'api-key' ? { 'api-key': key } : { authorization: `Bearer ${key}` }) };
}
