/** Longer frames are parsed: they are rare, and the pattern's memory grows with them. Characters. */
const LIMIT = 4096;

const PLAIN = '[^"\\\\\\u0000-\\u001f]*';
const CHARACTERS = `${PLAIN}(?:\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4})${PLAIN})*`;
const SCALAR = `(?:null|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?|"${CHARACTERS}")`;
/** Beside the choices stands nothing but who answers; a usage that is there is read. */
const OUTER = `(?:"(?:id|model|system_fingerprint|service_tier|provider|obfuscation|created)": ?${SCALAR}|"object": ?"chat\\.completion\\.chunk"|"usage": ?null)`;
const EMPTY_CHOICE = '(?:"index": ?0|"(?:logprobs|finish_reason|native_finish_reason|stop_reason|matched_stop|token_ids)": ?null)';
const SPOKEN = ['content', 'reasoning_content', 'reasoning'];
const UNUSED = ['role', 'tool_calls', 'function_call', 'refusal', 'audio'];

const members = (empty: string, one: string) => `\\{(?:${empty}, ?)*${one}(?:, ?${empty})*\\}`;

/** A delta that speaks in one field, some of it more than white space (which may be held back), and is null in all others. */
function deltaOf(field: string): string {
  const others = [...UNUSED, ...SPOKEN.filter((other) => other !== field)];
  return members(`"(?:${others.join('|')})": ?null`, `"${field}": ?"(?=[^"\\\\]*[^\\s"\\\\])${CHARACTERS}"`);
}

const DELTA = `"delta": ?(?:${SPOKEN.map(deltaOf).join('|')})`;
const CHOICES = `"choices": ?\\[${members(EMPTY_CHOICE, DELTA)}\\]`;
const FRAME = new RegExp(`^${members(OUTER, CHOICES)}$`);

/**
 * True when the frame holds one delta of text or thought for choice 0 and nothing else. The whole frame is matched against the shape that
 * engines send, key by key, so that whatever is not known makes it false.
 */
export function glance(data: string): boolean {
  return data.length <= LIMIT && FRAME.test(data);
}
