import { EventStreamCodec } from '@smithy/eventstream-codec';
import {
  type Asked,
  type Frames,
  id,
  type Json,
  middle,
  type Offered,
  pieces,
  type Turn,
  type Upstream,
  USAGE,
  unanswered,
  words,
} from './turn.ts';

/** Converse and ConverseStream: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html. */
export const bedrock: Upstream = {
  contentType: 'application/vnd.amazon.eventstream',
  model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
  seals: 'thoughts',
  tooLong: 'The model returned the following errors: prompt is too long: 250000 tokens > 200000 maximum',
  ask,
  stream,
  whole: (turn, body) => ({
    output: { message: { role: 'assistant', content: content(turn, body).map(({ block }) => block) } },
    stopReason: stop(turn),
    usage,
    metrics: { latencyMs: 5 },
  }),
  refuse: (why, message) => ({ status: { limit: 429, overloaded: 503, window: 400, invalid: 400 }[why], body: { message } }),
};

function ask(body: Json, url: string, issued: ReadonlySet<string>): Asked {
  const messages: Json[] = body.messages ?? [];
  const all = messages.flatMap(({ content }): Json[] => content ?? []);
  const results = all.filter((block) => block.toolResult);
  const seen = [...all, ...results.flatMap((block): Json[] => block.toolResult.content ?? [])];
  const seals = all.flatMap((block) => block.reasoningContent?.reasoningText?.signature ?? []);
  return {
    tools: (body.toolConfig?.tools ?? []).flatMap((tool: Json): Offered[] =>
      tool.toolSpec ? [{ name: tool.toolSpec.name, input: 'json', schema: tool.toolSpec.inputSchema.json }] : [],
    ),
    said: messages
      .filter(({ role }) => role === 'user')
      .map((message) => words(message.content))
      .join('\n'),
    results: results.length,
    images: seen.flatMap((block) => block.image?.source?.bytes ?? []),
    seals,
    stream: url.endsWith('/converse-stream'),
    shape: shape(body),
    wrong: wrong(body, messages) ?? (seals.some((seal) => !issued.has(seal)) ? 'Invalid `signature` in `thinking` block' : undefined),
  };
}

function shape(body: Json): Asked['shape'] {
  const text = body.outputConfig?.textFormat?.structure?.jsonSchema?.schema;
  return typeof text === 'string' ? JSON.parse(text) : undefined;
}

/** The service checks a history before any model sees it. */
function wrong(body: Json, messages: Json[]): string | undefined {
  const named = (message: Json | undefined, block: string): string[] =>
    (message?.content ?? []).flatMap((one: Json) => one[block]?.toolUseId ?? []);
  const thinking = body.additionalModelRequestFields?.thinking;
  if (thinking?.type === 'enabled' && !(body.inferenceConfig?.maxTokens > thinking.budget_tokens))
    return '`max_tokens` must be greater than `thinking.budget_tokens`';
  for (const [at, message] of messages.entries()) {
    if (message.role === messages[at + 1]?.role) return 'A conversation must alternate between user and assistant roles.';
    if (message.content.length === 0) return `The content field in the Message object at messages.${at} is empty.`;
    const problem = message.role === 'assistant' && unanswered(named(message, 'toolUse'), named(messages[at + 1], 'toolResult'));
    if (problem) return `messages.${at}: ${problem}`;
  }
  return messages[0]?.role === 'user' ? undefined : 'A conversation must start with a user message.';
}

const usage = {
  inputTokens: USAGE.input - USAGE.cached,
  cacheReadInputTokens: USAGE.cached,
  outputTokens: USAGE.output,
  totalTokens: USAGE.input + USAGE.output,
};

const stop = (turn: Turn) => (turn.calls.length ? 'tool_use' : 'end_turn');

/** Blocks as they stand in a whole answer, with the deltas that make them. Thoughts come only where they were asked for. */
function content(turn: Turn, body: Json): { block: Json; start?: Json; deltas: Json[] }[] {
  const thinking = body.additionalModelRequestFields?.thinking;
  const out: { block: Json; start?: Json; deltas: Json[] }[] = [];
  if (turn.thought && thinking && thinking.type !== 'disabled')
    out.push({
      block: { reasoningContent: { reasoningText: { text: turn.thought, signature: turn.seal } } },
      deltas: [...pieces(turn.thought).map((text) => ({ text })), { signature: turn.seal }].map((reasoningContent) => ({
        reasoningContent,
      })),
    });
  if (turn.text) out.push({ block: { text: turn.text }, deltas: pieces(turn.text).map((text) => ({ text })) });
  for (const call of turn.calls) {
    const head = { toolUseId: id('tooluse_'), name: call.tool.name };
    out.push({
      block: { toolUse: { ...head, input: call.arguments } },
      start: { toolUse: head },
      deltas: pieces(JSON.stringify(call.arguments)).map((input) => ({ toolUse: { input } })),
    });
  }
  return out;
}

const codec = new EventStreamCodec(String, (text) => Buffer.from(text, 'utf8'));

function stream(turn: Turn, body: Json): Frames {
  const frames: Uint8Array[] = [];
  const send = (type: string, data: object) => {
    const header = (value: string) => ({ type: 'string', value }) as const;
    const headers = { ':event-type': header(type), ':content-type': header('application/json'), ':message-type': header('event') };
    frames.push(codec.encode({ headers, body: Buffer.from(JSON.stringify(data)) }));
  };
  let open = -1;
  send('messageStart', { role: 'assistant' });
  for (const [contentBlockIndex, { start, deltas }] of content(turn, body).entries()) {
    const begun = frames.length;
    if (start) send('contentBlockStart', { contentBlockIndex, start });
    for (const delta of deltas) send('contentBlockDelta', { contentBlockIndex, delta });
    if (start && open < 0) open = middle(begun, frames.length);
    send('contentBlockStop', { contentBlockIndex });
  }
  send('messageStop', { stopReason: stop(turn) });
  send('metadata', { usage, metrics: { latencyMs: 5 } });
  return { frames, open };
}
