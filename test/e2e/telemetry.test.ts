import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { post } from '../fake/call.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, sse } from '../fake/upstream.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number; doubleValue?: number; boolValue?: boolean; arrayValue?: object };
}

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  status: { code: number };
  attributes: Attribute[];
}

interface Metric {
  name: string;
  unit: string;
  histogram?: { dataPoints: { count: number; sum: number; explicitBounds: number[]; attributes: Attribute[] }[] };
  sum?: { dataPoints: { asDouble: number; attributes: Attribute[] }[] };
}

/** A collector that takes OTLP over HTTP and remembers what it got. */
class Collector {
  readonly server: Server;
  readonly bodies: { path: string; type: string | undefined; key: string | undefined; body: Buffer }[] = [];
  status = 200;

  constructor() {
    this.server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { 'content-type': type, authorization: key } = request.headers;
      if (this.status === 200) this.bodies.push({ path: request.url ?? '', type, key, body: Buffer.concat(chunks) });
      response.writeHead(this.status, { 'content-type': type ?? '' }).end(type === 'application/json' ? '{}' : '');
    });
  }

  static async start(): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((done) => collector.server.listen(0, '127.0.0.1', done));
    stops.push(() => {
      collector.server.closeAllConnections();
      collector.server.close();
    });
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  spans(): Span[] {
    return this.#read('/v1/traces', 'resourceSpans', 'scopeSpans', 'spans') as Span[];
  }

  metrics(): Metric[] {
    return this.#read('/v1/metrics', 'resourceMetrics', 'scopeMetrics', 'metrics') as Metric[];
  }

  #read(path: string, ...levels: string[]): unknown[] {
    const bodies: unknown[] = this.bodies.filter((one) => one.path === path).map(({ body }) => JSON.parse(body.toString()));
    return levels.reduce((all, level) => all.flatMap((one) => (one as Record<string, unknown[]>)[level] ?? []), bodies);
  }
}

function attributesOf({ attributes }: { attributes: Attribute[] }): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

const ASK = { model: 'auto', messages: [{ role: 'user', content: 'hello there' }] };
const KEY = { authorization: 'Bearer secret-of-the-collector' };

async function world(telemetry: object, scripts: Script[] = [json(200, chat.whole('fine'))], zone = 'own', more: object = {}) {
  const collector = await Collector.start();
  const up = await FakeUpstream.start(...scripts);
  const price = { input: 1, output: 2 };
  const started = await startGateway({
    providers: { up: { dialect: 'openai-chat', url: up.url, zone, models: { fake: { price } } } },
    telemetry: { otlp: collector.url, protocol: 'json', headers: KEY, ...telemetry },
    resilience: { retries: 1, hedge: false },
    ...more,
  });
  let isOpen = true;
  const close = async () => {
    if (isOpen) await started.gateway.close();
    isOpen = false;
  };
  stops.push(() => up.stop(), close);
  return { ...started, collector, up, close };
}

