import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Suite } from '../evals/case.ts';
import { suiteNamed } from './eval-run.ts';
import type { Shell } from './shell.ts';

/** Where a team keeps its suite. */
const OWN = 'evals';

/** Suites by their names; where none is named, the built-in one, and ./evals where it is one. @throws SuiteError, or Error */
export function suitesOf(shell: Shell, named: readonly string[] | undefined): Suite[] {
  const isOwn = existsSync(join(resolve(shell.cwd, OWN), 'suite.yaml'));
  return (named ?? ['builtin', ...(isOwn ? [OWN] : [])]).map((name) => suiteNamed(shell, name));
}
