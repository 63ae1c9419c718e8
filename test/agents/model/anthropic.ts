import {
  type Asked,
  event,
  type Frames,
  id,
  type Json,
  middle,
  pieces,
  type Turn,
  type Upstream,
  USAGE,
  unanswered,
  words,
} from './turn.ts';

/** Messages: https://platform.claude.com/docs/en/build-with-claude/streaming. */
export const anthropic: Upstream = {
  contentType: 'text/event-stream',
  model: 'claude-sonnet-4-5',
  seals: 'thoughts',
  tooLong: 'prompt is too long: 250000 tokens > 200000 maximum',
  ask,
  stream,
  whole: (turn, body) => message(body, content(turn, body), stop(turn), USAGE.output),
  refuse: (why, text) => {
    const [status, type] = (
      {
        limit: [429, 'rate_limit_error'],
        overloaded: [529, 'overloaded_error'],
        window: [400, 'invalid_request_error'],
        invalid: [400, 'invalid_request_error'],
      } as const
    )[why];
    return { status, body: { type: 'error', error: { type, message: text }, request_id: id('req_') } };
  },
};

const blocks = (message: Json): Json[] =>
  typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : (message.content ?? []);

function ask(body: Json, _url: string, issued: ReadonlySet<string>): Asked {
  const messages: Json[] = body.messages ?? [];
  const all = messages.flatMap(blocks);
  const results = all.filter(({ type }) => type === 'tool_result');
  const seen = [...all, ...results.flatMap((result) => blocks(result))];
  return {
    tools:
      body.tool_choice?.type === 'none'
        ? []
        : (body.tools ?? [])
            .filter((tool: Json) => tool.input_schema && !tool.defer_loading)
            .map((tool: Json) => ({ name: tool.name, input: 'json', schema: tool.input_schema })),
    said: messages
      .filter(({ role }) => role === 'user')
      .map(({ content }) => words(content))
      .join('\n'),
    results: results.length,
    images: seen.flatMap(({ type, source }) => (type === 'image' && source?.data ? [source.data] : [])),
    seals: all.flatMap(({ signature }) => signature ?? []),
    stream: body.stream === true,
    shape: body.output_config?.format?.schema,
    wrong: wrong(body, messages, issued),
  };
}

function wrong(body: Json, messages: Json[], issued: ReadonlySet<string>): string | undefined {
  if (messages[0]?.role !== 'user') return 'messages: first message must use the "user" role';
  if (body.thinking?.type === 'enabled' && !(body.max_tokens > body.thinking.budget_tokens))
    return '`max_tokens` must be greater than `thinking.budget_tokens`';
  for (const [at, message] of messages.entries()) {
    const own = blocks(message);
    const forged = own.find(({ type, signature }) => type === 'thinking' && !issued.has(signature));
    if (forged) return `messages.${at}: Invalid \`signature\` in \`thinking\` block`;
    const answers = message.role === 'user' ? [] : blocks(messages[at + 1] ?? {});
    const named = (list: Json[], type: string, field: string) => list.filter((block) => block.type === type).map((block) => block[field]);
    const calls = message.role === 'user' ? [] : named(own, 'tool_use', 'id');
    const problem = message.role === 'user' ? undefined : unanswered(calls, named(answers, 'tool_result', 'tool_use_id'));
    if (problem) return `messages.${at}: ${problem}`;
    const last = at === messages.findLastIndex(({ role }) => role === 'assistant');
    if (last && calls.length && body.thinking?.type === 'enabled' && !/thinking/.test(own[0]?.type))
      return `messages.${at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${own[0]?.type}\``;
  }
  return undefined;
}

const stop = (turn: Turn) => (turn.calls.length ? 'tool_use' : 'end_turn');

/** Thoughts come only where they were asked for. */
function content(turn: Turn, body: Json): Json[] {
  const thinks = turn.thought && body.thinking && body.thinking.type !== 'disabled';
  return [
    ...(thinks ? [{ type: 'thinking', thinking: turn.thought, signature: turn.seal }] : []),
    ...(turn.text ? [{ type: 'text', text: turn.text }] : []),
    ...turn.calls.map((call) => ({ type: 'tool_use', id: id('toolu_'), name: call.tool.name, input: call.arguments })),
  ];
}

const message = (body: Json, content: Json[], stop_reason: string | null, output_tokens: number) => ({
  id: id('msg_'),
  type: 'message',
  role: 'assistant',
  model: body.model,
  content,
  stop_reason,
  stop_sequence: null,
  usage: {
    input_tokens: USAGE.input - USAGE.cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: USAGE.cached,
    output_tokens,
  },
});

function stream(turn: Turn, body: Json): Frames {
  const frames: string[] = [];
  const send = (type: string, data: object) => frames.push(event({ type, ...data }, type));
  let open = -1;
  send('message_start', { message: message(body, [], null, 1) });
  for (const [index, block] of content(turn, body).entries()) {
    const delta = (delta: object) => send('content_block_delta', { index, delta });
    const begun = frames.length;
    if (block.type === 'thinking') {
      send('content_block_start', { index, content_block: { type: 'thinking', thinking: '', signature: '' } });
      for (const thinking of pieces(block.thinking)) delta({ type: 'thinking_delta', thinking });
      delta({ type: 'signature_delta', signature: block.signature });
    } else if (block.type === 'text') {
      send('content_block_start', { index, content_block: { type: 'text', text: '' } });
      send('ping', {});
      for (const text of pieces(block.text)) delta({ type: 'text_delta', text });
    } else {
      send('content_block_start', { index, content_block: { ...block, input: {} } });
      for (const partial_json of ['', ...pieces(JSON.stringify(block.input))]) delta({ type: 'input_json_delta', partial_json });
      if (open < 0) open = middle(begun, frames.length);
    }
    send('content_block_stop', { index });
  }
  send('message_delta', { delta: { stop_reason: stop(turn), stop_sequence: null }, usage: { output_tokens: USAGE.output } });
  send('message_stop', {});
  return { frames, open };
}
