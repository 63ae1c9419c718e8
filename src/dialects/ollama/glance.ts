/** Longer lines are parsed: they are rare, and the pattern's memory grows with them. Characters. */
const LIMIT = 4096;

const PLAIN = '[^"\\\\\\u0000-\\u001f]*';
const CHARACTERS = `${PLAIN}(?:\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4})${PLAIN})*`;
/** Some of it more than white space, which may be held back. */
const TEXT = `"(?=[^"\\\\]*[^\\s"\\\\])${CHARACTERS}"`;

const HEAD = `"model": ?"${CHARACTERS}", ?"created_at": ?"${PLAIN}"`;
const MESSAGE = `"message": ?\\{"role": ?"assistant", ?(?:"content": ?${TEXT}|"content": ?"", ?"thinking": ?${TEXT})\\}`;
const RESPONSE = `"response": ?(?:${TEXT}|"", ?"thinking": ?${TEXT})`;
const LINE = new RegExp(`^\\{${HEAD}, ?(?:${MESSAGE}|${RESPONSE}), ?"done": ?false\\}$`);

/**
 * True when the line holds one piece of text or thought and nothing else, in the order in which the server writes it, so that whatever is
 * not known makes it false.
 */
export function glance(data: string): boolean {
  return data.length <= LIMIT && LINE.test(data);
}
