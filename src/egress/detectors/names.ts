/**
 * How much a name says of its value: `password` (any literal is one), `strong` (an API key, a client secret), `weak` (a token, some
 * key: the value has to look drawn by lot). Undefined for names of other things.
 */
export type Strength = 'password' | 'strong' | 'weak';

const PASSWORD = /pass(?:word|wd|wort|phrase|code)|(?:^|_)(?:pass|pwd|pw|psw|psk|mdp|passw)(?:_|$)|pwd$|pass$|kennwort|contrase/;

const STRONG =
  /secret|api_?key|app_?key|apikey|api_?token|access_?key|account_?key|private_?key|encryption_?key|signing_?key|auth_?key|master_?key|client_?key|storage_?key|license_?key|service_?key|subscription_?key|webhook_?key|hmac_?key|aes_?key|jwt_?key|admin_?key|deploy_?key|ssh_?key|session_?key|shared_?key|write_?key|access_?token|auth_?token|refresh_?token|bearer_?token|oauth_?token|bot_?token|deploy_?token|session_?token|id_?token|security_?token|private_?token|personal_?token|webhook_?token|registry_?token|authtoken|accesstoken|credential|sharedaccesskey|(?:^|_)salt(?:_|$)/;

const WEAK = /token|(?:^|_)(?:key|auth|authorization|bearer|cred|creds|pat|dsn|apitoken|signature)(?:_|$)|[a-z]key$|(?:^|_)key_?\d{0,2}$/;

/** Names of things about a secret, or that only sound like one. */
const OTHER =
  /(?:^|_)(?:public|pub|publishable|hash|hashed|hashes|digest|checksum|name|names|path|paths|file|filename|files|dir|url|urls|uri|href|link|endpoint|host|type|types|kind|length|len|size|count|counts|max|min|limit|limits|expiry|expires|expire|expiration|ttl|age|timeout|field|fields|label|labels|hint|regex|regexp|pattern|policy|policies|cache|cached|csrf|xsrf|sort|primary|foreign|partition|index|idempotency|algo|algorithm|alg|format|header|headers|prefix|suffix|error|errors|message|msg|title|help|tokenizer|tokenize|tokenized|usage|budget|arn|version|status|state|valid|validator|visible|required|enabled|strength|rotation|request|trace|object|event|cell|row|column|map|node|item|group|sha|sha1|sha256|commit|etag|integrity|fingerprint|thumbprint|ref|id|ids|uid|uuid|author|authors|authority|keyboard|keyframes|keyframe|keyword|keywords|monkey|turkey|hotkey|hotkeys|shortcut|press|code_challenge|completion|reasoning|cookie_name|translation|i18n|tokens|passed|passes|passing|passive|passage|pass_through|passthrough|bypass|compass|secretary|selector|query_key|react|lookup|locale|lang|sitekey|site_key|measurement|anon)(?:_|$)/;

/** The provider whose older keys are plain UUIDs says so in the name; of any other name a UUID is no secret. */
const UUID_NAMES = /heroku|api_?key|secret|password/;

/** A name in one spelling: words in small letters with underscores between them. */
export function wordsOf(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
}

/** What a variable, member, header or flag of this name holds. Linear: names beyond 80 characters are none. */
export function strengthOf(name: string): Strength | undefined {
  if (name.length > 80 || name.length < 2) return undefined;
  const words = wordsOf(name);
  if (OTHER.test(words) && !/secret_?value|_id_?token$|^id_?token$|secret_key_base|shared_access_signature/.test(words)) return undefined;
  if (PASSWORD.test(words)) return 'password';
  if (STRONG.test(words)) return 'strong';
  return WEAK.test(words) ? 'weak' : undefined;
}

/** Whether a UUID under this name is a key. */
export const uuidIsKey = (name: string): boolean => UUID_NAMES.test(wordsOf(name));
