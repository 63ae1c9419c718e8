import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as run from '../src/dialects/contract/run.ts';
import { dialects } from '../src/dialects/index.ts';
import type { Dialect, Target } from '../src/protocol/dialect.ts';
import { type ErrorKind, GatewayError } from '../src/protocol/errors.ts';
import { fold } from '../src/protocol/fold.ts';
import { helping } from '../src/protocol/help.ts';
import { parseExact } from '../src/protocol/json.ts';
import type { KeptAnswer } from '../src/protocol/memory.ts';
import { type Note, printNote } from '../src/protocol/note.ts';
import type { FinishReason, Part } from '../src/protocol/part.ts';
import type { Prompt } from '../src/protocol/prompt.ts';
import type { Reply } from '../src/protocol/reply.ts';
import type { Usage } from '../src/protocol/usage.ts';
import { wireText } from '../src/protocol/well-formed.ts';
import { chance, packets } from './fake/packets.ts';
import { expectWanted, matches, type Wanted } from './fake/wanted.ts';

/**
 * Every case of the table of corner cases is here: as files that are run, as a test elsewhere that is named, as a part still to come,
 * or as one judged wrong. A new case is a new folder; `corner-cases/README.md` says what stands in it.
 */
const FOLDER = new URL('corner-cases/', import.meta.url);

interface WantedRequest extends Wanted {
  /** Pieces of notes that must be there. */
  notes?: string[];
  /** The request is refused with this kind of error: by `accept`, `ask`, or a note. */
  fault?: ErrorKind;
}

interface WantedAnswer extends Wanted {
  /** Frames of the stream that must come in this order, each as far as it is given. */
  stream?: object[];
  status?: number;
}

interface Case {
  about: string;
  target?: Omit<Partial<Target>, 'quirks'> & { quirks?: string[] };
  /** The client of `request.json`, and what upstreams of other dialects must get; `*` is every dialect but the client's own. */
  client?: string;
  path?: string;
  asked?: Record<string, WantedRequest>;
  /** The upstream of `stream.*`, `whole.json` and `error.json`. */
  upstream?: string;
  says?: {
    text?: string;
    thought?: string;
    calls?: [name: string, input: unknown][];
    finish?: FinishReason;
    stop?: string;
    fault?: ErrorKind;
    usage?: Partial<Usage>;
    notes?: string[];
  };
  /** Only where a whole answer cannot say the same as the stream. */
  wholeSays?: Case['says'];
  answered?: Record<string, WantedAnswer>;
}

const read = (path: string) => readFileSync(new URL(path, FOLDER));
const json = <T>(path: string): T => JSON.parse(read(path).toString('utf8')) as T;
const isThere = (path: string) => existsSync(new URL(path, FOLDER));
const folders = (under: string) =>
  readdirSync(new URL(under, FOLDER))
    .filter((name) => statSync(new URL(under + name, FOLDER)).isDirectory())
    .map((name) => `${under}${name}/`);
const cases = folders('')
  .flatMap((folder) => [folder, ...folders(folder)])
  .filter((folder) => isThere(`${folder}case.json`));

const named = (name: string): Dialect => {
  const dialect = dialects.find((one) => one.name === name);
  if (!dialect) throw new Error(`no dialect is called ${name}`);
  return dialect;
};
const targetOf = ({ target }: Case): Target => ({ ...run.TARGET, ...target, quirks: new Set(target?.quirks) });

function expectNotes(notes: readonly Note[], wanted: readonly string[], where: string): void {
  for (const piece of wanted) expect(notes.map(printNote).join('\n'), where).toContain(piece);
}

const asking = cases.filter((folder) => json<Case>(`${folder}case.json`).asked);
const answering = cases.filter((folder) => json<Case>(`${folder}case.json`).says);
const wantedOf = <W>(list: Record<string, W> | undefined, name: string): W | undefined => list?.[name];

/** The request, with what it continues in front of it where earlier answers are kept: as exchange/recall.ts does. */
function requestOf(folder: string, { memory }: Dialect): unknown {
  const body = json(`${folder}request.json`);
  if (!memory || !isThere(`${folder}kept.json`)) return body;
  const chain: KeptAnswer[] = [];
  for (const { input, response } of json<{ input: unknown; response: { id: string } }[]>(`${folder}kept.json`)) {
    const added = memory.complete({ input }, [], new Map()).input;
    chain.push(memory.keep(response, { id: response.id, previous: chain.at(-1)?.id }, added, 0));
  }
  const { previous, references } = memory.wish(body);
  const history = chain.slice(0, chain.findIndex(({ id }) => id === previous) + 1);
  if (previous !== undefined && history.length === 0) throw memory.unknown(previous);
  const found = references.map(({ id }) => [id, memory.item(chain.find(({ itemIds }) => itemIds.includes(id))!, id)] as const);
  return JSON.parse(memory.complete(body, history, new Map(found)).body.toString());
}

