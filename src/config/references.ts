// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references of the file, not of this language
/** `${NAME}`, `${NAME:-default}`; `$${NAME}` is the text `${NAME}` itself. */
const REFERENCE = /\$?\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}\n]*))?\}/g;

/** References travel through the YAML parser in private-use characters, where their braces and colons mean nothing. */
const SHIFT = 0xf400;
const HIDDEN = new RegExp(
  `${hide('$')}?${hide('${')}[${String.fromCharCode(SHIFT)}-${String.fromCharCode(SHIFT + 0x7f)}\\u0080-\\u{10ffff}]*?${hide('}')}`,
  'gu',
);

/**
 * File text with its references made opaque to YAML, so that `{ key: ${NAME} }` is no nested map. Every character keeps its place,
 * so lines and columns stay true.
 */
export function hideReferences(text: string): string {
  return text.replace(REFERENCE, hide);
}

function hide(text: string): string {
  return text.replace(/[\0-\x7f]/g, (character) => String.fromCharCode(character.charCodeAt(0) + SHIFT));
}

/** The reverse, in any text that came out of the parser. */
export function showReferences(text: string): string {
  return text.replace(HIDDEN, (hidden) =>
    hidden.replace(/[\uf400-\uf47f]/g, (character) => String.fromCharCode(character.charCodeAt(0) - SHIFT)),
  );
}

export interface Resolution {
  text: string;
  /** Variables without value and default. */
  missing: string[];
  /** The text came from the environment, at least in part: it may be secret. */
  changed: boolean;
}

/** Text with its references replaced by their values. An empty variable counts as set, unless a default is given. */
export function resolveReferences(text: string, env: Readonly<Record<string, string | undefined>>): Resolution {
  const missing: string[] = [];
  let changed = false;
  const resolved = text.replace(REFERENCE, (whole, name: string, fallback: string | undefined) => {
    if (whole.startsWith('$$')) return whole.slice(1);
    changed = true;
    const value = env[name];
    if (value) return value;
    if (fallback !== undefined) return fallback;
    if (value === undefined) missing.push(name);
    return value ?? '';
  });
  return { text: resolved, missing, changed };
}

/** Text that looks like a reference and is none, e.g. `${my-key}`. */
export function isMalformed(text: string): boolean {
  return text.replace(REFERENCE, '').includes('${');
}

export const REFERENCE_FORM =
  'A reference is ${NAME} or ${NAME:-default}, the name of letters, digits and "_"; write $${NAME} for the plain text';
