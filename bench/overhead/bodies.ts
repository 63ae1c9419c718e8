export type Speech = 'chat' | 'messages';

/** What one request asks of the fake upstream, through whatever stands between. */
export interface Wanted {
  speech: Speech;
  /** Size of the body, about. Bytes. */
  bytes: number;
  /** As the target under test wants it named; its end says what the upstream does, see `upstream.ts`. */
  model: string;
  stream: boolean;
}

const WORDS = 'a careful reader sees what the code does before he says what it should do and why it would be better so'.split(' ');

function prose(length: number, seed: number): string {
  let text = '';
  for (let at = seed; text.length < length; at++) text += `${WORDS[(at * 5 + (at >> 2)) % WORDS.length]}${at % 13 ? ' ' : '.\n'}`;
  return text.slice(0, length);
}

/** Source text as coding tools send it: quotes, tabs and backslashes that JSON must escape, and letters beyond ASCII. */
function source(length: number, seed: number): string {
  let text = '';
  for (let at = seed; text.length < length; at++)
    text += `\tif (row[${at}] !== "${prose(12, at)}") throw new Error(\`row ${at}: ${at % 4 ? 'expected' : 'erwartet wäre'} "\\t"\`);\n`;
  return text.slice(0, length);
}

const parameters = (at: number) => ({
  type: 'object',
  properties: {
    path: { type: 'string', description: `Where to act, from the root of the project; tool ${at}` },
    first: { type: 'integer', description: 'The first line' },
    count: { type: 'integer', description: 'How many lines' },
  },
  required: ['path'],
  additionalProperties: false,
});

/** A short question: system words and one turn. */
function question(wanted: Wanted, fill: number): unknown {
  const { model, stream } = wanted;
  const system = `You answer briefly. ${prose(160, 3)}`;
  const user = { role: 'user', content: prose(fill, 11) };
  if (wanted.speech === 'messages') return { model, max_tokens: 1024, temperature: 0.2, stream, system, messages: [user] };
  return { model, messages: [{ role: 'system', content: system }, user], max_tokens: 1024, temperature: 0.2, ...streaming(stream) };
}

const streaming = (stream: boolean) => (stream ? { stream, stream_options: { include_usage: true } } : { stream });

/** A coding agent's turn: twenty tools and a history of calls and files. The model stands behind the history, where the Python SDK puts it. */
function agentTurn(wanted: Wanted, rounds: number): unknown {
  const { model, stream } = wanted;
  const chat = wanted.speech === 'chat';
  const messages: unknown[] = [{ role: 'user', content: `Mend the failing test. ${prose(300, 7)}` }];
  for (let at = 0; at < rounds; at++) {
    const input = { path: `src/part-${at}.ts`, first: 1, count: 40 };
    const name = `tool_${at % 20}`;
    const file = source(1800, at * 17);
    if (chat) {
      const call = { id: `call_${at}`, type: 'function', function: { name, arguments: JSON.stringify(input) } };
      messages.push(
        { role: 'assistant', content: prose(100, at), tool_calls: [call] },
        { role: 'tool', tool_call_id: call.id, content: file },
      );
    } else {
      const call = { type: 'tool_use', id: `toolu_${at}`, name, input };
      messages.push({ role: 'assistant', content: [{ type: 'text', text: prose(100, at) }, call] });
      messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: file }] });
    }
  }
  const system = prose(6000, 1);
  const named = Array.from({ length: 20 }, (_, at) => ({ name: `tool_${at}`, description: prose(250, at) }));
  if (chat) {
    const tools = named.map((tool, at) => ({ type: 'function', function: { ...tool, parameters: parameters(at) } }));
    return { messages: [{ role: 'system', content: system }, ...messages], model, max_tokens: 4096, ...streaming(stream), tools };
  }
  const tools = named.map((tool, at) => ({ ...tool, input_schema: parameters(at) }));
  return { messages, model, max_tokens: 4096, stream, system: [{ type: 'text', text: system }], tools };
}

/** A request's body as JSON text, as near to the wanted size as its turns allow. */
export function bodyOf(wanted: Wanted): string {
  const write = (size: number) => JSON.stringify(wanted.bytes <= 4096 ? question(wanted, size) : agentTurn(wanted, size));
  const length = (size: number) => Buffer.byteLength(write(size));
  const base = length(1);
  const step = (length(11) - base) / 10;
  return write(Math.max(1, 1 + Math.round((wanted.bytes - base) / step)));
}
