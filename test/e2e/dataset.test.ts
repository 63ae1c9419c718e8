import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../src/cli/fixtures/shell.ts';
import { dialects } from '../../src/dialects/index.ts';
import { exampleSchema } from '../../src/evals/dataset/example.ts';
import type { Manifest } from '../../src/evals/dataset/manifest.ts';
import { contentList } from '../../src/http/contract.ts';
import type { Prompt } from '../../src/protocol/prompt.ts';
import type { Reply } from '../../src/protocol/reply.ts';
import { post } from '../fake/call.ts';
import { breaksAt, given, requestTo, restOf, says, streamOf } from '../fake/model.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { FakeUpstream, type Script } from '../fake/upstream.ts';

/** What must be in no file: a token as a code host gives it out, a card number, a mail address. */
const TOKEN = 'ghp_R7kP2mX9qT4vW8nB3cL6zD1fH5jS0aYeU2iO';
const CARD = '4111 1111 1111 1111';
const MAIL = 'jane.roe@acme-widgets.com';

const chat = dialects.find(({ doors }) => doors.includes('/v1/chat/completions'))!;

/** What the models here answer: to a wish for a call a call, and else a text that says what was asked. */
function answer(prompt: Prompt): Reply {
  const last = prompt.turns
    .at(-1)!
    .blocks.map((block) => (block.kind === 'text' ? block.text : ''))
    .join(' ');
  if (last.includes('call the tool'))
    return {
      blocks: [
        { kind: 'text', text: 'I look.' },
        {
          kind: 'tool-call',
          id: 'call_1',
          name: 'look',
          input: 'json',
          arguments: JSON.stringify({ token: TOKEN, card: 4111111111111111 }),
        },
      ],
      finish: { reason: 'tool-calls' },
      usage: { input: 5, output: 5 },
    };
  if (last.includes('be short'))
    return { blocks: [{ kind: 'text', text: 'Cut o' }], finish: { reason: 'length' }, usage: { input: 1, output: 1 } };
  return { blocks: [{ kind: 'text', text: `So: ${last}` }], finish: { reason: 'stop' }, usage: { input: 5, output: 5 } };
}

/** What was asked last, as the model reads it. */
function requestedIn(body: string): Prompt {
  return chat.accept({ path: chat.doors[0]!, query: new URLSearchParams(), headers: {}, body: JSON.parse(body) as unknown });
}

let up: FakeUpstream;
let away: FakeUpstream;
let started: Started;
let folder: string;
let sent = 0;

const models = { 'qwen3-coder': null, 'home-grown': null };
const providers = () => ({
  box: { dialect: chat.name, url: up.url, zone: 'own', models },
  far: { dialect: chat.name, url: away.url, zone: 'vendor', models: { frontier: null } },
});

async function ask(path: string, body: object, headers: Record<string, string> = {}): Promise<void> {
  const { status, text } = await post(started.url + path, body, headers);
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  sent++;
}

const say = (role: string, content: string) => ({ role, content });
const talk = (model: string, messages: object[], session?: string, more: object = {}) =>
  ask('/v1/chat/completions', { model, messages, ...more }, session === undefined ? {} : { 'x-freehold-session': session });

/** Exports with these options. */
async function exported(...options: string[]): Promise<{ code: number; out: string; err: string; dir: string; manifest: Manifest }> {
  const dir = mkdtempSync(join(folder, 'out-'));
  const ran = await runs(['export', 'dataset', '--url', started.url, '-c', join(folder, 'freehold.yaml'), '--out', dir, ...options]);
  const file = join(dir, 'manifest.json');
  return { ...ran, dir, manifest: existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined };
}

