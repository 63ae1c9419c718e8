/** A text or thinking delta and nothing else, in the API's own spelling; the padding behind the braces is the API's too. */
const PLAIN_DELTA =
  /^\{"type":"content_block_delta","index":(?:0|[1-9]\d{0,5}),"delta":\{"type":"(?:text_delta","text|thinking_delta","thinking)":"(?!")[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"[ \t]*\}[ \t]*\}[ \t]*$/;
const GLANCE_LIMIT = 65_536;

/** See `Dialect.glance`. */
export function glance(data: string): boolean {
  return data.length <= GLANCE_LIMIT && PLAIN_DELTA.test(data);
}
