import { GatewayError, invalid } from '../../protocol/errors.ts';
import { type Json, list } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';

/** An engine with this quirk refuses `suffix` or ignores it: prompt and suffix then go out in the model's own tokens. */
export const NO_SUFFIX = 'no-suffix';

interface Template {
  /** `{prefix}` and `{suffix}` stand for the two texts. */
  text: string;
  /** Tokens at which such a model has left the gap, beside those of the template. */
  ends: readonly string[];
}

/** How families of models are asked to fill in, by the quirk that says so. */
const TEMPLATES: Readonly<Record<string, Template>> = {
  'fim-pipes': {
    text: '<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>',
    ends: ['<|endoftext|>', '<|fim_pad|>', '<|file_sep|>', '<|repo_name|>', '<|im_end|>', '<|file_separator|>'],
  },
  'fim-angles': {
    text: '<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>',
    ends: ['<|endoftext|>', '<file_sep>', '<repo_name>', '<fim_pad>'],
  },
  'fim-holes': {
    text: '<｜fim▁begin｜>{prefix}<｜fim▁hole｜>{suffix}<｜fim▁end｜>',
    ends: ['<｜end▁of▁sentence｜>', '<|EOT|>'],
  },
  'fim-pre-suf': { text: '<PRE> {prefix} <SUF>{suffix} <MID>', ends: ['<EOT>'] },
  'fim-brackets': { text: '[SUFFIX]{suffix}[PREFIX]{prefix}', ends: ['</s>'] },
};

/**
 * A completion's body as an engine takes it that knows no `suffix`: one prompt in the family's tokens, and those tokens as stops, so that
 * none of them ends up in an editor. A body without a suffix stays as it is.
 * @throws GatewayError `invalid` for several prompts, `unsupported` when the model's tokens are not known
 */
export function fillIn(body: Json, quirks: ReadonlySet<string> | undefined, notes: Note[]): Json {
  const { suffix, echo, ...others } = body;
  if (!suffix || !quirks?.has(NO_SUFFIX)) return body;
  const name = Object.keys(TEMPLATES).find((quirk) => quirks.has(quirk));
  if (name === undefined)
    throw new GatewayError(
      'unsupported',
      `suffix: this engine takes none, and how the model is asked to fill in is not known; give it one of the quirks ${Object.keys(TEMPLATES).join(', ')}`,
      { field: 'suffix' },
    );
  const { text, ends } = TEMPLATES[name]!;
  const prompts = Array.isArray(body['prompt']) ? body['prompt'] : [body['prompt']];
  const [prefix] = prompts;
  if (prompts.length !== 1 || typeof prefix !== 'string') throw invalid('prompt', 'must be one text beside a suffix');
  const texts: Readonly<Record<string, string>> = { '{prefix}': prefix, '{suffix}': String(suffix) };
  const pieces = text.split(/(\{prefix\}|\{suffix\})/);
  const tokens = pieces.filter((piece) => piece !== '' && !(piece in texts)).map((piece) => piece.trim());
  const stop = typeof body['stop'] === 'string' ? [body['stop']] : list(body['stop']);
  if (echo) notes.push({ path: 'echo', action: 'dropped', why: 'the prompt goes out in the tokens of the model' });
  return { ...others, prompt: pieces.map((piece) => texts[piece] ?? piece).join(''), stop: [...new Set([...stop, ...tokens, ...ends])] };
}