const linesOf = (dir: string, file: string): unknown[] =>
  readFileSync(join(dir, file), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const examplesOf = (dir: string) =>
  ['train', 'valid', 'test'].flatMap((part) => linesOf(dir, `${part}.jsonl`).map((one) => exampleSchema.parse(one)));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-dataset-'));
  const whole = says(chat, (prompt) => restOf(answer(prompt), given(prompt)));
  const half: Script = (response, seen) => {
    if (!seen.body.includes('break off')) return whole(response, seen);
    const bytes = streamOf(chat, answer({ ...requestedIn(seen.body) }));
    return breaksAt(chat, bytes.subarray(0, bytes.length >> 1), 'cut')(response, seen);
  };
  up = await FakeUpstream.start(half);
  away = await FakeUpstream.start(whole);
  const file = {
    providers: providers(),
    store: { content: true },
    aliases: { either: ['box/qwen3-coder', 'far/frontier'] },
    egress: { words: { codenames: ['bluebird'] } },
  };
  writeFileSync(join(folder, 'freehold.yaml'), JSON.stringify(file));
  started = await startGateway({ ...file, data: join(folder, 'data') });

  // Every dialect that clients speak, whole and streamed.
  for (const dialect of dialects)
    for (const stream of [false, true]) {
      // Words that no other has: what is nearly the same would be left out.
      const own = Array.from({ length: 30 }, (_, at) => `${dialect.name.replaceAll('-', '')}${stream}${at}`).join(' ');
      const text = `Please call the tool: ${own}. Mail ${MAIL}.`;
      const { path, body } = requestTo(dialect, 'box/qwen3-coder', stream, ['look'], text);
      await ask(path, body);
    }
  // A conversation that grows: its beginning is part of its end.
  const first = [say('system', 'Be good.'), say('user', `what does the card ${CARD} of bluebird mean?`)];
  await talk('box/qwen3-coder', first, 'one');
  const second = [...first, say('assistant', `So: what does the card ${CARD} of bluebird mean?`), say('user', 'and then?')];
  await talk('box/qwen3-coder', second, 'one');
  // The vendor began this one, and its answer is in the next prompt.
  await talk('far/frontier', [say('user', 'what is a monad, in full?')], 'two');
  const gone = [
    say('user', 'what is a monad, in full?'),
    say('assistant', 'So: what is a monad, in full?'),
    say('user', 'once more with feeling'),
  ];
  await talk('box/qwen3-coder', gone, 'two');
  // An answer that nobody here gave.
  await talk(
    'box/qwen3-coder',
    [say('user', 'hello there'), say('assistant', 'Invented elsewhere.'), say('user', 'go on with it')],
    'three',
  );
  // Twice the same, and nearly.
  const long =
    'explain how the scheduler of this service decides which of its queued jobs goes next when two of them have the same priority, where its tests are, who may change them, what happens when a worker dies in the middle of one, and how an operator sees from outside which of the jobs wait and for what';
  for (const [at, text] of [long, long, `${long} now`].entries()) await talk('box/qwen3-coder', [say('user', text)], `same ${at}`);
  await talk('box/home-grown', [say('user', 'what are you?')], 'four');
  await talk('box/qwen3-coder', [say('user', 'please be short')], 'five');
  await ask(
    '/v1/chat/completions',
    { model: 'box/qwen3-coder', messages: [say('user', 'a case of an evaluation')] },
    { 'user-agent': 'freehold-eval/1' },
  );
  // One model begins an answer and breaks off, another goes on with it.
  await talk('either', [say('user', 'please break off in the middle of what you say about the long history of the abacus')], 'six', {
    stream: true,
  });
  for (let tries = 0; ; tries++) {
    const page = await fetch(`${started.url}/admin/api/contents?limit=500`);
    if (contentList.parse(await page.json()).contents.length === sent) break;
    if (tries > 200) throw new Error('the rows did not come');
    await new Promise((resume) => setTimeout(resume, 25));
  }
});
afterAll(async () => {
  await started.gateway.close();
  await Promise.all([up.stop(), away.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

describe('a data set', () => {
  it('holds what may be learned from, once, whole, and says what was left out and why', async () => {
    const { code, out, dir, manifest } = await exported();
    expect(code).toBe(0);
    const examples = examplesOf(dir);
    // Ten of the dialects, the conversation that grew, and the one of three that are nearly the same.
    expect(examples).toHaveLength(dialects.length * 2 + 2);
    expect(manifest.examples).toBe(examples.length);
    expect(manifest.left_out).toEqual({
      'it is the beginning of a longer conversation that is there': 1,
      'an earlier answer in it is of a model whose answers may not be learned from': 1,
      'whose answers the earlier ones in it are is not on record': 1,
      'nearly the same stands there already': 1,
      'the same stands there already': 1,
      'its answer ended for another reason than that it was finished': 1,
      'several models wrote its answer': 1,
      'it is work of Freehold itself: an evaluation, a shadow': 1,
      'nobody said that answers under a licence that is not known here may be learned from': 1,
      'nobody said that answers under terms of a vendor that is not known here may be learned from': 1,
    });
    expect(manifest.read).toBe(sent);
    const left = Object.values(manifest.left_out).reduce((sum, count) => sum + count, 0);
    expect(left + manifest.examples).toBe(sent);
    expect(manifest.sources).toEqual([
      expect.objectContaining({ address: 'box/qwen3-coder', right: 'clear', under: 'Apache-2.0', agreed: false }),
    ]);
    expect(out).toContain('Apache-2.0');
    expect(readdirSync(dir).sort()).toEqual(['index.jsonl', 'manifest.json', 'test.jsonl', 'train.jsonl', 'valid.jsonl']);
    expect(linesOf(dir, 'index.jsonl')).toHaveLength(examples.length);
    for (const { file, sha256, bytes } of Object.values(manifest.parts)) {
      const written = readFileSync(join(dir, file));
      expect([createHash('sha256').update(written).digest('hex'), written.length]).toEqual([sha256, bytes]);
    }
  });

  it('reads every dialect, whole and streamed, into the same form, which the official types allow', async () => {
    const { dir } = await exported();
    const made = examplesOf(dir).filter(({ tools }) => tools);
    expect(made).toHaveLength(dialects.length * 2);
    for (const { messages, tools } of made) {
      const typed: { messages: ChatCompletionMessageParam[]; tools: ChatCompletionTool[] } = { messages, tools: tools! };
      expect(typed.tools.map((tool) => (tool.type === 'function' ? tool.function.name : ''))).toEqual(['look']);
      const last = messages.at(-1)!;
      expect(last).toMatchObject({ role: 'assistant', content: 'I look.', tool_calls: [{ type: 'function', function: { name: 'look' } }] });
      const given: unknown = JSON.parse(last.role === 'assistant' ? last.tool_calls![0]!.function.arguments : '');
      expect(given).toMatchObject({ token: expect.stringMatching(/^fh-secret-/) });
    }
  });

  it('holds no secret, nothing of a person and none of the team’s own words, and the same placeholder within a conversation', async () => {
    const { dir, manifest } = await exported('--allow', '*');
    const all = readdirSync(dir)
      .map((file) => readFileSync(join(dir, file), 'utf8'))
      .join('\n');
    for (const canary of [TOKEN, TOKEN.slice(4, 20), CARD, CARD.replaceAll(' ', ''), MAIL, 'bluebird']) expect(all).not.toContain(canary);
    expect(Object.keys(manifest.redacted).length).toBeGreaterThanOrEqual(3);
    const grown = examplesOf(dir).find(({ messages }) => messages.some(({ content }) => content === 'and then?'))!;
    const placeholders = grown.messages.map(({ content }) => content?.match(/fh-[a-z]+-[a-z2-9]{12}/g) ?? []);
    expect(placeholders[1]).toEqual(placeholders[2]);
    expect(placeholders[1]!.length).toBeGreaterThan(0);
  });

  it('takes the team’s word on rights, and only the work it was asked for', async () => {
    const { manifest } = await exported('--allow', 'box/*', 'far/frontier');
    expect(manifest.sources.map(({ address, agreed }) => [address, agreed])).toContainEqual(['far/frontier', true]);
    const none = await exported('--repository', 'github.com/acme/*');
    expect(none.code).toBe(1);
    expect(none.manifest.left_out['its repository is not among those that may be in it']).toBeGreaterThan(5);
    const scored = await exported('--min-score', '0.9');
    expect(scored.manifest.left_out['nothing in it says how good it was']).toBeGreaterThan(5);
    expect(scored.manifest.examples).toBeGreaterThan(0);
  });

  it('does nothing over files that are there, and says what is wrong with an option', async () => {
    const dir = mkdtempSync(join(folder, 'full-'));
    writeFileSync(join(dir, 'mine.txt'), 'keep');
    const full = await runs(['export', 'dataset', '--url', started.url, '--out', dir]);
    expect([full.code, full.err]).toEqual([1, expect.stringContaining('is not empty; name another folder with --out')]);
    expect(readdirSync(dir)).toEqual(['mine.txt']);
    expect((await runs(['export', 'dataset', '--url', started.url, '--task', 'poetry'])).err).toContain(
      '--task: there is no class "poetry"',
    );
    expect((await runs(['export', 'dataset', '--url', started.url, '--min-score', 'high'])).err).toContain('--min-score');
  });

  it('needs no gateway that runs: the data folder is read as it lies there', async () => {
    const data = join(folder, 'closed');
    const file = { data, providers: providers(), store: { content: true } };
    const world = await startGateway(file);
    const body = { model: 'box/qwen3-coder', messages: [say('user', 'what is kept of this?')] };
    expect((await post(`${world.url}/v1/chat/completions`, body)).status).toBe(200);
    await world.gateway.close();
    // A port on which nothing answers.
    writeFileSync(join(folder, 'closed.yaml'), JSON.stringify({ ...file, server: { port: 9 } }));
    const out = join(folder, 'from-closed');
    const ran = await runs(['export', 'dataset', '-c', join(folder, 'closed.yaml'), '--out', out]);
    expect([ran.code, examplesOf(out).map(({ messages }) => messages[0]?.content)]).toEqual([0, ['what is kept of this?']]);
  });

  it('is refused where contents are not kept', async () => {
    const bare = await startGateway({ providers: providers(), data: join(folder, 'bare') });
    try {
      const { code, err } = await runs(['export', 'dataset', '--url', bare.url, '--out', join(folder, 'none')]);
      expect([code, err]).toEqual([1, expect.stringContaining('set store.content to true')]);
      expect(existsSync(join(folder, 'none'))).toBe(false);
    } finally {
      await bare.gateway.close();
    }
  });
});
