import type { Language } from '../case.ts';

/** Expressions of one language, to be worked out one after the other beside a file of that language. */
export interface Program {
  language: Language;
  /** The file whose names the expressions use. */
  path: string;
  /** Code before the expressions: test doubles, helper functions. */
  setup?: string;
  expressions: readonly string[];
  /**
   * Marks the harness's own lines, so that nothing the code prints is taken for a result. It comes by stdin and is read before the code is
   * loaded, so that no file holds it; only for Go, whose tests have no stdin, it stands in the harness.
   */
  nonce: string;
}

/** A program of one file and how to call it; `{file}` in the argv is its path. */
export interface Harness {
  file: string;
  text: string;
}

/** What an expression came to, as JSON, or why it came to nothing. */
export type Outcome = { value: unknown } | { error: string };

/** Where a bare block of code goes, when the case does not say. */
export const SOLUTION: Readonly<Record<Language, string>> = {
  typescript: 'solution.ts',
  python: 'solution.py',
  go: 'solution.go',
  shell: 'solution.sh',
};

const q = (text: string) => JSON.stringify(text);

function typescript({ path, setup = '', expressions }: Program): Harness {
  const lines = expressions.map(
    (one, at) =>
      `try { __say(${at}, '=' + (JSON.stringify(await (${one})) ?? 'null')); } catch (e) { __say(${at}, '!' + (e instanceof Error ? e.name + ': ' + e.message : String(e))); }`,
  );
  const text = `import { readFileSync as __read, writeSync as __write } from 'node:fs';
const __nonce = __read(0, 'utf8').trim();
const __exit = process.exit.bind(process);
const __say = (at, text) => __write(1, '\\n' + __nonce + ' ' + at + ' ' + text.replaceAll('\\n', '\\\\n') + '\\n');
try { const it = await import(${q(`./${path}`)}); for (const name of Object.keys(it)) globalThis[name === 'default' ? 'solution' : name] = it[name]; }
catch (e) { __say('load', '!' + (e instanceof Error ? e.name + ': ' + e.message : String(e))); __exit(1); }
${setup}
${lines.join('\n')}
__exit(0);
`;
  return { file: 'freehold-checks.mts', text };
}

function python({ path, setup = '', expressions }: Program): Harness {
  const at = path.lastIndexOf('/');
  const text = `import json, os, sys
_nonce = sys.stdin.readline().strip()
_out = os.fdopen(os.dup(1), 'w')
def _say(at, text):
    sys.stdout.flush()
    _out.write('\\n%s %s %s\\n' % (_nonce, at, text.replace('\\n', '\\\\n')))
    _out.flush()
def _plain(value):
    if isinstance(value, (set, frozenset)): return sorted(value)
    if isinstance(value, bytes): return value.decode('utf8', 'replace')
    if hasattr(value, '__dict__'): return vars(value)
    if hasattr(value, '__iter__'): return list(value)
    return repr(value)
_scope = {'__name__': 'checks'}
try:
    sys.path.insert(0, ${q(at < 0 ? '.' : path.slice(0, at))})
    _it = __import__(${q(path.slice(at + 1).replace(/\.py$/, ''))})
    _scope.update({k: v for k, v in vars(_it).items() if not k.startswith('__')})
    exec(${q(setup)}, _scope)
except BaseException as e:
    _say('load', '!%s: %s' % (type(e).__name__, e))
    os._exit(1)
for _at, _one in enumerate(${JSON.stringify(expressions)}):
    try:
        _say(_at, '=' + json.dumps(eval(_one, _scope), default=_plain))
    except BaseException as e:
        _say(_at, '!%s: %s' % (type(e).__name__, e))
_out.flush()
os._exit(0)
`;
  return { file: 'freehold_checks.py', text };
}

/** Packages whose functions a check may name without importing them. */
const GO_PACKAGES = ['strings', 'errors', 'sort', 'time', 'strconv', 'sync', 'context', 'bytes', 'math', 'io'];

function go({ setup = '', expressions, nonce }: Program): Harness {
  const code = `${setup}\n${expressions.join('\n')}`;
  const imports = ['encoding/json', 'fmt', 'os', 'testing', ...GO_PACKAGES.filter((name) => new RegExp(`\\b${name}\\.`).test(code))];
  const lines = expressions.map((one, at) => `\tfreeholdCheck(${at}, func() any { return ${one} })`);
  const text = `package {package}

import (
${imports.map((name) => `\t${q(name)}`).join('\n')}
)

func freeholdCheck(at int, work func() any) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(os.Stdout, "\\n${nonce} %d !panic: %s\\n", at, fmt.Sprint(r))
		}
	}()
	value := work()
	if err, is := value.(error); is {
		value = err.Error()
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(os.Stdout, "\\n${nonce} %d =%s\\n", at, text)
}

// both is a value and the text of its error, null when there is none.
func both[A any](value A, err error) []any {
	if err != nil {
		return []any{value, err.Error()}
	}
	return []any{value, nil}
}

${setup}

func TestFreehold(t *testing.T) {
	_ = both[int]
${lines.join('\n')}
}
`;
  return { file: 'freehold_checks_test.go', text };
}

function shell({ path, setup = '', expressions }: Program): Harness {
  const lines = expressions.map(
    (one, at) => `__out=$( { ${one}\n} ; __code=$?; printf x; exit $__code ); __code=$?
if [ $__code = 0 ]; then __say ${at} "=$(printf %s "\${__out%x}" | base64 -w 0)"; else __say ${at} "!exit $__code"; fi`,
  );
  const text = `read -r __nonce
__say() { printf '\\n%s %s %s\\n' "$__nonce" "$1" "$2" >&3; }
exec 3>&1
run() { bash ${path} "$@" 3>&-; }
bash -n ${path} 2>/dev/null || { __say load '!syntax error'; exit 1; }
${setup}
${lines.join('\n')}
`;
  return { file: 'freehold-checks.sh', text };
}

const BUILD: Readonly<Record<Language, (program: Program) => Harness>> = { typescript, python, go, shell };

/** Builds the program that works expressions out. Pure. */
export function harness(program: Program): Harness {
  return BUILD[program.language](program);
}

/**
 * Reads a harness's output. @param ended why the run ended before its end, if it did
 * @returns one outcome an expression; an expression that was never reached is an error too
 */
export function outcomes(stdout: string, { expressions, nonce, language }: Program, ended: string): Outcome[] {
  const found = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    if (!line.startsWith(`${nonce} `)) continue;
    const [, at, rest] = /^\S+ (\S+) (.*)$/.exec(line) ?? [];
    // The first says what was; a later one with the same mark was printed by the code, which has read the harness.
    if (at !== undefined && !found.has(at)) found.set(at, rest!);
  }
  const load = found.get('load');
  return expressions.map((_, at) => {
    const said = found.get(String(at)) ?? load ?? `!${ended}`;
    if (said.startsWith('!')) return { error: said.slice(1) };
    try {
      const text = said.slice(1);
      return {
        value: language === 'shell' ? Buffer.from(text, 'base64').toString('utf8').replace(/\n$/, '') : (JSON.parse(text) as unknown),
      };
    } catch {
      return { error: 'it printed what only the harness prints' };
    }
  });
}
