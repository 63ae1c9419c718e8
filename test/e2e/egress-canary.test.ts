import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialects, fixtures } from '../../src/dialects/contract/fixtures.ts';
import { upstreamDialects } from '../../src/dialects/index.ts';
import type { Dialect } from '../../src/protocol/dialect.ts';
import { post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { FakeUpstream, json } from '../fake/upstream.ts';

/** A token as a code host gives it out; the check digits do not matter. */
const CORE = 'R7kP2mX9qT4vW8nB3cL6zD1fH5jS0aYeU2iO';
const TOKEN = `ghp_${CORE}`;
const BASE64 = Buffer.from(`token=${TOKEN}\n`).toString('base64');
const HEX = Buffer.from(TOKEN).toString('hex');

/** What must not be in anything that leaves: the token in any of the forms it was sent in, and either half of it. */
const TRACES = [CORE, CORE.slice(0, 18), CORE.slice(18), BASE64.slice(4, 40), HEX.slice(0, 40)];

let up: FakeUpstream;
let started: Started;
beforeAll(async () => {
  up = await FakeUpstream.start(json(400, { error: { message: 'enough' } }));
  const provider = (dialect: string) => ({ dialect, url: up.url, zone: 'vendor', models: ['fake'] });
  started = await startGateway({ providers: Object.fromEntries(upstreamDialects.map(({ name }) => [name, provider(name)])) });
});
afterAll(async () => {
  await started.gateway.close();
  await up.stop();
});

type Path = (string | number)[];

/** Every text of a request and every name of a member, each kind of place once. */
function places(value: unknown, path: Path = [], found = new Map<string, Path>()): Map<string, Path> {
  const kind = (last: string) => [...path.map((step) => (typeof step === 'number' ? '*' : step)), last].join('.');
  if (typeof value === 'string') found.set(kind(''), path);
  else if (Array.isArray(value)) for (const [at, item] of value.entries()) places(item, [...path, at], found);
  else if (value !== null && typeof value === 'object') {
    found.set(kind('{}'), path);
    for (const [name, item] of Object.entries(value)) places(item, [...path, name], found);
  }
  return found;
}

/** The request with something put into one place: into the text, or as one more member of the object. */
function planted(request: unknown, path: Path, secret: string): unknown {
  const copy = structuredClone(request) as Record<string | number, unknown>;
  let holder = copy;
  for (const step of path.slice(0, -1)) holder = holder[step] as typeof holder;
  const last = path.at(-1);
  const at = last === undefined ? copy : holder[last];
  if (typeof at === 'string') holder[last!] = at ? `${at} ${secret}` : secret;
  else (at as Record<string, unknown>)[`note ${secret}`] = 1;
  return copy;
}

function door(dialect: Dialect, target: string): string {
  return dialect.doors[0]!.replace('*', encodeURIComponent(`${target}/fake`)).replaceAll('%2F', '/');
}

function addressed(body: unknown, target: string): unknown {
  return (body as { model?: unknown }).model === undefined ? body : { ...(body as object), model: `${target}/fake` };
}

function expectClean(from: number, where: string): void {
  for (const { body, url, headers } of up.seen.slice(from)) {
    const all = `${url}\n${JSON.stringify(headers)}\n${body}`;
    for (const trace of TRACES) if (all.includes(trace)) expect.fail(`${where}: ${trace} left`);
  }
}

describe.each(dialects.map((dialect) => [dialect.name, dialect] as const))('a secret in a request of %s', (name, dialect) => {
  const seen = new Set<string>();
  const cases = fixtures
    .filter((fixture) => fixture.dialect === dialect && fixture.request !== undefined && !fixture.path)
    .flatMap(({ request, name: fixture }) =>
      [...places(request)].filter(([kind]) => !seen.has(kind) && seen.add(kind)).map(([kind, path]) => ({ kind, path, request, fixture })),
    );
  const others = dialects.filter((one) => one !== dialect);

  it.each([
    ['as it is', TOKEN],
    ['in base64', BASE64],
    ['in hex', HEX],
  ])(
    '%s does not leave from any place',
    async (_, secret) => {
      let left = 0;
      for (const [at, { kind, path, request, fixture }] of cases.entries()) {
        const body = planted(request, path, secret);
        for (const target of [name, others[at % others.length]!.name]) {
          const from = up.seen.length;
          const answer = await post(started.url + door(dialect, target), addressed(body, target));
          expectClean(from, `${fixture} ${kind} to ${target}`);
          expect(answer.text, `${fixture} ${kind}`).not.toContain(CORE);
          left += up.seen.length - from;
        }
      }
      // Refused ones prove nothing: most places must have let the rest of the request through.
      expect(cases.length).toBeGreaterThan(15);
      expect(left).toBeGreaterThan(cases.length / 2);
      up.seen.length = 0;
    },
    60_000,
  );
});

it('a secret does not leave by any door', async () => {
  const doors = dialects.flatMap((dialect) => [...dialect.doors, ...(dialect.embeddings?.doors ?? [])].map((path) => ({ dialect, path })));
  const reached = new Set<string>();
  for (const { dialect, path } of doors) {
    const model = `${dialect.name}/fake`;
    const bodies = [
      { messages: [{ role: 'user', content: TOKEN }], max_tokens: 5 },
      { prompt: `use ${TOKEN}`, suffix: TOKEN },
      { input: `use ${TOKEN}` },
      { input: [TOKEN] },
      { contents: [{ role: 'user', parts: [{ text: TOKEN }] }] },
      { content: { parts: [{ text: TOKEN }] } },
      { requests: [{ model: `models/${model}`, content: { parts: [{ text: TOKEN }] } }] },
    ];
    for (const body of bodies) {
      const from = up.seen.length;
      await post(started.url + path.replace('*', model), { model, ...body });
      expectClean(from, path);
      if (up.seen.length > from) reached.add(path);
    }
  }
  expect(reached.size).toBeGreaterThan(doors.length / 2);
}, 30_000);

describe('a secret split over', () => {
  const [a, b] = [TOKEN.slice(0, 20), TOKEN.slice(20)];
  it.each([
    [
      'parts of a message',
      '/v1/chat/completions',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: `use ${a}` },
              { type: 'text', text: `${b} now` },
            ],
          },
        ],
      },
    ],
    [
      'blocks of a message',
      '/v1/messages',
      {
        max_tokens: 9,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: `use ${a}` },
              { type: 'text', text: `${b} now` },
            ],
          },
        ],
      },
    ],
    [
      'system blocks',
      '/v1/messages',
      {
        max_tokens: 9,
        system: [
          { type: 'text', text: a },
          { type: 'text', text: b },
        ],
        messages: [{ role: 'user', content: 'hi' }],
      },
    ],
    [
      'parts of a tool’s result',
      '/v1/messages',
      {
        max_tokens: 9,
        messages: [
          { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'x', input: {} }] },
          {
            role: 'user',
            content: [
              {
                type: 'tool_result',
                tool_use_id: 't',
                content: [
                  { type: 'text', text: a },
                  { type: 'text', text: b },
                ],
              },
            ],
          },
        ],
      },
    ],
    [
      'items of an input',
      '/v1/responses',
      {
        input: [
          {
            type: 'message',
            role: 'user',
            content: [
              { type: 'input_text', text: a },
              { type: 'input_text', text: b },
            ],
          },
        ],
      },
    ],
    ['invisible characters', '/v1/messages', { max_tokens: 9, messages: [{ role: 'user', content: [...TOKEN].join('\u200b') }] }],
    [
      'escapes',
      '/v1/chat/completions',
      `{"model":"MODEL","messages":[{"role":"user","content":"${[...TOKEN].map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join('')}"}]}`,
    ],
  ])('%s does not leave', async (_, path, body) => {
    for (const { name } of upstreamDialects) {
      const from = up.seen.length;
      const sent = typeof body === 'string' ? body.replace('MODEL', `${name}/fake`) : { model: `${name}/fake`, ...body };
      await post(started.url + path, sent);
      expect(up.seen.length).toBeGreaterThan(from);
      for (const { body: received } of up.seen.slice(from)) {
        expect(received).not.toContain(b);
        expect(received.replaceAll('\u200b', '').replaceAll('\\u200b', '')).not.toContain(CORE);
      }
    }
  });
});
