import type { Case, GraderSpec, Language } from '../case.ts';
import { letter } from '../graders/checks.ts';
import { type Edit, edited } from '../graders/compare.ts';
import type { Planted } from '../graders/review.ts';
import { SOLUTION } from '../running/harness.ts';
import { FIELDS, type Written } from './schema.ts';

/** Where tests go, when the case does not say. */
const TESTS: Readonly<Record<Language, string>> = {
  typescript: 'solution.test.ts',
  python: 'test_solution.py',
  go: 'solution_test.go',
  shell: 'solution.test.sh',
};

/**
 * Makes a case of what was written: shorthands become files, graders, a reference and wrong answers. Pure.
 * @throws Error whose message begins with the field at fault
 */
export function expand(written: Written): Case {
  const { code, asks, bugs, language } = written;
  const path = language && SOLUTION[language];
  if (code !== undefined && path === undefined) throw new Error('code: needs language, which names its file; or use files');
  const isTesting = written['mutants'] !== undefined || written['coverage'] !== undefined;
  const answer = written.answer ?? (isTesting ? language && TESTS[language] : path);
  const files = { ...(code !== undefined && { [path!]: code }), ...written.files };
  const base = { ...written, files, answer };
  if (asks) return foretell(base, asks);
  if (bugs) return reviewed(base, bugs);
  const graders = gradersOf(written);
  const reference = referenceOf(base);
  const unchanged = answer !== undefined && files[answer] !== undefined && reference !== undefined ? [files[answer]] : [];
  const prompt = `${written.prompt.trimEnd()}${ending(answer, graders)}`;
  return whole({ ...base, prompt }, { graders, reference, wrong: [...unchanged, ...wrongOf(written, reference)] });
}

/** How the answer is to be given: said in every case alike, so that no case measures who guesses it. */
function ending(answer: string | undefined, graders: readonly GraderSpec[]): string {
  const kinds = graders.map(({ kind }) => kind);
  if (kinds.includes('applies')) return '\n\nReply with a unified diff in one code block.';
  if (answer === undefined || kinds.some((kind) => ['json', 'exact', 'number'].includes(kind))) return '';
  return `\n\nReply with one code block that holds the whole file ${answer}.`;
}

type Base = Written;

function whole(base: Base, made: Pick<Case, 'graders' | 'reference' | 'wrong'> & { files?: Record<string, string> }): Case {
  const { id, task, language, level, prompt, files, answer, setup } = base;
  return { id, task, language, level, prompt, files, answer, setup, ...made };
}

/** Keys that are no fields name graders. */
function gradersOf(written: Written): GraderSpec[] {
  const short = Object.entries(written)
    .filter(([key]) => !(key in FIELDS))
    .map(([kind, settings]) => ({ kind, settings }));
  return [
    ...short,
    ...written.graders.map(({ kind, ...settings }) => ({ kind, settings: 'settings' in settings ? settings['settings'] : settings })),
  ];
}

function referenceOf({ reference, fix, files, answer }: Base): string | undefined {
  if (!fix) return reference;
  const code = answer === undefined ? undefined : files[answer];
  if (code === undefined) throw new Error('fix: there is no code to be fixed; give code');
  return at('fix', () => edited(code, fix));
}

function wrongOf({ wrong }: Written, reference: string | undefined): string[] {
  return wrong.map((one, n) => {
    if (typeof one === 'string') return one;
    if (reference === undefined) throw new Error(`wrong.${n}: edits need a reference`);
    return at(`wrong.${n}`, () => {
      const result = 'drop' in one ? dropped(reference, one.drop) : edited(reference, 'edits' in one ? one.edits : [one]);
      if (result === reference) throw new Error('changes nothing');
      return result;
    });
  });
}

function dropped(text: string, pattern: string): string {
  const gone = new RegExp(pattern);
  return text
    .split('\n')
    .filter((line) => !gone.test(line))
    .join('\n');
}