describe('what an upstream is asked', () => {
  test.each(asking)('%s', (folder) => {
    const one = json<Case>(`${folder}case.json`);
    const client = named(one.client!);
    const everyone = dialects.filter((dialect) => dialect !== client).map(({ name }) => name);
    const all = Object.entries(one.asked!).flatMap(([name, wanted]) =>
      (name === '*' ? everyone : [name]).map((to) => [to, wanted] as const),
    );
    expect(all.length).toBeGreaterThan(0);
    for (const [to, wanted] of all) {
      const where = `${folder} → ${to}`;
      const ask = () => {
        const prompt = client.accept(run.call(client, requestOf(folder, client), one.path));
        const { request, notes } = named(to).ask(prompt, targetOf(one));
        const refused = notes.find(({ action }) => action === 'refused');
        if (refused) throw new GatewayError('unsupported', printNote(refused));
        return { body: parseExact(wireText(request.body)), notes };
      };
      if (wanted.fault) {
        expect(ask, where).toThrow(expect.objectContaining({ kind: wanted.fault }));
        continue;
      }
      const { body, notes } = ask();
      expectWanted(body, wanted, where);
      expectNotes(notes, wanted.notes ?? [], where);
      // The same history is the same bytes, or no prompt cache would ever be hit.
      expect(JSON.stringify(ask().body), where).toBe(JSON.stringify(body));
    }
  });
});

/** What the client's exchange makes of the upstream's parts, as in exchange/translate.ts. */
function delivered(heard: readonly Part[], prompt: Prompt, target: Target): { parts: Part[]; notes: Note[] } {
  const notes: Note[] = [];
  const help = helping(prompt, target.quirks, notes);
  return { parts: run.inSequence(heard.flatMap((part) => help([part]))), notes };
}

/** The prompt that was asked, for answers that depend on it. */
function promptOf(folder: string, one: Case): Prompt {
  if (isThere(`${folder}request.json`))
    return named(one.client!).accept(run.call(named(one.client!), json(`${folder}request.json`), one.path));
  return run.promptWith(dialects[0]!, true);
}

function expectSaid(reply: Reply, says: NonNullable<Case['says']>, where: string): void {
  const of = (kind: 'text' | 'reasoning') => reply.blocks.map((block) => (block.kind === kind ? block.text : '')).join('');
  if (says.text !== undefined) expect(of('text'), where).toBe(says.text);
  if (says.thought !== undefined) expect(of('reasoning'), where).toBe(says.thought);
  if (says.calls) {
    const calls = reply.blocks.flatMap((block) => (block.kind === 'tool-call' ? [block] : []));
    expect(
      calls.map(({ name, arguments: text }) => [name, JSON.parse(text)]),
      where,
    ).toEqual(says.calls);
    const ids = calls.map(({ id }) => id);
    expect([new Set(ids).size, ids.every(Boolean)], `${where}: ids`).toEqual([ids.length, true]);
  }
  if (says.usage) expect(reply.usage, where).toMatchObject(says.usage);
  if (says.finish) expect([reply.error?.message, reply.finish?.reason], where).toEqual([undefined, says.finish]);
  if (says.stop) expect(reply.finish?.stop, where).toBe(says.stop);
  if (says.fault) expect([reply.error?.kind, reply.finish], where).toEqual([says.fault, undefined]);
}

/** Client dialects do not know every reason and every kind of error, nor all counts. */
const asRead = ({ finish, fault, text, thought, calls }: NonNullable<Case['says']>): NonNullable<Case['says']> => ({
  ...(fault ? {} : { text, thought, calls }),
  finish: finish === 'stop' || finish === 'length' || finish === 'tool-calls' ? finish : undefined,
});

function eventsOf(dialect: Dialect, text: string): unknown[] {
  return run.framesOf(dialect, [new TextEncoder().encode(text)]).map(({ data }) => (data.startsWith('{') ? JSON.parse(data) : data));
}

