import { entropy, isHex, isJumbled, isRandom, makeOf } from './letters.ts';
import { hexIsKey, type Strength, uuidIsKey } from './names.ts';
import { isDigest, isPlaceholder, isReference } from './placeholder.ts';

/** How a value is written: in quotes, as the rest of a line of settings, or in running text, where most words are no values. */
export type Writing = 'quoted' | 'plain' | 'prose';

const UUID = /^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$/i;
const IDENTIFIER = /^[A-Za-z_$][\w$]*(?:(?:\??\.|->|::)[A-Za-z_$][\w$]*)*$/;
/** Identifiers that speak of secrets or of types hold none. */
const TALK = /pass|token|secret|credential|auth|^(?:U?[Ii]nt|[Ff]loat|BigU?[Ii]nt)\d+/i;
/** A variable of the environment, where nothing but literals stands. */
const SETTING = /^[A-Z][A-Z0-9_]*$/;
const MEMBER = /\.|->|::/;
const ADDRESS = /^(?:[a-z][a-z0-9+.-]{1,20}:\/\/|\/[\w.-]*(?:\/|$)|\.{1,2}\/|~\/|[A-Za-z]:[\\/]|www\.|#[0-9a-f]{3,8}$|data:|mailto:)/i;
const FILE =
  /\.(?:pem|key|crt|cer|json|ya?ml|txt|js|ts|tsx|jsx|py|go|rb|md|html?|css|env|conf|cfg|ini|toml|pub|p12|pfx|jks|com|org|net|io|dev|svg|png)$/i;
/** Words of any script with the usual signs between them. The classes exclude each other, so nothing is tried twice. */
const WORDS = /^[\p{L}\p{M}]+(?:[-_.:/,'*?|+&]+[\p{L}\p{M}]+)*[-_.:?*,!]*$/u;
const NUMBERISH = /^0x[0-9a-f]{1,16}[ul]{0,3}$|^[\d.,:eE+-]+(?:px|em|rem|ms|s|m|h|d|%|kb|mb|gb)?$/i;
const VERSION = /^[v^~><=]{0,2}\d+(?:\.\d+|\.[x*]){1,3}(?:[-+][\w.]+)?$/;
const CODE = /[(){}[\];]|=>|&&|\|\||\\[dwsb]|^function|^new\s|^\/.*\/[a-z]*$|\s\?\s/;

/**
 * Whether a literal under a name of this strength is a secret. Pure; looks at the first 1,024 characters.
 * @param value without quotes
 */
export function isSecretValue(name: string, value: string, strength: Strength, writing: Writing): boolean {
  const { length } = value;
  if (length < (strength === 'password' ? 5 : strength === 'strong' ? 8 : 12) || length > 1024) return false;
  if (/[\s\0]/.test(value) || isReference(value) || isDigest(value) || VERSION.test(value)) return false;
  if (ADDRESS.test(value) && !(value[0] === '/' && length >= 24 && isRandom(value))) return false;
  if (isPlaceholder(value) || FILE.test(value)) return false;
  if (UUID.test(value)) return strength !== 'weak' && uuidIsKey(name);
  const make = makeOf(value);
  if (NUMBERISH.test(value)) return strength === 'password' && writing === 'quoted' && length >= 8 && make.digits >= 8;
  if (writing !== 'quoted' && CODE.test(value)) return false;
  if (IDENTIFIER.test(value) && (writing !== 'quoted' ? TALK.test(value) || MEMBER.test(value) : make.digits === 0 && TALK.test(value)))
    return false;
  if (isHex(value) && !hexIsKey(name, strength)) return false;
  if (strength !== 'password' || writing === 'prose') return drawn(name, value, strength, writing);
  return isPassword(name, value, writing);
}

/** A key or a token: long, and drawn by lot. */
function drawn(name: string, value: string, strength: Strength, writing: Writing): boolean {
  const make = makeOf(value);
  if (writing === 'prose' && strength === 'password')
    return (
      isJumbled(value) ||
      (make.digits >= 2 && make.lower > 0 && make.upper + make.other > 0 && !NUMBERISH.test(value) && !/pass$/i.test(name))
    );
  if (isRandom(value.startsWith('0x') ? value.slice(2) : value)) return true;
  if (strength === 'strong' && value.length >= 16 && isJumbled(value)) return true;
  if (isHex(value) || (writing !== 'quoted' && IDENTIFIER.test(value))) return false;
  // Words joined by signs are names of things; what mixes digits into its words and is long enough is not.
  if (strength === 'strong' && writing !== 'prose' && make.digits >= 2 && make.lower + make.upper >= 4)
    return entropy(value) >= 2.8 && make.changes + make.other >= 2 && !/^[a-z]+(?:[-_.][a-z]+)*[-_.]?v?\d{1,2}$/i.test(value);
  return false;
}

/** A password that a person chose: of two kinds of characters at least, and no word of a program. */
function isPassword(name: string, value: string, writing: Writing): boolean {
  const { lower, upper, digits, other, length, changes } = makeOf(value);
  const letters = lower + upper;
  if (letters === 0) return other > 0 && digits >= 4;
  if (isJumbled(value)) return true;
  if (writing === 'plain' && IDENTIFIER.test(value))
    return (
      digits > 0 &&
      (changes >= 2 || (SETTING.test(name) && letters >= 3 && length >= 6) || (digits >= 2 && length >= 8)) &&
      !/^[a-z]+(?:[A-Z][a-z]+)+\d?$/.test(value)
    );
  if (digits === 0) return other > 0 ? !WORDS.test(value) && letters >= 4 && length >= 8 : changes >= 3 && lower > 0 && upper > 0;
  return length >= 6 && !/^[a-z]{1,3}\d$/i.test(value);
}