describe('telemetry over OTLP', () => {
  test('an exchange is a trace below the client’s own, each attempt a span below it, and measured by the conventions', async () => {
    const { url, collector, up, close, records } = await world({}, [
      json(503, { error: { message: 'busy' } }),
      json(200, chat.whole('fine')),
    ]);
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await post(`${url}/v1/chat/completions`, ASK, { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, tracestate: 'vendor=1' });
    await close();
    const spans = collector.spans();
    expect(spans.map(({ name, kind }) => [name, kind])).toEqual([
      ['chat auto', 2],
      ['chat fake', 3],
      ['chat fake', 3],
    ]);
    const [root, failed, answered] = spans;
    expect(root).toMatchObject({ traceId, parentSpanId: '00f067aa0ba902b7' });
    expect([failed!.parentSpanId, answered!.parentSpanId]).toEqual([root!.spanId, root!.spanId]);
    expect([root!.status.code, failed!.status.code, answered!.status.code]).toEqual([0, 2, 0]);
    expect(attributesOf(answered!)).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'up',
      'gen_ai.request.model': 'fake',
      'gen_ai.usage.input_tokens': 5,
      'gen_ai.usage.output_tokens': 2,
      'server.address': '127.0.0.1',
    });
    expect(attributesOf(root!)).toMatchObject({ 'freehold.exchange.id': records[0]!.id, 'http.response.status_code': 200 });
    // The provider was told of the span under which it stands now.
    expect(up.seen.map(({ headers }) => headers['traceparent'])).toEqual(
      [failed, answered].map((span) => `00-${traceId}-${span!.spanId}-01`),
    );
    expect(up.seen[0]!.headers['tracestate']).toBe('vendor=1');

    const metrics = new Map(collector.metrics().map((metric) => [metric.name, metric]));
    expect([...metrics.keys()].sort()).toEqual([
      'freehold.cost',
      'freehold.exchanges',
      'gen_ai.client.operation.duration',
      'gen_ai.client.token.usage',
      'gen_ai.server.request.duration',
      'gen_ai.server.time_to_first_token',
    ]);
    const tokens = metrics.get('gen_ai.client.token.usage')!;
    expect(tokens.unit).toBe('{token}');
    expect(tokens.histogram!.dataPoints.map((point) => [attributesOf(point)['gen_ai.token.type'], point.sum]).sort()).toEqual([
      ['input', 5],
      ['output', 2],
    ]);
    expect(tokens.histogram!.dataPoints[0]!.explicitBounds.at(-1)).toBe(67_108_864);
    const durations = metrics
      .get('gen_ai.client.operation.duration')!
      .histogram!.dataPoints.map((point) => attributesOf(point)['error.type']);
    expect(durations.sort()).toEqual(['overload', undefined]);
    expect(metrics.get('freehold.cost')!.sum!.dataPoints[0]!.asDouble).toBeCloseTo(9e-6);
    expect(collector.bodies.every(({ key }) => key === KEY.authorization)).toBe(true);
  });

  test('vendors are told nothing by which requests could be linked; without a client’s trace the exchange’s id is the trace', async () => {
    const { url, up, collector, close, records } = await world({}, undefined, 'vendor');
    await post(`${url}/v1/chat/completions`, ASK, { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`, baggage: 'user=ada' });
    await post(`${url}/v1/chat/completions`, ASK);
    await close();
    for (const { headers } of up.seen)
      expect(Object.keys(headers)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^trace|^baggage/)]));
    // The first client said that its trace is not kept.
    expect(collector.spans().map(({ traceId }) => traceId)).toEqual([records[1]!.id, records[1]!.id]);
  });

  test('what was said stays here, unless both settings want it', async () => {
    const quiet = await world({});
    await post(`${quiet.url}/v1/chat/completions`, ASK);
    await quiet.close();
    expect(JSON.stringify(quiet.collector.spans())).not.toContain('hello there');
    const open = await world({ content: true }, undefined, 'own', { store: { content: true } });
    await post(`${open.url}/v1/chat/completions`, ASK);
    await open.close();
    const [, attempt] = open.collector.spans();
    expect(attributesOf(attempt!)['gen_ai.input.messages']).toContain('hello there');
    expect(attributesOf(attempt!)['gen_ai.output.messages']).toContain('fine');
  });

  test('streams tell the time to their first chunk', async () => {
    const { url, collector, close } = await world({}, [sse([chat.start(), chat.text('a'), chat.text('b'), chat.stop(), chat.done])]);
    await post(`${url}/v1/chat/completions`, { ...ASK, stream: true });
    await close();
    expect(attributesOf(collector.spans()[1]!)['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
    expect(collector.metrics().map(({ name }) => name)).toContain('gen_ai.client.operation.time_to_first_chunk');
  });

  test('a collector that is gone delays nobody, and what is lost is counted', async () => {
    const { url, collector, log } = await world({ queue: 4 });
    collector.status = 400;
    for (let i = 0; i < 6; i++) expect((await post(`${url}/v1/chat/completions`, ASK)).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const count = (end: string) => Number(new RegExp(`freehold_telemetry_spans_total\\{end="${end}"\\} (\\d+)`).exec(metrics)?.[1]);
    expect(count('sent')).toBe(0);
    expect(count('dropped') + count('failed')).toBeGreaterThanOrEqual(8);
    await expect.poll(() => log.join('\n')).toContain('answered 400');
    expect(log.filter((line) => line.startsWith('telemetry:'))).toHaveLength(1);
  });

  test('the standard variables alone switch it on, in the form they name', async () => {
    const collector = await Collector.start();
    const up = await FakeUpstream.start(json(200, chat.whole('fine')));
    stops.push(() => up.stop());
    const providers = { up: { dialect: 'openai-chat', url: up.url, zone: 'own', models: ['fake'] } };
    const { gateway, url } = await startGateway({ providers }, [], {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'gateway-eu',
    });
    await post(`${url}/v1/chat/completions`, ASK);
    await gateway.close();
    const traces = collector.bodies.find(({ path }) => path === '/v1/traces')!;
    expect(traces.type).toBe('application/x-protobuf');
    expect(strings(traces.body)).toEqual(
      expect.arrayContaining(['service.name', 'gateway-eu', 'chat auto', 'chat fake', 'gen_ai.provider.name']),
    );
  });

  test('switched off it is not there', async () => {
    const up = await FakeUpstream.start(json(200, chat.whole('fine')));
    stops.push(() => up.stop());
    const { gateway, url } = await startGateway({
      providers: { up: { dialect: 'openai-chat', url: up.url, zone: 'own', models: ['fake'] } },
    });
    stops.push(() => gateway.close());
    await post(`${url}/v1/chat/completions`, ASK, { traceparent: 'theirs' });
    expect(up.seen[0]!.headers['traceparent']).toBe('theirs');
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain('freehold_telemetry');
  });
});

/** The texts in a protobuf message, at any depth. https://protobuf.dev/programming-guides/encoding/ */
function strings(bytes: Buffer): string[] {
  const found: string[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; at < bytes.length; shift *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
    throw new Error('cut');
  };
  while (at < bytes.length) {
    const type = varint() & 7;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const length = varint();
      const inner = bytes.subarray(at, at + length);
      at += length;
      if (inner.length < length) throw new Error('cut');
      if (inner.every((byte) => byte >= 32 && byte < 127)) found.push(inner.toString());
      try {
        found.push(...strings(inner));
      } catch {
        // It was a text.
      }
    } else throw new Error('no such type');
  }
  return found;
}