describe('what a client is answered', () => {
  test.each(answering)('%s', (folder) => {
    const one = json<Case>(`${folder}case.json`);
    const upstream = named(one.upstream!);
    const prompt = promptOf(folder, one);
    const target = targetOf(one);
    const hear = (bytes: Iterable<Uint8Array>): Part[] => {
      const hearing = upstream.hear(target);
      return [...run.framesOf(upstream, bytes).flatMap((frame) => hearing.frame(frame)), ...hearing.end()];
    };
    const tell = (heard: readonly Part[], says: NonNullable<Case['says']>, form: string) => {
      const { parts, notes } = delivered(heard, prompt, target);
      run.expectOrderly(parts);
      expectSaid(fold(parts), says, `${folder} ${form}`);
      expectNotes(notes, says.notes ?? [], `${folder} ${form}`);
      for (const client of dialects) {
        const where = `${folder} ${form} → ${client.name}`;
        const to = { ...run.promptWith(client, true, prompt.tools), streamUsage: true };
        const streamed = run.answerStream(client, to, parts);
        const again = run.replyOf(run.readBack(client, streamed.text));
        expectSaid(again, asRead(says), where);
        expect([again.error === undefined, again.finish === undefined], where).toEqual([!says.fault, Boolean(says.fault)]);
        const wanted = wantedOf(one.answered, client.name) ?? wantedOf(one.answered, '*');
        const events = eventsOf(client, streamed.text);
        let from = 0;
        for (const event of wanted?.stream ?? []) {
          const found = events.findIndex((value, place) => place >= from && matches(value, event));
          expect(found, `${where}: ${JSON.stringify(event)} in ${streamed.text}`).toBeGreaterThanOrEqual(0);
          from = found + 1;
        }
        for (const piece of wanted?.never ?? []) expect(streamed.text, where).not.toContain(piece);
        if (says.fault) continue;
        const { body } = run.answerWhole(client, { ...to, stream: false }, fold(parts));
        expectSaid(run.replyOf(run.hearWhole(client, body)), asRead(says), `${where} whole`);
        if (wanted) expectWanted(body, wanted, `${where} whole`);
      }
    };
    const stream = ['stream.sse', 'stream.ndjson'].find((file) => isThere(folder + file));
    expect([stream, isThere(`${folder}whole.json`) || undefined].some(Boolean), 'an answer').toBe(true);
    if (stream) {
      const bytes = read(folder + stream);
      const heard = hear([bytes]);
      tell(heard, one.says!, 'streamed');
      for (const largest of [1, 3, 20, 300]) {
        const split = hear(packets(bytes, largest, chance(largest)));
        const reply = (parts: readonly Part[]) => fold(delivered(parts, prompt, target).parts);
        expect(reply(split), `split by up to ${largest}`).toEqual(reply(heard));
      }
    }
    if (isThere(`${folder}whole.json`)) tell(upstream.hear(target).whole(json(`${folder}whole.json`)), one.wholeSays ?? one.says!, 'whole');
  });
});

const refusing = cases.filter((folder) => isThere(`${folder}error.json`));

describe('what a client is told of a refusal', () => {
  test.each(refusing)('%s', (folder) => {
    const one = json<Case & { kind: ErrorKind }>(`${folder}case.json`);
    const refusals = json<{ status: number; body: unknown; retryAfter?: number }[]>(`${folder}error.json`);
    for (const { status, body, retryAfter } of refusals) {
      const error = named(one.upstream!).fault.hear(status, body, retryAfter);
      expect(error.kind, JSON.stringify(body)).toBe(one.kind);
      if (retryAfter) expect(error.retryAfter).toBe(retryAfter);
      for (const client of dialects) {
        const wanted = wantedOf(one.answered, client.name) ?? wantedOf(one.answered, '*');
        const told = client.fault.answer(error, 'req_1');
        if (wanted?.status) expect(told.status, client.name).toBe(wanted.status);
        if (wanted) expectWanted(run.overWire(told.body), wanted, `${folder} → ${client.name}`);
      }
    }
  });
});

describe('the table', () => {
  const ids = json<{ source: string; ids: string[] }>('ids.json').ids;
  const covered = json<Record<string, string[]>>('covered.json');
  const later = json<Record<string, string>>('later.json');
  const exceptions = json<Record<string, string>>('exceptions.json');
  const fixtures = folders('').map((folder) => folder.slice(0, -1));

  test('has every case: run, to come, or judged wrong', () => {
    // What a file cannot show of a case is shown over a real connection as well.
    const tested = new Set([...fixtures, ...Object.keys(covered)]);
    const places = [...tested, ...Object.keys(later), ...Object.keys(exceptions)];
    expect(places.toSorted()).toEqual(ids.toSorted());
  });

  test('has no empty folder', () => {
    for (const id of fixtures)
      expect(
        cases.some((folder) => folder.startsWith(`${id}/`)),
        id,
      ).toBe(true);
    for (const folder of cases)
      expect(asking.includes(folder) || answering.includes(folder) || refusing.includes(folder), folder).toBe(true);
  });

  test.each(Object.entries(covered))('%s is tested where it is said to be', (_, places) => {
    expect(places.length).toBeGreaterThan(0);
    for (const place of places) {
      const [file, title] = [place.slice(0, place.indexOf(': ')), place.slice(place.indexOf(': ') + 2)];
      const code = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
      expect(title.length, place).toBeGreaterThan(3);
      expect(code, place).toContain(title);
    }
  });

  test('says why, of what is not run', () => {
    for (const why of [...Object.values(later), ...Object.values(exceptions)]) expect(why).toMatch(/.{12}/);
  });
});
