import { describe, expect, test } from 'vitest';
import type { ExchangeRecord } from '../exchange/record.ts';
import { messagesOf } from './messages.ts';
import { spansOf } from './spans.ts';
import { traced } from './tracing.ts';

const ID = '0123456789abcdef0123456789abcdef';

const exchange = (more: Partial<ExchangeRecord> = {}): ExchangeRecord => ({
  id: ID,
  at: 1_700_000_000_000,
  dialect: 'alpha',
  asked: 'auto',
  stream: true,
  caller: { id: 'k1', name: 'ada', team: 'core' },
  attempts: [
    { provider: 'near', model: 'small', zone: 'own', error: 'overload', startMs: 1, ms: 20 },
    {
      provider: 'far',
      model: 'large',
      zone: 'vendor',
      usage: { input: 100, output: 20, cacheRead: 60, reasoning: 5 },
      costNanos: 2_500_000,
      startMs: 30,
      ms: 400,
      firstTokenMs: 120,
    },
  ],
  status: 200,
  outcome: 'ok',
  notes: [],
  findings: [{ rule: 'email', kind: 'personal', count: 2, action: 'note' }],
  totalMs: 440,
  ...more,
});

const at = (provider: string) => (provider === 'far' ? { host: 'api.example', port: 443 } : undefined);

describe('an exchange as spans', () => {
  const [root, first, second, ...none] = spansOf(exchange(), at);

  test('is a server’s span with a client’s span for each attempt', () => {
    expect(none).toEqual([]);
    expect(root).toMatchObject({
      name: 'chat auto',
      kind: 'server',
      traceId: ID,
      spanId: ID.slice(16),
      start: 1_700_000_000_000,
      end: 1_700_000_000_440,
    });
    expect(root!.parent).toBeUndefined();
    expect(first).toMatchObject({ name: 'chat small', kind: 'client', traceId: ID, parent: { spanId: ID.slice(16) }, error: 'overload' });
    expect(second).toMatchObject({ name: 'chat large', start: 1_700_000_000_030, end: 1_700_000_000_430 });
    expect(second).not.toHaveProperty('error');
  });

  test('bears the names of the conventions, tokens on the attempts alone', () => {
    expect(second!.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'far',
      'gen_ai.request.model': 'large',
      'gen_ai.response.time_to_first_chunk': 0.12,
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 20,
      'gen_ai.usage.cache_read.input_tokens': 60,
      'gen_ai.usage.reasoning.output_tokens': 5,
      'server.address': 'api.example',
      'server.port': 443,
      'freehold.cost_usd': 0.0025,
    });
    expect(first!.attributes).toMatchObject({ 'error.type': 'overload' });
    expect(Object.keys(root!.attributes).filter((name) => name.startsWith('gen_ai.usage'))).toEqual([]);
    expect(root!.attributes).toMatchObject({ 'freehold.team': 'core', 'freehold.findings': ['email'], 'freehold.zone': 'vendor' });
  });

  test('stands below the client’s own span', () => {
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };
    const [below, child] = spansOf(exchange({ trace: { parent, vectors: true } }), at);
    expect(below).toMatchObject({ name: 'embeddings auto', traceId: parent.traceId, parent });
    expect(child).toMatchObject({ traceId: parent.traceId, parent: { spanId: below!.spanId } });
  });

  test('is an error where somebody is to look at it, not where a client may not have what it asked for', () => {
    expect(spansOf(exchange({ outcome: 'timeout', status: 504 }), at)[0]!.error).toBe('timeout');
    expect(spansOf(exchange({ outcome: 'internal', status: 500 }), at)[0]!.error).toBe('internal');
    for (const outcome of ['invalid', 'budget', 'forbidden', 'cancelled'] as const) {
      const [span] = spansOf(exchange({ outcome }), at);
      expect(span).not.toHaveProperty('error');
      expect(span!.attributes['error.type']).toBe(outcome);
    }
  });
});

describe('a trace on its way to providers', () => {
  const sent = ['Authorization', 'k', 'traceparent', 'theirs', 'tracestate', 's=1', 'Baggage', 'user=ada'];
  const record = exchange();
  const [own, vendor] = record.attempts;

  test('goes as far as it may', () => {
    const near = traced(sent, record, own!, { propagate: 'leased', sample: 1 });
    expect(near).toEqual([
      'Authorization',
      'k',
      'tracestate',
      's=1',
      'Baggage',
      'user=ada',
      'traceparent',
      `00-${ID}-${spansOf(record, at)[1]!.spanId}-01`,
    ]);
    expect(traced(sent, record, vendor!, { propagate: 'leased', sample: 1 })).toEqual(['Authorization', 'k']);
    expect(traced(sent, record, own!, { propagate: 'none', sample: 1 })).toEqual(['Authorization', 'k']);
    expect(traced([], record, vendor!, { propagate: 'vendor', sample: 0 })[1]).toMatch(/-00$/);
  });
});

test('what was said, in the form of the conventions', () => {
  const written = messagesOf({
    prompt: {
      turns: [
        { role: 'system', blocks: [{ kind: 'text', text: 'Be brief.' }] },
        {
          role: 'user',
          blocks: [
            { kind: 'text', text: 'Weather?' },
            { kind: 'media', media: 'image', source: { from: 'url', url: 'http://x' } },
          ],
        },
        { role: 'assistant', blocks: [{ kind: 'tool-call', id: 'c', name: 'look', input: 'json', arguments: '{}' }] },
        { role: 'user', blocks: [{ kind: 'tool-result', id: 'c', input: 'json', content: [{ kind: 'text', text: 'rain' }] }] },
      ],
    },
    reply: { blocks: [{ kind: 'text', text: 'Rain.' }], finish: { reason: 'stop' } },
  });
  const read = Object.fromEntries(Object.entries(written).map(([name, text]) => [name, JSON.parse(text)]));
  expect(read).toEqual({
    'gen_ai.system_instructions': [{ type: 'text', content: 'Be brief.' }],
    'gen_ai.input.messages': [
      {
        role: 'user',
        parts: [
          { type: 'text', content: 'Weather?' },
          { type: 'blob', modality: 'image' },
        ],
      },
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c', name: 'look', arguments: '{}' }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c', response: [{ type: 'text', content: 'rain' }] }] },
    ],
    'gen_ai.output.messages': [{ role: 'assistant', parts: [{ type: 'text', content: 'Rain.' }], finish_reason: 'stop' }],
  });
});
