/**
 * A delta of text or thought exactly as OpenAI and this gateway write it, to the last byte: whatever differs is parsed instead. The
 * character classes are disjoint, so that matching never backtracks.
 */
const STRING = String.raw`"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))+"`;
const COUNT = String.raw`(?:0|[1-9]\d{0,9})`;
const ITEM = String.raw`"item_id":"[\w.-]+"`;
const PLACE = `"output_index":${COUNT}`;
const COMMON = `"sequence_number":${COUNT},(?:${ITEM},${PLACE}|${PLACE},${ITEM})`;
const TAIL = String.raw`(?:,"logprobs":\[\])?(?:,"obfuscation":"[^"\\\x00-\x1f]*")?\}`;
const TEXT = new RegExp(
  String.raw`^\{"type":"response\.(?:output_text|reasoning_text)\.delta",${COMMON},"content_index":${COUNT},"delta":${STRING}${TAIL}$`,
);
const SUMMARY = new RegExp(
  String.raw`^\{"type":"response\.reasoning_summary_text\.delta",${COMMON},"summary_index":${COUNT},"delta":${STRING}${TAIL}$`,
);

/** Longer frames are parsed, so that the check costs no more than what it saves. Characters. */
const LIMIT = 4096;

/** Relay's shortcut, see `Dialect.glance`. A part's block begins with the event before its first delta. */
export function glance(data: string): boolean {
  if (data.length > LIMIT || !data.startsWith('{"type":"response.')) return false;
  return TEXT.test(data) || SUMMARY.test(data);
}
