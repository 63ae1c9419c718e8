import {
  type Asked,
  dataOf,
  event,
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
  written,
} from './turn.ts';

/** Chat completions: https://platform.openai.com/docs/api-reference/chat, with the `reasoning_content` of open engines. */
export const openaiChat: Upstream = {
  contentType: 'text/event-stream',
  model: 'qwen3-coder',
  tooLong: "This model's maximum context length is 128000 tokens. However, your messages resulted in 250000 tokens.",
  ask,
  stream,
  whole: (turn, body) => ({
    ...facts(body, 'chat.completion'),
    choices: [{ index: 0, message: message(turn), logprobs: null, finish_reason: turn.calls.length ? 'tool_calls' : 'stop' }],
    usage: usage(turn),
  }),
  refuse: (why, text) => {
    const [status, type, code] = (
      {
        limit: [429, 'rate_limit_exceeded', 'rate_limit_exceeded'],
        overloaded: [529, 'server_error', null],
        window: [400, 'invalid_request_error', 'context_length_exceeded'],
        invalid: [400, 'invalid_request_error', null],
      } as const
    )[why];
    return { status, body: { error: { message: text, type, param: null, code } } };
  },
};

/** Tools in the shape that two dialects have: `function` around name and parameters. */
export function functions(tools: Json[] = []): Offered[] {
  return tools.flatMap((tool): Offered[] => {
    if (tool.type === 'custom') return [{ name: (tool.custom ?? tool).name, input: 'text', schema: {} }];
    return tool.function ? [{ name: tool.function.name, input: 'json', schema: tool.function.parameters ?? {} }] : [];
  });
}

function ask(body: Json): Asked {
  const messages: Json[] = body.messages ?? [];
  const parts = messages.flatMap(({ content }): Json[] => (Array.isArray(content) ? content : []));
  return {
    tools: body.tool_choice === 'none' ? [] : functions(body.tools),
    said: messages
      .filter(({ role }) => role === 'user')
      .map(({ content }) => words(content))
      .join('\n'),
    results: messages.filter(({ role }) => role === 'tool').length,
    images: parts.flatMap(({ image_url }) => dataOf(image_url?.url)),
    seals: [],
    stream: body.stream === true,
    shape: body.response_format?.json_schema?.schema,
    wrong: wrong(messages),
  };
}

/** The calls of a turn are answered by the messages right after it. */
function wrong(messages: Json[]): string | undefined {
  for (const [at, { role, tool_calls }] of messages.entries()) {
    if (role !== 'assistant' || !tool_calls?.length) continue;
    const rest = messages.slice(at + 1);
    const end = rest.findIndex((message) => message.role !== 'tool');
    const results = rest.slice(0, end < 0 ? undefined : end).map(({ tool_call_id }) => tool_call_id as string);
    const problem = unanswered(
      tool_calls.map((call: Json) => call.id),
      results,
    );
    if (problem) return problem;
  }
  return undefined;
}

const facts = (body: Json, object: string) => ({ id: id('chatcmpl-'), object, created: Math.floor(Date.now() / 1000), model: body.model });

const usage = (turn: Turn) => ({
  prompt_tokens: USAGE.input,
  completion_tokens: USAGE.output,
  total_tokens: USAGE.input + USAGE.output,
  prompt_tokens_details: { cached_tokens: USAGE.cached },
  completion_tokens_details: { reasoning_tokens: turn.thought ? USAGE.thought : 0 },
});

function calls(turn: Turn): Json[] {
  return turn.calls.map((call) =>
    call.tool.input === 'text'
      ? { id: id('call_'), type: 'custom', custom: { name: call.tool.name, input: written(call) } }
      : { id: id('call_'), type: 'function', function: { name: call.tool.name, arguments: written(call) } },
  );
}

const message = (turn: Turn) => ({
  role: 'assistant',
  content: turn.text || null,
  ...(turn.thought ? { reasoning_content: turn.thought } : {}),
  ...(turn.calls.length ? { tool_calls: calls(turn) } : {}),
});

function stream(turn: Turn, body: Json): Frames {
  const base = facts(body, 'chat.completion.chunk');
  const frames: string[] = [];
  const delta = (delta: object, finish_reason: string | null = null) =>
    frames.push(event({ ...base, choices: [{ index: 0, delta, logprobs: null, finish_reason }] }));
  delta({ role: 'assistant', content: '' });
  for (const text of pieces(turn.thought ?? '')) delta({ reasoning_content: text });
  for (const text of pieces(turn.text)) delta({ content: text });
  let open = frames.length;
  for (const [index, call] of calls(turn).entries()) {
    const field = call.type === 'custom' ? 'input' : 'arguments';
    const begun = frames.length;
    delta({ tool_calls: [{ ...call, index, [call.type]: { name: call[call.type].name, [field]: '' } }] });
    for (const text of pieces(call[call.type][field])) delta({ tool_calls: [{ index, [call.type]: { [field]: text } }] });
    if (index === 0) open = middle(begun, frames.length);
  }
  delta({}, turn.calls.length ? 'tool_calls' : 'stop');
  if (body.stream_options?.include_usage) frames.push(event({ ...base, choices: [], usage: usage(turn) }));
  frames.push(event('[DONE]'));
  return { frames, open };
}
