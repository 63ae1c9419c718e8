/** Longer frames are parsed: they are rare, and the pattern's memory grows with them. Characters. */
const LIMIT = 4096;

const PLAIN = '[^"\\\\\\u0000-\\u001f]*';
const CHARACTERS = `${PLAIN}(?:\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4})${PLAIN})*`;

/** An object with one member of its own, and any of those that say nothing. */
const members = (empty: string, one: string) => `\\{(?:${empty}, ?)*${one}(?:, ?${empty})*\\}`;

const PART = members('"thought": ?(?:true|false)', `"text": ?"(?!")${CHARACTERS}"`);
const CONTENT = members('"role": ?"model"', `"parts": ?\\[${PART}\\]`);
const CANDIDATE = members('(?:"index": ?0|"finishReason": ?null)', `"content": ?${CONTENT}`);
const FACT = `"(?:modelVersion|responseId|createTime)": ?"${CHARACTERS}"`;
const FRAME = new RegExp(`^${members(FACT, `"candidates": ?\\[${CANDIDATE}\\]`)}$`);

/**
 * True when the frame holds one piece of text or thought and nothing else, as servers send it that count tokens at the end only (the
 * API itself counts in every chunk). The whole frame is matched, so that whatever is not known makes it false.
 */
export function glance(data: string): boolean {
  return data.length <= LIMIT && FRAME.test(data);
}
