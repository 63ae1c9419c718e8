import { type Asked, event, type Frames, id, type Json, type Offered, pieces, type Turn, type Upstream, USAGE, words } from './turn.ts';

/** generateContent: https://ai.google.dev/api/generate-content, and https://ai.google.dev/gemini-api/docs/thought-signatures. */
export const gemini: Upstream = {
  contentType: 'text/event-stream',
  model: 'gemini-3-pro-preview',
  seals: 'calls',
  tooLong: 'The input token count (1250000) exceeds the maximum number of tokens allowed (1048576).',
  ask,
  stream,
  whole: (turn) => chunk(parts(turn), 'STOP', id('')),
  refuse: (why, message) => {
    const [code, status] = (
      {
        limit: [429, 'RESOURCE_EXHAUSTED'],
        overloaded: [529, 'UNAVAILABLE'],
        window: [400, 'INVALID_ARGUMENT'],
        invalid: [400, 'INVALID_ARGUMENT'],
      } as const
    )[why];
    return { status: code, body: { error: { code, message, status } } };
  },
};

/** Says to the API: this call was not made by you, do not check it. From the page on thought signatures. */
const UNCHECKED = 'skip_thought_signature_validator';

function ask(body: Json, url: string, issued: ReadonlySet<string>): Asked {
  const contents: Json[] = body.contents ?? [];
  const all = contents.flatMap((content): Json[] => content.parts ?? []);
  const nested = all.flatMap((part): Json[] => part.functionResponse?.parts ?? []);
  const config = body.generationConfig ?? {};
  return {
    tools: (body.tools ?? []).flatMap((tool: Json) =>
      (tool.functionDeclarations ?? []).map(
        (one: Json): Offered => ({ name: one.name, input: 'json', schema: one.parametersJsonSchema ?? one.parameters ?? {} }),
      ),
    ),
    said: contents
      .filter(({ role }) => role !== 'model')
      .map((content) => words(content.parts))
      .join('\n'),
    results: all.filter((part) => part.functionResponse).length,
    images: [...all, ...nested].flatMap((part) => part.inlineData?.data ?? []),
    seals: all.flatMap((part) => part.thoughtSignature ?? []),
    stream: url.includes(':streamGenerateContent'),
    shape: config.responseJsonSchema ?? config.responseSchema,
    wrong: wrong(contents, issued),
  };
}

function wrong(contents: Json[], issued: ReadonlySet<string>): string | undefined {
  for (const [at, content] of contents.entries()) {
    if (content.role !== 'model') continue;
    const calls = (content.parts ?? []).filter((part: Json) => part.functionCall);
    const answers = (contents[at + 1]?.parts ?? []).filter((part: Json) => part.functionResponse);
    if (calls.length !== answers.length)
      return 'the number of function response parts must equal the number of function call parts of the function call turn';
    const signature = calls[0]?.thoughtSignature;
    if (calls.length && !signature) return `contents[${at}]: the function call is missing a thought_signature`;
    if (signature && signature !== UNCHECKED && !issued.has(signature)) return `contents[${at}]: the thought signature is not valid`;
  }
  return undefined;
}

function parts(turn: Turn): Json[] {
  return [
    ...(turn.thought ? [{ text: turn.thought, thought: true }] : []),
    ...pieces(turn.text).map((text) => ({ text })),
    ...turn.calls.map((call, at) => ({
      functionCall: { id: id('fc-'), name: call.tool.name, args: call.arguments },
      ...(at === 0 ? { thoughtSignature: turn.seal } : {}),
    })),
  ];
}

const chunk = (list: Json[], finishReason: string | undefined, responseId: string) => ({
  candidates: [{ content: { role: 'model', parts: list }, index: 0, ...(finishReason ? { finishReason } : {}) }],
  usageMetadata: {
    promptTokenCount: USAGE.input,
    candidatesTokenCount: USAGE.output,
    cachedContentTokenCount: USAGE.cached,
    thoughtsTokenCount: USAGE.thought,
    totalTokenCount: USAGE.input + USAGE.output + USAGE.thought,
  },
  modelVersion: gemini.model,
  responseId,
});

function stream(turn: Turn): Frames {
  const all = parts(turn);
  const responseId = id('');
  const frames = all.map((part, at) => event(chunk([part], at === all.length - 1 ? 'STOP' : undefined, responseId)));
  return { frames, open: all.findIndex((part) => part.functionCall) };
}
