import { z } from 'zod';
import { blocks } from '../extract.ts';
import { ending, evaluate, toolOf } from '../running/workbench.ts';
import { languageOf } from './checks.ts';
import { same, shown } from './compare.ts';
import { type Grader, ofParts } from './grader.ts';

const Examples = z.int().positive();

/** One example in documentation: what is called and what it is said to come to. */
export interface Example {
  /** Statements before it in the same example. */
  before: string[];
  call: string;
  /** As written. */
  says: string;
}

/**
 * Documentation whose examples are run: doctests (`>>>`) for Python, `call // => value` for TypeScript, `$ command` and its output for shell.
 * The setting is how many there must be.
 */
export const examples: Grader<number> = {
  kind: 'examples',
  schema: Examples,
  basis: 'execution',
  async grade(least, { case: it, files, path }, bench) {
    const language = languageOf(it);
    const text = files[path] ?? '';
    if (language === 'python') return doctests(least, files, path, bench);
    const found = language === 'shell' ? shellExamples(text) : scriptExamples(text);
    // Documentation apart from the code documents the file that came with the case.
    const code = path.endsWith('.md') ? Object.keys(it.files).find((one) => one !== path) : path;
    if (code === undefined) throw new Error(`The case ${it.id} documents a file and has none; put it under files`);
    const few = found.length < least ? `${found.length} examples, of ${least} at least` : undefined;
    if (found.length === 0) return ofParts('examples', [few]);
    const expressions = found.flatMap(({ before, call, says }) =>
      language === 'shell' ? [call] : [wrapped(before, call), /^throws\b/i.test(says) ? 'null' : `(${says})`],
    );
    const came = await evaluate(bench, { language, files, path: code, setup: it.setup, expressions });
    const parts = found.map(({ call, says }, at) => {
      const real = came[language === 'shell' ? at : 2 * at]!;
      if (language === 'shell') {
        const output = 'value' in real ? String(real.value).trimEnd() : real.error;
        return output === says.trimEnd() ? undefined : `"${call}" prints ${shown(output)}, not ${shown(says)}`;
      }
      if (/^throws\b/i.test(says)) return 'error' in real ? undefined : `${call} is said to throw and does not`;
      const said = came[2 * at + 1]!;
      if ('error' in real) return `${call} fails: ${real.error}`;
      if ('error' in said) return `"${says}" is no value`;
      return same(real.value, said.value) ? undefined : `${call} is ${shown(real.value)}, not ${says}`;
    });
    return ofParts('examples', [few, ...parts], { examples: found.length });
  },
};

function wrapped(before: readonly string[], call: string): string {
  return before.length ? `(async () => { ${before.join('\n')}\nreturn await (${call}); })()` : `(${call})`;
}

/** Examples in doc comments and fenced blocks: `call // => value`; lines of the same example before it are run first. */
export function scriptExamples(text: string): Example[] {
  const found: Example[] = [];
  let before: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/^\s*\/?\*+\/?\s?/, '').trim();
    if (/^(```|@|\/?\*\/|import\b|#)/.test(line) || line === '') {
      if (line !== '' && !line.startsWith('import')) before = [];
      continue;
    }
    const [, call, says] = /^(.*?);?\s*\/\/\s*(?:=>|→|->)\s*(.+?)\s*$/.exec(line) ?? [];
    const inDoc = /^\s*\*/.test(raw) || !/^\s*(export|function|const|let|return|if|for|}|\/\*)/.test(raw);
    if (call && says) {
      const [, statement, name, value] = /^((?:const|let)\s+(\w+)\s*=\s*)(.+)$/.exec(call) ?? [];
      found.push({ before: [...before], call: value ?? call.replace(/^console\.log\((.*)\)$/, '$1').replace(/^await\s+/, ''), says });
      if (statement && name) before.push(`${call};`);
    } else if (inDoc && /[;)]$/.test(line) && /^[\w.]+[\s(.=]/.test(line) && !/\s(is|are|the)\s/.test(line)) before.push(line);
  }
  return found;
}

/** In fenced blocks: `$ command`, and below it what it prints, to the next command or the block's end. */
export function shellExamples(text: string): Example[] {
  return blocks(text).flatMap(({ text: body }) => {
    const found: Example[] = [];
    for (const line of body.replace(/\n$/, '').split('\n')) {
      const last = found.at(-1);
      if (line.startsWith('$ ')) found.push({ before: [], call: line.slice(2), says: '' });
      else if (last) last.says += `${last.says ? '\n' : ''}${line}`;
    }
    return found;
  });
}

const DOCTEST = `import doctest, importlib.util, json, os, sys
sys.path.insert(0, '.')
def load(path):
    spec = importlib.util.spec_from_file_location('documented', path)
    it = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(it)
    return it
path, code = sys.argv[1], sys.argv[2]
if path.endswith('.md'):
    scope = dict(vars(load(code)))
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(doctest.DocTestParser().get_doctest(open(path).read().replace(chr(96) * 3, ''), scope, path, path, 0))
    result = runner.summarize(verbose=False)
else:
    result = doctest.testmod(load(path))
print('DOCTESTS %d %d' % (result.attempted, result.failed))
`;

async function doctests(least: number, files: Readonly<Record<string, string>>, path: string, bench: Parameters<typeof toolOf>[0]) {
  const tool = await toolOf(bench, 'python');
  const code = path.endsWith('.md') ? (Object.keys(files).find((one) => one.endsWith('.py')) ?? path) : path;
  const ran = await bench.sandbox.run({
    argv: [...tool.check('freehold_doctests.py'), path, code],
    files: { ...tool.files, ...files, 'freehold_doctests.py': DOCTEST },
    reads: tool.reads,
    env: tool.env,
  });
  const [, attempted, failed] = /^DOCTESTS (\d+) (\d+)$/m.exec(ran.stdout)?.map(Number) ?? [];
  if (attempted === undefined) return ofParts('examples', [ending(ran)]);
  const wrong = Array.from(
    { length: failed! },
    (_, at) =>
      `example ${at + 1} that fails: ${(/^Expected:\n[\s\S]*?^Got:\n.*$/m.exec(ran.stdout)?.[0] ?? '').replace(/\s+/g, ' ').slice(0, 200)}`,
  );
  return ofParts(
    'examples',
    [
      attempted < least ? `${attempted} examples, of ${least} at least` : undefined,
      ...wrong,
      ...Array.from({ length: attempted - failed! }, () => undefined),
    ],
    { examples: attempted },
  );
}
