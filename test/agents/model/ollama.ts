import { functions } from './openai-chat.ts';
import { type Asked, type Frames, id, type Json, pieces, type Turn, type Upstream, USAGE } from './turn.ts';

/** The native chat: https://docs.ollama.com/api/chat. */
export const ollama: Upstream = {
  contentType: 'application/x-ndjson',
  model: 'qwen3-coder:30b',
  tooLong: 'the input length exceeds the context length',
  ask,
  stream,
  whole: (turn, body) => ({ ...line(body, { content: turn.text, ...thinking(turn.thought), ...calls(turn) }), ...END }),
  refuse: (why, message) => {
    const status = ({ limit: 429, overloaded: 529, window: 400, invalid: 400 } as const)[why];
    return { status, body: { error: message } };
  },
};

const END = {
  done: true,
  done_reason: 'stop',
  total_duration: 500_000_000,
  load_duration: 10_000_000,
  prompt_eval_count: USAGE.input,
  prompt_eval_duration: 100_000_000,
  eval_count: USAGE.output,
  eval_duration: 300_000_000,
};

function ask(body: Json): Asked {
  const messages: Json[] = body.messages ?? [];
  return {
    tools: functions(body.tools),
    said: messages
      .filter(({ role }) => role === 'user')
      .map(({ content }) => content)
      .join('\n'),
    results: messages.filter(({ role }) => role === 'tool').length,
    images: messages.flatMap(({ images }): string[] => images ?? []),
    seals: [],
    stream: body.stream !== false,
    shape: typeof body.format === 'object' ? body.format : undefined,
    wrong: wrong(messages),
  };
}

/** Its Go server takes nothing but text for content and nothing but objects for arguments. */
function wrong(messages: Json[]): string | undefined {
  for (const { content, tool_calls } of messages) {
    if (content !== undefined && typeof content !== 'string')
      return 'json: cannot unmarshal into Go struct field ChatRequest.messages.content of type string';
    for (const call of tool_calls ?? [])
      if (typeof call.function?.arguments !== 'object')
        return 'json: cannot unmarshal into Go struct field ChatRequest.messages.tool_calls.function.arguments';
  }
  return undefined;
}

const line = (body: Json, message: object) => ({
  model: body.model,
  created_at: new Date().toISOString(),
  message: { role: 'assistant', content: '', ...message },
  done: false,
});

const thinking = (thought: string | undefined) => (thought ? { thinking: thought } : {});

function calls(turn: Turn): { tool_calls?: Json[] } {
  if (!turn.calls.length) return {};
  return {
    tool_calls: turn.calls.map((call, index) => ({
      id: id('call_'),
      function: { index, name: call.tool.name, arguments: call.arguments },
    })),
  };
}

function stream(turn: Turn, body: Json): Frames {
  const lines: object[] = [
    ...pieces(turn.thought ?? '').map((text) => line(body, thinking(text))),
    ...pieces(turn.text).map((content) => line(body, { content })),
  ];
  const open = lines.length;
  for (const call of calls(turn).tool_calls ?? []) lines.push(line(body, { tool_calls: [call] }));
  lines.push({ ...line(body, {}), ...END });
  return { frames: lines.map((one) => `${JSON.stringify(one)}\n`), open };
}
