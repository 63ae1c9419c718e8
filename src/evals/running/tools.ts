import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { LANGUAGES, type Language } from '../case.ts';
import { programPath } from '../sandbox/isolate.ts';
import { SOLUTION } from './harness.ts';

const execute = promisify(execFile);

/** How programs of one language are run, checked and tested inside a sandbox. */
export interface Tool {
  version: string;
  /** Folders that must be readable inside. */
  reads: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Files that must lie beside the code. */
  files?: Readonly<Record<string, string>>;
  /** Work that is done once, when the language is first used. */
  prepare?(): Promise<unknown>;
  /** Runs the harness's file. */
  check(file: string): string[];
  /** Runs one file of tests; code 0 is well. */
  test(file: string): string[];
  /** Looks at a file without running it. */
  syntax(file: string): string[];
  /** Checks types, where the language has such a tool here. */
  types?(file: string): string[];
  lint?(file: string): string[];
  /** Runs one file of tests and prints how much of the others it reached. */
  coverage?(file: string): string[];
}

type Finder = () => Promise<Tool>;

/** Stands before a program that reads a file of tests and must have found some. */
const PYTHON_TESTS = `import importlib.util, inspect, sys, unittest
sys.path.insert(0, '.')
spec = importlib.util.spec_from_file_location('answer_tests', sys.argv[1])
it = importlib.util.module_from_spec(spec)
spec.loader.exec_module(it)
plain = [f for n, f in inspect.getmembers(it, inspect.isfunction) if n.startswith('test') and f.__module__ == 'answer_tests']
suite = unittest.defaultTestLoader.loadTestsFromModule(it)
suite.addTests(unittest.FunctionTestCase(f) for f in plain)
if suite.countTestCases() == 0: sys.exit('no tests in ' + sys.argv[1])
sys.exit(not unittest.TextTestRunner(stream=sys.stderr).run(suite).wasSuccessful())
`;

const PYTHON_COVERAGE = `import dis, importlib, os, sys, threading
hit = {}
def tracer(frame, event, arg):
    name = frame.f_code.co_filename
    if not name.startswith(os.getcwd()) or os.path.basename(name) in ('freehold_tests.py', os.path.basename(sys.argv[1])): return None
    def local(frame, event, arg):
        if event == 'line': hit.setdefault(name, set()).add(frame.f_lineno)
        return local
    return local(frame, 'line', arg)
sys.settrace(tracer)
try:
    exec(compile(open('freehold_tests.py').read(), 'freehold_tests.py', 'exec'))
except SystemExit as e:
    code = 0 if e.code in (None, 0, False) else 1
sys.settrace(None)
def lines(code):
    yield from (l for _, _, l in code.co_lines() if l)
    for c in code.co_consts:
        if hasattr(c, 'co_lines'): yield from lines(c)
for name in sorted(os.listdir('.')):
    if name.endswith('.py') and name not in ('freehold_tests.py', 'freehold_coverage.py', sys.argv[1]):
        every = set(lines(compile(open(name).read(), name, 'exec')))
        got = hit.get(os.path.join(os.getcwd(), name), set()) & every
        print('COVERED %s %d %d' % (name, len(got), len(every)))
sys.exit(code)
`;

