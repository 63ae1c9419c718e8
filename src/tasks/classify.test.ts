import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { dialects } from '../dialects/index.ts';
import type { Block } from '../protocol/block.ts';
import type { Prompt, Turn } from '../protocol/prompt.ts';
import { classify } from './classify.ts';
import { WEIGHED } from './model.ts';
import { bare, endsOf, questionOf } from './question.ts';
import { TASKS } from './task.ts';

const FIXTURES = new URL('fixtures/', import.meta.url);

interface Fixture {
  name: string;
  system?: string;
  /** Texts of the last turn. */
  user: string[];
  tools?: string[];
  class: string;
  cue?: string;
}

const text = (said: string): Block => ({ kind: 'text', text: said });
const says = (...said: string[]): Turn => ({ role: 'user', blocks: said.map(text) });

function prompt(turns: Turn[], more: Partial<Prompt> = {}): Prompt {
  return { dialect: 'any', model: 'auto', stream: true, turns, tools: [], sampling: {}, ...more };
}

const tool = (name: string) => ({ kind: 'function' as const, name });

for (const file of readdirSync(FIXTURES))
  describe(file, () => {
    const fixtures: Fixture[] = JSON.parse(readFileSync(new URL(file, FIXTURES), 'utf8'));
    test.each(fixtures.map((fixture) => [fixture.name, fixture] as const))(
      '%s',
      (_, { system, user, tools = [], class: expected, cue }) => {
        const turns = system === undefined ? [] : [{ role: 'system' as const, blocks: [text(system)] }];
        const task = classify(questionOf(prompt([...turns, says(...user)], { tools: tools.map(tool) })));
        expect(task.class).toBe(expected);
        if (cue) expect(task.evidence).toContain(cue);
      },
    );
  });

const call: Turn = { role: 'assistant', blocks: [{ kind: 'tool-call', id: '1', name: 'Bash', input: 'json', arguments: '{}' }] };
const failed: Turn = {
  role: 'user',
  blocks: [{ kind: 'tool-result', id: '1', input: 'json', content: [text('Review: nothing.')], error: true }],
};

test('an agent keeps the class of its task over its steps, and failures make it harder', () => {
  const asked = says('write unit tests for the cart');
  const first = classify(questionOf(prompt([asked])));
  const later = classify(questionOf(prompt([asked, call, failed, call, failed])));
  expect(later.class).toBe('testing');
  expect(later.evidence).toContain('agent step 2');
  expect(later.complexity).toBeGreaterThan(first.complexity);
});

test('"go on" continues the work that was asked for before', () => {
  const turns = [says('refactor the parser into smaller functions'), call, failed, says('continue please')];
  expect(classify(questionOf(prompt(turns))).class).toBe('refactoring');
});

test("a tool's words beside its result, and its picture in a turn of its own, are no new task", () => {
  const brought: Turn = { role: 'user', blocks: [{ kind: 'tool-result', id: '1', input: 'json', content: [] }, text('Tool loaded.')] };
  const turns = [says('write unit tests for the cart'), call, brought, call, says('Attached image(s) from tool result:')];
  expect(classify(questionOf(prompt(turns))).class).toBe('testing');
});

test('what real tools send is known by what a person asked in it', () => {
  const classOf = (name: string, fixture: string) => {
    const dialect = dialects.find((one) => one.name === name)!;
    const request = JSON.parse(readFileSync(new URL(`../dialects/${name}/fixtures/${fixture}/request.json`, import.meta.url), 'utf8'));
    const body = request.body ?? request;
    return classify(questionOf(dialect.accept({ path: '/v1/any', query: new URLSearchParams(), headers: {}, body }))).class;
  };
  expect(classOf('openai-responses', 'codex-first')).toBe('testing');
  expect(classOf('openai-responses', 'codex-second')).toBe('testing');
  expect(classOf('anthropic', 'claude-code-first')).toBe('testing');
  expect(classOf('anthropic', 'claude-code-second')).toBe('testing');
  expect(classOf('openai-chat', 'qwen-code-second')).toBe('code_generation');
});

test('probabilities are of all classes and sum to one; doubt is said', () => {
  const { probabilities, class: task, unsure } = classify(questionOf(prompt([says('Zork blah quux?')])));
  expect(probabilities).toHaveLength(TASKS.length);
  expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 2);
  expect(Math.max(...probabilities)).toBe(probabilities[TASKS.indexOf(task)]);
  expect(unsure).toBe(true);
  expect(classify(questionOf(prompt([says('fix the error in this code')]))).unsure).toBe(false);
});

test('doors decide before words', () => {
  expect(classify(bare('embedding', 12))).toMatchObject({ class: 'embedding', complexity: 0, unsure: false });
  expect(classify(questionOf(prompt([says('write a poem')], { rest: { suffix: 'x' } }))).class).toBe('completion');
});

test('needs are those of the request', () => {
  const image: Block = { kind: 'media', media: 'image', source: { from: 'url', url: 'https://example.com/a.png' } };
  const task = classify(
    questionOf(prompt([{ role: 'user', blocks: [text('what is this'), image] }], { tools: [tool('Read')], output: { kind: 'json' } })),
  );
  expect(task.needs).toEqual({ tools: true, vision: true, json: true, longContext: false });
  expect(classify(questionOf(prompt([says('word '.repeat(60_000))]))).needs.longContext).toBe(true);
});

test('no evidence holds what was said', () => {
  const { evidence } = classify(questionOf(prompt([says('fix hunter2 in the login of kontoauszug')])));
  expect(evidence.join(' ')).not.toMatch(/hunter2|kontoauszug/);
});

test('every class that is weighed can win', () => {
  const won = new Set<string>();
  for (const file of readdirSync(FIXTURES))
    for (const { user } of JSON.parse(readFileSync(new URL(file, FIXTURES), 'utf8')) as Fixture[])
      won.add(classify({ ...bare('chat', 10), said: endsOf(user.join('\n')) }).class);
  expect(WEIGHED.filter((name) => !won.has(name))).toEqual([]);
});

test('a million characters cost what a thousand do, and memory does not grow', () => {
  const question = questionOf(prompt([says('fix this error\n'.repeat(100_000))]));
  expect(question.said.head.length + question.said.tail.length).toBe(2000);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let at = 0; at < 500; at++) classify(question);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < 5000; at++) classify(question);
  collect();
  // 200 bytes a call that stay would be 200 MB in a million.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 5000);
});
