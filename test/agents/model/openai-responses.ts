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

/** Responses: https://platform.openai.com/docs/api-reference/responses-streaming. */
export const openaiResponses: Upstream = {
  contentType: 'text/event-stream',
  model: 'gpt-5.5',
  seals: 'thoughts',
  tooLong: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
  ask,
  stream,
  whole: (turn, body) => response(body, id('resp_'), output(turn), 'completed'),
  refuse: (why, message) => {
    const [status, type, code] = (
      {
        limit: [429, 'rate_limit_exceeded', 'rate_limit_exceeded'],
        overloaded: [529, 'server_error', 'server_is_overloaded'],
        window: [400, 'invalid_request_error', 'context_length_exceeded'],
        invalid: [400, 'invalid_request_error', 'invalid_value'],
      } as const
    )[why];
    return { status, body: { error: { message, type, param: why === 'window' ? 'input' : null, code } } };
  },
};

function offered(tools: Json[] = [], namespace?: string): Offered[] {
  return tools.flatMap((tool): Offered[] => {
    if (tool.type === 'namespace') return offered(tool.tools, tool.name);
    if (tool.type === 'custom') return [{ name: tool.name, namespace, input: 'text', schema: {} }];
    return tool.type === 'function' ? [{ name: tool.name, namespace, input: 'json', schema: tool.parameters ?? {} }] : [];
  });
}

function ask(body: Json, _url: string, issued: ReadonlySet<string>): Asked {
  const items: Json[] = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : (body.input ?? []);
  const parts = items.flatMap(({ content, output }): Json[] => [content, output].flatMap((list) => (Array.isArray(list) ? list : [])));
  const seals = items.flatMap(({ encrypted_content }) => encrypted_content ?? []);
  const of = (type: RegExp) => items.filter((item) => type.test(item.type ?? '')).map((item) => item.call_id as string);
  const foreign = seals.find((seal) => !issued.has(seal));
  return {
    tools: body.tool_choice === 'none' ? [] : offered(body.tools),
    said: items
      .filter(({ role }) => role === 'user')
      .map(({ content }) => words(content))
      .join('\n'),
    results: of(/_output$/).length,
    images: parts.flatMap(({ image_url }) => dataOf(image_url)),
    seals,
    stream: body.stream === true,
    shape: body.text?.format?.schema,
    wrong: foreign ? `the encrypted content ${foreign.slice(0, 20)} could not be verified` : unanswered(of(/_call$/), of(/_output$/)),
  };
}

function output(turn: Turn): Json[] {
  const items: Json[] = [];
  if (turn.thought)
    items.push({ id: id('rs_'), type: 'reasoning', summary: [{ type: 'summary_text', text: turn.thought }], encrypted_content: turn.seal });
  if (turn.text)
    items.push({
      id: id('msg_'),
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', annotations: [], logprobs: [], text: turn.text }],
    });
  for (const call of turn.calls) {
    const { name, namespace, input } = call.tool;
    const head = { status: 'completed', call_id: id('call_'), name, ...(namespace ? { namespace } : {}) };
    if (input === 'text') items.push({ id: id('ctc_'), type: 'custom_tool_call', ...head, input: written(call) });
    else items.push({ id: id('fc_'), type: 'function_call', ...head, arguments: written(call) });
  }
  return items;
}

const usage = {
  input_tokens: USAGE.input,
  input_tokens_details: { cached_tokens: USAGE.cached },
  output_tokens: USAGE.output,
  output_tokens_details: { reasoning_tokens: USAGE.thought },
  total_tokens: USAGE.input + USAGE.output,
};

const response = (body: Json, name: string, items: Json[], status: string) => ({
  id: name,
  object: 'response',
  created_at: Math.floor(Date.now() / 1000),
  status,
  error: null,
  incomplete_details: null,
  instructions: body.instructions ?? null,
  model: body.model,
  output: items,
  parallel_tool_calls: true,
  tool_choice: 'auto',
  tools: body.tools ?? [],
  usage: status === 'completed' ? usage : null,
});

function stream(turn: Turn, body: Json): Frames {
  const name = id('resp_');
  const frames: string[] = [];
  const send = (type: string, data: object) => frames.push(event({ type, sequence_number: frames.length, ...data }, type));
  const items = output(turn);
  let open = -1;
  send('response.created', { response: response(body, name, [], 'in_progress') });
  send('response.in_progress', { response: response(body, name, [], 'in_progress') });
  for (const [output_index, item] of items.entries()) {
    const at = { output_index, item_id: item.id };
    const field = item.type === 'function_call' ? 'arguments' : 'input';
    if (item.type === 'reasoning') {
      const part = { type: 'summary_text', text: turn.thought };
      send('response.output_item.added', { output_index, item: { ...item, summary: [], encrypted_content: undefined } });
      send('response.reasoning_summary_part.added', { ...at, summary_index: 0, part: { ...part, text: '' } });
      for (const delta of pieces(part.text!)) send('response.reasoning_summary_text.delta', { ...at, summary_index: 0, delta });
      send('response.reasoning_summary_text.done', { ...at, summary_index: 0, text: part.text });
      send('response.reasoning_summary_part.done', { ...at, summary_index: 0, part });
    } else if (item.type === 'message') {
      const [part] = item.content;
      send('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', content: [] } });
      send('response.content_part.added', { ...at, content_index: 0, part: { ...part, text: '' } });
      for (const delta of pieces(part.text)) send('response.output_text.delta', { ...at, content_index: 0, delta, logprobs: [] });
      send('response.output_text.done', { ...at, content_index: 0, text: part.text, logprobs: [] });
      send('response.content_part.done', { ...at, content_index: 0, part });
    } else {
      const event = item.type === 'function_call' ? 'function_call_arguments' : 'custom_tool_call_input';
      const begun = frames.length;
      send('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', [field]: '' } });
      for (const delta of pieces(item[field])) send(`response.${event}.delta`, { ...at, delta });
      if (open < 0) open = middle(begun, frames.length);
      send(`response.${event}.done`, { ...at, name: item.name, [field]: item[field] });
    }
    send('response.output_item.done', { output_index, item });
  }
  send('response.completed', { response: response(body, name, items, 'completed') });
  return { frames, open };
}