function at<T>(field: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${field}: ${(error as Error).message}`, { cause: error });
  }
}

function foretell(base: Base, asks: NonNullable<Written['asks']>): Case {
  const questions = asks.map(({ ask, expression }, n) => `${letter(n)}: ${ask ?? `What does \`${expression}\` come to?`}`);
  const answers = Object.fromEntries(asks.map(({ is }, n) => [letter(n), is]));
  const form = `Explain in a few sentences how the code works, then answer:\n${questions.join('\n')}\n\nEnd with one JSON object in a code block, with the keys ${asks.map((_, n) => `"${letter(n)}"`).join(', ')}. Give values as JSON, and "error" for a call that fails.`;
  const say = (values: Record<string, unknown>) => `It works as written.\n\n\`\`\`json\n${JSON.stringify(values)}\n\`\`\`\n`;
  const settings = asks.map(({ ask, expression, is }) => ({ ask: ask ?? expression, expression, is }));
  return whole(
    { ...base, prompt: `${base.prompt.trimEnd()}\n\n${form}` },
    {
      graders: [{ kind: 'predict', settings }, ...gradersOf(base)],
      reference: base.reference ?? say(answers),
      wrong: [
        ...asks.flatMap(({ not }, n) => not.map((value) => say({ ...answers, [letter(n)]: value }))),
        ...wrongOf(base, base.reference),
      ],
    },
  );
}

function reviewed(base: Base, bugs: NonNullable<Written['bugs']>): Case {
  const { files, answer, prompt, falseAlarms } = base;
  const right = answer === undefined ? undefined : files[answer];
  if (right === undefined) throw new Error('bugs: there is no code to plant them in; give code');
  const planted = at('bugs', () => edited(right, bugs));
  const found: Planted[] = bugs.map(({ replace, by, problem, words, proof }) => ({
    line: lineOf(right, { replace, by }, bugs),
    problem,
    words,
    proof,
    alone: edited(right, [{ replace, by }]),
  }));
  const numbered = planted
    .trimEnd()
    .split('\n')
    .map((line, n) => `${String(n + 1).padStart(3)} ${line}`);
  const form =
    'Review this code. Report real defects only: no style, no wishes. Reply with a JSON array in one code block; each element is {"line": number, "problem": "what goes wrong, and when"}.';
  const list = (findings: { line: number; problem: string }[]) => `\`\`\`json\n${JSON.stringify(findings)}\n\`\`\`\n`;
  const said = found.map(({ line, problem }) => ({ line, problem }));
  const code = planted.split('\n').flatMap((line, n) => (/\w/.test(line) ? [n + 1] : []));
  const reference = base.reference ?? list(said);
  // Complaining of every line is only seen to be wrong where there are lines far from any mistake.
  const far = code.filter((line) => found.every((bug) => Math.abs(bug.line - line) > 1)).length > (falseAlarms ?? 1);
  return whole(
    {
      ...base,
      prompt: `${prompt.trimEnd()}\n\n${form}\n\n${answer}, with line numbers:\n\`\`\`\n${numbered.join('\n')}\n\`\`\``,
      files: {},
    },
    {
      graders: [
        { kind: 'review', settings: { bugs: found, right, ...(falseAlarms !== undefined && { falseAlarms }) } },
        ...gradersOf(base),
      ],
      reference,
      wrong: [
        list([]),
        list([...said.slice(1), { line: said[0]!.line, problem: 'A clearer name would be good here.' }]),
        ...(!far
          ? []
          : [list(code.map((line) => ({ line, problem: `Line ${line} may be wrong: ${found.map(({ problem }) => problem).join(' ')}` })))]),
        ...wrongOf(base, reference),
      ],
    },
  );
}

/** The line of a planted mistake in the planted code: the first that it changes, or the one after what it took away. */
function lineOf(right: string, { replace, by }: Edit, all: readonly Edit[]): number {
  const breaks = (text: string) => text.split('\n').length - 1;
  const start = right.indexOf(replace);
  const [old, fresh] = [replace.split('\n'), by.split('\n')];
  const first = by.trim() ? fresh.findIndex((line, n) => line !== old[n]) : 0;
  const moved = all.filter((one) => right.indexOf(one.replace) < start).reduce((sum, one) => sum + breaks(one.by) - breaks(one.replace), 0);
  return breaks(right.slice(0, start)) + 1 + Math.max(0, first) + moved;
}
