import { makeOf } from './letters.ts';

/** Words that stand where a value should come, anywhere in a text. Long enough not to come by lot. */
const STAND_IN =
  /example|placeholder|changeme|change[-_ ]me|redacted|your[-_ ]|[-_ ]here\b|xxxx|\*\*\*|\.\.\.|…|insert|replace|dummy|sample|fake|n0ta?real|notreal|deadbeef|cafebabe|0{10}|1234567890|123456789a|password123|goes[-_ ]here|not[-_ ]a[-_ ]|not[-_ ]real|undefined|<[^<>]{0,60}>|^\[[^\]]{0,60}\]$|ellipsis|some[-_ ]?(?:secret|token|key|pass)|my[-_ ]?(?:secret|token|api|pass|key)|super[-_ ]?secret|top[-_ ]?secret/i;

/** What made-up values are made of, when their digits and signs are gone. No word is the beginning of others put together. */
const MADE_UP =
  /^(?:tests?|testing|tester|my|some|your|mock|demo|foo|bar|baz|qux|password|passwd|pass|pw|pwd|secret|token|key|api|user|username|admin|jwt|access|refresh|client|auth|bearer|value|string|default|dev|local|temp|tmp|super|very|strong|secure|long|valid|invalid|wrong|bad|good|correct|incorrect|new|old|hello|world|abc|abcd|abcdef|qwerty|xyz|asdf|root|guest|none|null|nil|true|false|tbd|github|gitlab|slack|stripe|id|session|app|hash|encrypted|plain|text)+$/i;
const NOTHING = /^(?:s+|x+|a+|y+|z+)$/i;

/** References to where a value lies, in the ways of shells, templates, programming languages and secret stores. */
const REFERENCE =
  /\$\{|\$\(|\$\[|\{\{|<%|%\(|#\{|%[A-Z_]+%|^\$[A-Za-z_]|^\$\$|^@|^!|^&|^\*|^:|^(?:\\u[0-9a-f]{4}|\\U[0-9a-f]{8}){1,40}$|^env[:.(/]|^ENV\[|process\.env|os\.environ|os\.getenv|getenv|environ\[|import\.meta|System\.|^(?:secrets?|vars?|config|settings|self|this|params|args|options|opts|data|local|module|props|req|request|res|response|ctx|context|state|env)[.[]|^(?:vault|op|ssm|awssm|gcpsm|keyring|doppler|bw|pass|azurekeyvault|arn|ref\+\w+|projects|sops|file|env|kms|secret|secretref):|^\{[^{}]*\}$|^%[sdv]$/i;

/** Digests of passwords and other texts that say what they are. */
const DIGEST =
  /^(?:sha(?:1|224|256|384|512)[-:_=]|md5[-:_=]|\$2[abxy]\$|\$argon2|\$5\$|\$6\$|\$1\$|\$y\$|\$scrypt|pbkdf2|scrypt:|bcrypt|\{S?SHA|argon2|ssh-(?:rsa|ed25519|dss)|ecdsa-|W\/")/i;

/** True for what stands in place of a secret: examples, masks, ascending or repeated characters. */
export function isPlaceholder(value: string): boolean {
  if (STAND_IN.test(value)) return true;
  const letters = value.replace(/[^A-Za-z]/g, '');
  if (letters.length < 32 && value.length < 40 && (NOTHING.test(letters) || (digitsAreFew(value) && MADE_UP.test(letters)))) return true;
  const { distinct, length } = makeOf(value);
  if (distinct <= 2 || (length >= 16 && distinct <= 5) || (length >= 32 && distinct <= 8 && !/^[0-9a-f]+$/.test(value))) return true;
  return ascends(value) || repeats(value);
}

/** A made-up value ends in some digits; what is full of them is not made of words. */
const digitsAreFew = (value: string): boolean => value.replace(/\D/g, '').length <= 6;

/** Ascending by one, at once or in every second place (`abcdefgh`, `a1b2c3d4e5f6`), over most of a short text or ten places of a long one. */
function ascends(value: string): boolean {
  for (const stride of [1, 2]) {
    let run = 0;
    for (let at = stride; at < Math.min(value.length, 256); at++) {
      run = value.charCodeAt(at) === value.charCodeAt(at - stride) + 1 ? run + 1 : 0;
      if (run >= (stride === 1 ? 6 : 9)) return true;
    }
  }
  return false;
}

/** Made of one short piece again and again. */
function repeats(value: string): boolean {
  for (let period = 1; period <= 12 && period * 2 < value.length; period++)
    if (value.startsWith(value.slice(period, Math.min(value.length, 256))) && value.length >= period * 2.5) return true;
  return false;
}

/** True for a look-up of a value that is not here. */
export const isReference = (value: string): boolean => REFERENCE.test(value);

/** True for digests and public keys that say what they are. */
export const isDigest = (value: string): boolean => DIGEST.test(value);
