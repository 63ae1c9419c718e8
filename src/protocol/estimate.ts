import type { Block, MediaBlock } from './block.ts';
import type { Prompt, Tool } from './prompt.ts';

/** What a chat template puts around a turn, a call, a result and a tool. Tokens. */
const FRAME = 6;
/** The instructions that come with tools: about 350 at Anthropic, less in most templates. Tokens. */
const TOOLS = 350;
/** A large picture, as Anthropic scales it (https://platform.claude.com/docs/en/build-with-claude/vision). What lies behind a URL or an id counts as one. */
const PICTURE = 1600;
/** Characters of base64 per token, where size says more: a page takes some 50 KB, a second of speech some 16 KB. */
const FILE_CHARACTERS = 32;
const AUDIO_CHARACTERS = 500;

/** Kinds of characters. `OTHER` is all beyond ASCII, split up by `foreign`. */
const LOWER = 1;
const UPPER = 2;
const DIGIT = 3;
const SIGN = 4;
const SPACE = 5;
const LINE = 6;
const OTHER = 7;
const KINDS = 8;

const KIND = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (character === ' ') return SPACE;
  if (code < 32) return LINE;
  if (character >= 'a' && character <= 'z') return LOWER;
  if (character >= 'A' && character <= 'Z') return UPPER;
  return character >= '0' && character <= '9' ? DIGIT : SIGN;
});

/** Above the highest of the vocabularies fitted to, for nearly every text. */
const MARGIN = 1.07;

/**
 * Tokens that a character costs by the kind before it. Fitted by least squares to the highest count of four large vocabularies (cl100k,
 * o200k, Claude 2, Gemma 3) over 2.1 million characters of source code, prose, JSON, agents' requests, Chinese and Japanese. A vocabulary
 * of 50,000 entries needs about as much in code, and up to half as much again in Chinese.
 */
function cost(before: number, kind: number): number {
  switch (kind) {
    case LOWER:
      return before === LOWER ? 0.02 : before === UPPER ? 0.19 : 0.96;
    case UPPER:
      return before === UPPER ? 0.34 : 0.96;
    case DIGIT:
      return 1;
    case SIGN:
      return before === SIGN ? 0.17 : 1.1;
    // One space belongs to the word behind it, several to the line's indentation.
    case SPACE:
      return before === LINE ? 1.34 : before === SPACE ? 0.01 : 0;
    case LINE:
      return before === LINE ? 0.5 : 0.1;
    default:
      return 0;
  }
}

/** Costs are counted in ten-thousandths of a token, in which all of them are whole. */
const UNIT = 10_000;

/** By the kind of the character before, times 128, and the character. */
const COSTS = Int32Array.from({ length: KINDS * 128 }, (_, at) => Math.round(UNIT * MARGIN * cost(at >> 7, KIND[at & 127]!)));
/** A character's kind, times 128. */
const ROWS = Uint16Array.from(KIND, (kind) => kind << 7);
const FOREIGN = OTHER << 7;

/** Latin with accents, other alphabets, typographic signs, Chinese and its neighbours; emoji are two units. */
function foreign(code: number, row: number): number {
  if (code < 0x250) return UNIT * MARGIN * 0.7;
  if (code < 0x2000) return UNIT * MARGIN;
  if (code < 0x2e80) return UNIT * MARGIN * (row === FOREIGN ? 0.5 : 1.5);
  return UNIT * MARGIN * 1.15;
}

/** Texts are read from here, because a list of numbers is read faster than a string. Characters. */
const PIECE = 16_384;
const BYTES = Buffer.allocUnsafeSlow(2 * PIECE);
const UNITS = new Uint16Array(BYTES.buffer, 0, PIECE);

/** Tokens of a text in whatever tokenizer, biased high; not rounded, so that pieces can be added up. Well below 1 ms for 100 KB. */
export function estimateText(text: string): number {
  let tokens = 0;
  let row = 0;
  for (let from = 0; from < text.length; from += PIECE) {
    const piece = text.length <= PIECE ? text : text.slice(from, from + PIECE);
    BYTES.write(piece, 0, 'utf16le');
    let part = 0;
    for (let at = 0; at < piece.length; at++) {
      const code = UNITS[at]!;
      if (code < 128) {
        part += COSTS[row | code]!;
        row = ROWS[code]!;
      } else {
        part += Math.round(foreign(code, row));
        row = FOREIGN;
      }
    }
    tokens += part;
  }
  return tokens / UNIT;
}

/** Tokens of all that a prompt says, biased high: instructions, conversation, thoughts, calls and results, tools with their schemas, media. */
export function estimatePrompt(prompt: Pick<Prompt, 'turns' | 'tools' | 'output'>): number {
  let tokens = prompt.tools.length ? TOOLS : 0;
  for (const turn of prompt.turns) tokens += FRAME + sum(turn.blocks);
  for (const tool of prompt.tools) tokens += FRAME + ofTool(tool);
  if (prompt.output?.kind === 'schema') tokens += estimateValue(prompt.output.schema);
  return Math.ceil(tokens);
}

/** Tokens of what a model wrote. */
export function estimateBlocks(blocks: readonly Block[]): number {
  return Math.ceil(sum(blocks));
}

function sum(blocks: readonly Block[]): number {
  let tokens = 0;
  for (const block of blocks) tokens += ofBlock(block);
  return tokens;
}

function ofBlock(block: Block): number {
  switch (block.kind) {
    case 'text':
    case 'reasoning':
      return estimateText(block.text);
    case 'tool-call':
      return FRAME + estimateText(block.name) + estimateText(block.arguments);
    case 'tool-result':
      return FRAME + sum(block.content);
    case 'media':
      return ofMedia(block);
    case 'opaque':
      return estimateValue(block.raw);
  }
}

function ofMedia({ media, source }: MediaBlock): number {
  if (media === 'image' || source.from !== 'base64') return PICTURE;
  return source.data.length / (media === 'audio' ? AUDIO_CHARACTERS : FILE_CHARACTERS);
}

function ofTool(tool: Tool): number {
  if (tool.kind === 'opaque') return estimateValue(tool.raw);
  const shape = tool.kind === 'function' ? tool.schema : tool.format;
  return estimateText(tool.name) + estimateText(tool.description ?? '') + estimateValue(shape);
}

/** A value as the JSON in which a model reads it. */
function estimateValue(value: unknown): number {
  return estimateText(JSON.stringify(value) ?? '');
}