const FINDERS: Readonly<Record<Language, Finder>> = {
  async typescript() {
    const node = process.execPath;
    const require = createRequire(import.meta.url);
    const found = (name: string) => {
      try {
        return dirname(require.resolve(`${name}/package.json`));
      } catch {
        return undefined;
      }
    };
    const compiler = found('typescript');
    const linter = found('@biomejs/biome');
    // What a tool's package runs lies beside it, in the same node_modules.
    const home = compiler && dirname(compiler);
    const run = [node, '--no-warnings', '--experimental-transform-types'];
    return {
      version: `Node ${process.version}${compiler ? '' : ', without the typescript package'}`,
      reads: [dirname(dirname(node)), ...(home ? [home] : [])],
      files: { 'package.json': '{"type":"module"}' },
      check: (file) => [...run, file],
      test: (file) => [...run, file],
      syntax: (file) => [node, '--no-warnings', '--experimental-transform-types', '--check', file],
      types: !compiler ? undefined : (file) => [node, join(compiler, 'bin', 'tsc'), ...TSC, file],
      lint: !linter ? undefined : (file) => [node, join(linter, 'bin', 'biome'), 'lint', '--error-on-warnings', file],
      coverage: (file) => [...run, '--test', '--experimental-test-coverage', '--test-reporter=lcov', file],
    };
  },
  async python() {
    const program = need('python3');
    const { stdout } = await execute(program, [
      '-c',
      'import sys; print(sys.executable, sys.base_prefix, sys.version.split()[0], sep="\\n")',
    ]);
    const [python, prefix, version] = stdout.trim().split('\n') as [string, string, string];
    return {
      version: `Python ${version}`,
      reads: [prefix],
      env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONHASHSEED: '0' },
      files: { 'freehold_tests.py': PYTHON_TESTS, 'freehold_coverage.py': PYTHON_COVERAGE },
      check: (file) => [python, file],
      test: (file) => [python, 'freehold_tests.py', file],
      syntax: (file) => [python, '-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])', file],
      lint: undefined,
      coverage: (file) => [python, 'freehold_coverage.py', file],
    };
  },
  async go() {
    const program = need('go');
    const { stdout } = await execute(program, ['env', 'GOROOT', 'GOVERSION']);
    const [root, version] = stdout.trim().split('\n') as [string, string];
    const go = join(root, 'bin', 'go');
    const cache = join(tmpdir(), `freehold-go-${process.getuid?.() ?? 0}-${version}`);
    let prepared: Promise<void> | undefined;
    const warm = ['sh', '-c', `cp -R ${cache}/. /tmp/cache && exec "$@"`, 'sh', go];
    return {
      version,
      reads: [root, cache],
      prepare: () => (prepared ??= fillGoCache(go, version, cache)),
      env: {
        GOROOT: root,
        GOCACHE: '/tmp/cache',
        GOTOOLCHAIN: 'local',
        GOFLAGS: '-mod=mod',
        GOPROXY: 'off',
        GOTELEMETRY: 'off',
        GOMAXPROCS: '2',
        CGO_ENABLED: '0',
      },
      files: { 'go.mod': `module answer\n\ngo ${/\d+\.\d+/.exec(version)?.[0] ?? '1.21'}\n` },
      check: () => [...warm, 'test', '-vet=off', '-count=1', '-run', '^TestFreehold$', '-v', '.'],
      test: () => [...warm, 'test', '-vet=off', '-count=1', '.'],
      syntax: () => [...warm, 'build', './...'],
      types: () => [...warm, 'build', './...'],
      lint: () => [...warm, 'vet', './...'],
      coverage: () => [...warm, 'test', '-vet=off', '-count=1', '-coverprofile=/tmp/cover', '.'],
    };
  },
  async shell() {
    need('bash');
    const checker = programPath('shellcheck', process.env['PATH']);
    return {
      version: 'bash',
      reads: [],
      check: (file) => ['bash', file],
      test: (file) => ['bash', file],
      syntax: (file) => ['bash', '-n', file],
      lint: checker ? (file) => [checker, '--severity=warning', '--shell=bash', file] : undefined,
    };
  },
};

/** Strict, without the types of Node, which are no part of the question. */
const TSC = [
  '--noEmit',
  '--strict',
  '--target',
  'es2024',
  '--module',
  'nodenext',
  '--allowImportingTsExtensions',
  '--skipLibCheck',
  '--types',
  '',
  '--ignoreConfig',
];

function need(name: string): string {
  const path = programPath(name, process.env['PATH']);
  if (!path) throw new Error(`${name} is not installed`);
  return path;
}

/** Standard packages compiled once by a trusted program; runs get a copy, so none can leave anything in it for the next. */
async function fillGoCache(go: string, version: string, cache: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-go-warm-'));
  try {
    const imports = [
      'bytes',
      'context',
      'encoding/json',
      'errors',
      'fmt',
      'io',
      'math',
      'os',
      'reflect',
      'sort',
      'strconv',
      'strings',
      'sync',
      'testing',
      'time',
      'unicode',
    ];
    writeFileSync(join(folder, 'go.mod'), `module warm\n\ngo ${/\d+\.\d+/.exec(version)?.[0] ?? '1.21'}\n`);
    writeFileSync(join(folder, SOLUTION.go), 'package main\n\nfunc main() {}\n');
    writeFileSync(join(folder, 'warm_test.go'), `package main\n\nimport (\n${imports.map((name) => `\t_ "${name}"\n`).join('')})\n`);
    if (existsSync(cache) && statSync(cache).uid !== process.getuid?.()) throw new Error(`${cache} belongs to somebody else; remove it`);
    if (!existsSync(cache)) {
      const env = {
        ...process.env,
        GOCACHE: `${folder}/cache`,
        GOTOOLCHAIN: 'local',
        GOFLAGS: '-mod=mod',
        CGO_ENABLED: '0',
        GOTELEMETRY: 'off',
      };
      await execute('nice', [go, 'test', '-vet=off', '-count=1', '.'], { cwd: folder, env });
      // Moved when whole, so that two at once do not read half of it.
      await execute('mv', ['-T', `${folder}/cache`, cache]).catch(() => undefined);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Looks for every language's tools on this machine. */
export async function findTools(): Promise<{ tools: Partial<Record<Language, Tool>>; missing: Partial<Record<Language, string>> }> {
  const tools: Partial<Record<Language, Tool>> = {};
  const missing: Partial<Record<Language, string>> = {};
  await Promise.all(
    LANGUAGES.map(async (language) => {
      try {
        tools[language] = await FINDERS[language]();
      } catch (error) {
        missing[language] = (error as Error).message.split('\n')[0]!;
      }
    }),
  );
  return { tools, missing };
}
