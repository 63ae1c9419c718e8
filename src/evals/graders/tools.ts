import { z } from 'zod';
import { ending, Missing, toolOf } from '../running/workbench.ts';
import { languageOf } from './checks.ts';
import { type Grader, ofParts } from './grader.ts';

const On = z.literal(true);

/** A grader that hands the answer's file to one of the language's tools. */
function byTool(kind: string, tool: 'syntax' | 'types' | 'lint', fails: string): Grader<true> {
  return {
    kind,
    schema: On,
    basis: 'execution',
    async grade(_, { case: it, files, path }, bench) {
      const language = languageOf(it);
      const found = await toolOf(bench, language);
      const argv = found[tool]?.(path);
      if (!argv) throw new Missing(`there is no tool here for ${kind} of ${language}`);
      const ran = await bench.sandbox.run({ argv, files: { ...found.files, ...files }, reads: found.reads, env: found.env });
      const said = `${ran.stdout}\n${ran.stderr}`
        .trim()
        .split('\n')
        .filter((line) => line.trim())
        .slice(0, 3);
      return ofParts(kind, [ran.code === 0 ? undefined : `${fails}: ${said.join(' | ').slice(0, 400) || ending(ran)}`]);
    },
  };
}

/** The file is read by its compiler or interpreter. */
export const compiles = byTool('compiles', 'syntax', 'it does not compile');
/** The type checker, strict, finds nothing. */
export const typechecks = byTool('types', 'types', 'types are wrong');
export const lints = byTool('lint', 'lint', 'the linter finds');

/** The answer is a patch (or replacements) that applies to the files. */
export const applies: Grader<true> = {
  kind: 'applies',
  schema: On,
  basis: 'execution',
  async grade(_, { extracted: { form, problems, files } }) {
    const isPatch = form === 'patch' || form === 'replacements';
    return ofParts(
      'applies',
      [isPatch ? problems[0] : 'the answer is no patch', Object.keys(files).length ? undefined : 'it changes no file'],
      { form },
    );
  },
};
