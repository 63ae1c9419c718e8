/**
 * How much a name says of its value: `password` (any literal is one), `strong` (an API key, a client secret), `weak` (a token, some
 * key: the value has to look drawn by lot). Undefined for names of other things.
 */
export type Strength = 'password' | 'strong' | 'weak';

const PASSWORD =
  /pass(?:word|wd|wort|phrase|code)|(?:^|_)(?:pwd|pw|passw)(?:_|$)|(?:^|_)(?:pass|psk|mdp)(?:_?\d+)?$|pwd$|(?:db|user|smtp|ftp|mail|sql|root|admin|my|ssh|key|proxy|redis|login|sudo)pass$|kennwort|contrase|senha|wachtwoord|haslo|losenord|parola/;

const STRONG =
  /secret|api_?key|app_?key|apikey|api_?token|access_?key|account_?key|private_?key|encryption_?key|signing_?key|auth_?key|master_?key|client_?key|storage_?key|license_?key|service_?key|subscription_?key|webhook_?key|hmac_?key|aes_?key|jwt_?key|admin_?key|deploy_?key|ssh_?key|session_?key|shared_?key|write_?key|access_?token|auth_?token|refresh_?token|bearer_?token|oauth_?token|bot_?token|deploy_?token|session_?token|(?:^|_)id_?token|security_?token|private_?token|personal_?token|webhook_?token|registry_?token|authtoken|accesstoken|credential|sharedaccesskey|(?:^|_)salt(?:_|$)/;

const WEAK = /token|(?:^|_)(?:auth|authorization|bearer|cred|creds|pat|dsn)(?:_|$)|[a-z0-9]_key(?:_|$)|[a-z]key$/;

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** What the last word of a name says it is: a thing about a secret, not the secret. */
const THINGS = set(
  'hash hashes digest checksum name names path paths file filename files dir url urls uri href link endpoint host port type types kind length len size count counts max min limit limits expiry expires expire expiration ttl age timeout ' +
    'field fields label labels hint regex regexp pattern policy policies cache index algo algorithm alg format header headers prefix suffix error errors message msg title help tokenizer usage budget arn version status state valid validator ' +
    'visible required enabled strength rotation object event cell row column map node item group sha sha1 sha256 commit etag integrity fingerprint thumbprint ref id ids uid uuid keyboard keyframes keyframe keyword keywords monkey turkey hotkey ' +
    'hotkeys shortcut press tokens passed passes passing selector store provider manager service helper handler factory class input form prompt placeholder confirm confirmation mode scheme at date time source secretary arg args argument arguments',
);
/** Words that make no secret of what follows them, wherever they stand. */
const OPEN = set(
  'public pub publishable hashed encrypted csrf xsrf idempotency author authors authority keyboard keyframes keyword keywords monkey turkey hotkey hotkeys bypass compass passage passive passthrough secretary site sitekey anon cached',
);
/** Words before a key or a token that is only a mark in a list, a page or a protocol. */
const MARKS = set(
  'cache sort primary foreign partition page next previous prev continuation cursor pagination sync cancel cancellation object event cell row column map node item group trace request react lookup query locale lang translation i18n measurement ' +
    'image asset file dedupe routing storage index unique compound composite shard range hash registry_entry special separator end start eos bos pad unk stop mask sep cls',
);

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
  if (name.length > 80 || name.length < 2 || HARMLESS.has(name)) return undefined;
  const strength = read(name);
  if (strength === undefined && name.length <= SHORT) {
    if (HARMLESS.size >= MOST) HARMLESS.clear();
    HARMLESS.add(name);
  }
  return strength;
}

/** Names that say nothing: the same few stand in every request. Longer ones may be no names at all, and are not kept. */
const HARMLESS = new Set<string>();
const MOST = 4096;
const SHORT = 24;

function read(name: string): Strength | undefined {
  const words = wordsOf(name);
  const strength = PASSWORD.test(words) ? 'password' : STRONG.test(words) ? 'strong' : WEAK.test(words) ? 'weak' : undefined;
  if (!strength) return undefined;
  const list = words.split('_').filter((word) => word !== '');
  if (list.some((word) => OPEN.has(word))) return undefined;
  if (THINGS.has(list.at(-1) ?? '') && !/(?:^|_)private_key_id$/.test(words)) return undefined;
  if (strength === 'weak' && list.some((word) => MARKS.has(word))) return undefined;
  return strength;
}

/** Whether a UUID under this name is a key. */
export const uuidIsKey = (name: string): boolean => UUID_NAMES.test(wordsOf(name));

/** Whether hexadecimal digits under this name are a key: of keys of any kind only those that are settings, in capitals. */
export const hexIsKey = (name: string, strength: Strength): boolean =>
  strength !== 'weak' || !/key\d*$/i.test(name) || name === name.toUpperCase();
