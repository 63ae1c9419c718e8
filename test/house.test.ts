import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  circles,
  dashboard,
  dependencies,
  forbidden,
  length,
  names,
  onlyCodeAndData,
  purity,
  RULES,
  type Rule,
  sockets,
  unfinished,
} from './house/rules.ts';
import { bare, importsOf, type Tree } from './house/source.ts';
import { TABLE } from './house/table.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** All files of these folders; a folder that does not exist has none. */
function read(folders: readonly string[]): Tree {
  const tree = new Map<string, string>();
  const walk = (folder: string) => {
    for (const entry of readdirSync(ROOT + folder, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules' && entry.name !== 'dist') walk(path);
      } else tree.set(path, readFileSync(ROOT + path, 'utf8'));
    }
  };
  const there = readdirSync(ROOT);
  for (const folder of folders) if (there.includes(folder)) walk(folder);
  return tree;
}

const house = read(['src', 'test', 'bench', 'scripts', 'dashboard', 'examples']);

describe('the house keeps its rules', () => {
  for (const [name, rule] of Object.entries(RULES)) test(name, () => expect(rule(house)).toEqual([]));

  test('there is a house to judge', () => {
    expect([...house.keys()]).toEqual(expect.arrayContaining(['src/protocol/part.ts', 'src/wire/sse.ts']));
    expect(importsOf('src/protocol/fold.ts', house.get('src/protocol/fold.ts')!).map(({ target }) => target)).toContain(
      'src/protocol/part.ts',
    );
  });
});

interface Canary {
  rule: Rule;
  tree: Record<string, string>;
  /** What the finding must say. */
  finds: RegExp;
}

const DIALECTS = { 'src/dialects/alpha/index.ts': '', 'src/dialects/beta/index.ts': '' };

const canaries: Record<string, Canary> = {
  'the ground imports wire': {
    rule: dependencies,
    tree: { 'src/protocol/a.ts': `import { b } from '../wire/b.ts';` },
    finds: /protocol\/a\.ts imports src\/wire\/b\.ts/,
  },
  'the ground imports a type of wire': {
    rule: dependencies,
    tree: { 'src/protocol/a.ts': `import type { B } from '../wire/b.ts';` },
    finds: /wire\/b/,
  },
  'the ground imports a package': { rule: dependencies, tree: { 'src/protocol/a.ts': `import { z } from 'zod';` }, finds: /no package/ },
  'the ground imports Node': {
    rule: dependencies,
    tree: { 'src/protocol/a.ts': `import { readFileSync } from 'node:fs';` },
    finds: /node:fs/,
  },
  'an import over several lines': {
    rule: dependencies,
    tree: { 'src/wire/a.ts': `import {\n  type B,\n  c,\n} from '../policy/b.ts';` },
    finds: /policy\/b/,
  },
  'a re-export': { rule: dependencies, tree: { 'src/wire/a.ts': `export * from '../policy/b.ts';` }, finds: /policy\/b/ },
  'a dynamic import': { rule: dependencies, tree: { 'src/wire/a.ts': `const b = await import('../policy/b.ts');` }, finds: /policy\/b/ },
  'a side effect': { rule: dependencies, tree: { 'src/wire/a.ts': `import '../policy/b.ts';` }, finds: /policy\/b/ },
  'a dialect imports another': {
    rule: dependencies,
    tree: { 'src/dialects/alpha/ask.ts': `import { b } from '../beta/ask.ts';` },
    finds: /never imports another/,
  },
  'a dialect imports providers': {
    rule: dependencies,
    tree: { 'src/dialects/alpha/ask.ts': `import { b } from '../../providers/b.ts';` },
    finds: /providers\/b/,
  },
  'a dialect imports the list': {
    rule: dependencies,
    tree: { 'src/dialects/alpha/ask.ts': `import { b } from '../index.ts';` },
    finds: /only gateway\.ts/,
  },
  'http imports the list': {
    rule: dependencies,
    tree: { 'src/http/a.ts': `import { dialects } from '../dialects/index.ts';` },
    finds: /only gateway\.ts/,
  },
  'exchange runs upstream itself': {
    rule: dependencies,
    tree: { 'src/exchange/a.ts': `import { connect } from '../upstream/a.ts';` },
    finds: /types only/,
  },
  'exchange reaches behind the store': {
    rule: dependencies,
    tree: { 'src/exchange/a.ts': `import { open } from '../store/sqlite.ts';` },
    finds: /store\/sqlite/,
  },
  'the program imports a test': {
    rule: dependencies,
    tree: { 'src/wire/a.ts': `import { b } from './b.test.ts';` },
    finds: /tests are not part/,
  },
  'the program leaves src': {
    rule: dependencies,
    tree: { 'src/wire/a.ts': `import { b } from '../../bench/b.ts';` },
    finds: /outside src/,
  },
  'a folder nobody planned': { rule: dependencies, tree: { 'src/magic/a.ts': '' }, finds: /not in the table/ },
  'the dashboard runs the server': {
    rule: dashboard,
    tree: { 'dashboard/a.tsx': `import { b } from '../src/http/contract.ts';` },
    finds: /types of src\/http\/contract/,
  },
  'a circle of two': {
    rule: circles,
    tree: { 'src/wire/a.ts': `import './b.ts';`, 'src/wire/b.ts': `import './a.ts';` },
    finds: /a\.ts → src\/wire\/b\.ts → src\/wire\/a\.ts/,
  },
  'a circle of types': {
    rule: circles,
    tree: {
      'src/wire/a.ts': `import type { B } from './b.ts';`,
      'src/wire/b.ts': `export type { C } from './c.ts';`,
      'src/wire/c.ts': `import { a } from './a.ts';`,
    },
    finds: /a\.ts → .*b\.ts → .*c\.ts → .*a\.ts/,
  },
  'undici elsewhere': { rule: sockets, tree: { 'src/engines/a.ts': `import { request } from 'undici';` }, finds: /undici/ },
  'a raw socket': {
    rule: sockets,
    tree: { 'src/http/a.ts': `import { createServer, connect } from 'node:net';` },
    finds: /connect of node:net/,
  },
  'a request by a namespace': {
    rule: sockets,
    tree: { 'src/http/a.ts': `import * as http from 'node:http';\nhttp.request('x');` },
    finds: /by http/,
  },
  'a request by a default import': {
    rule: sockets,
    tree: { 'src/http/a.ts': `import https from 'node:https';\nhttps.get('x');` },
    finds: /by https/,
  },
  'fetch elsewhere': { rule: sockets, tree: { 'src/cli/a.ts': `const text = \`\${await fetch(url)}\`;` }, finds: /fetch\(\)/ },
  'a WebSocket elsewhere': { rule: sockets, tree: { 'src/http/a.ts': 'const w = new WebSocket(url);' }, finds: /WebSocket/ },
  'a policy with a clock': { rule: purity, tree: { 'src/policy/a.ts': 'const now = Date.now();' }, finds: /Date\.now/ },
  'a dialect with dice': { rule: purity, tree: { 'src/dialects/alpha/a.ts': 'const id = Math.random();' }, finds: /Math\.random/ },
  'a dialect named in the conductor': {
    rule: names,
    tree: { ...DIALECTS, 'src/exchange/a.ts': `if (dialect === 'alpha') return;` },
    finds: /exchange\/a\.ts names the dialect alpha/,
  },
  'a dialect named by a neighbour': {
    rule: names,
    tree: { ...DIALECTS, 'src/dialects/alpha/ask.ts': `const other = "beta";` },
    finds: /names the dialect beta/,
  },
  'a provider named in code': {
    rule: names,
    tree: {
      ...DIALECTS,
      'src/providers/rows.json': `[\n  { "name": "vendorly", "url": "https://vendorly.example" }\n]`,
      'src/config/a.ts': 'env.VENDORLY_API_KEY',
    },
    finds: /names the provider vendorly/,
  },
  'a folder named shared': { rule: forbidden, tree: { 'src/shared/a.ts': '' }, finds: /"shared"/ },
  'a file named types': { rule: forbidden, tree: { 'src/wire/types.ts': '' }, finds: /"types\.ts"/ },
  'a test named utils': { rule: forbidden, tree: { 'test/utils.test.ts': '' }, finds: /"utils\.test\.ts"/ },
  'a long file': { rule: length, tree: { 'src/wire/a.ts': `if (a) b();\n${'\n// x'.repeat(300)}` }, finds: /302 lines/ },
  'work left undone': { rule: unfinished, tree: { 'src/wire/a.ts': `// ${'TO'}${'DO'}: later` }, finds: /a\.ts/ },
  'a script under src': { rule: onlyCodeAndData, tree: { 'src/wire/a.js': '' }, finds: /a\.js/ },
};

describe('every rule finds its canary', () => {
  test.each(Object.entries(canaries))('%s', (_, { rule, tree, finds }) => {
    const found = rule(new Map(Object.entries(tree)));
    expect(found.filter((line) => finds.test(line))).toHaveLength(1);
  });

  test('no rule is without one', () => {
    const caged = new Set(Object.values(canaries).map(({ rule }) => rule));
    expect(Object.keys(RULES).filter((name) => !caged.has(RULES[name]!))).toEqual([]);
  });

  test('every row of the table has a canary of its own making', () => {
    for (const { part, may } of TABLE.filter(({ may }) => !may.includes('*'))) {
      const file = part.endsWith('.ts') ? `src/${part}` : `src/${part}/deep/a.ts`;
      const up = part.endsWith('.ts') ? './' : '../../';
      expect(may).not.toContain('dialects');
      expect(dependencies(new Map([[file, `import { b } from '${up}dialects/gamma/b.ts';`]])), part).toHaveLength(1);
    }
  });
});

const innocents: Record<string, Canary['tree']> = {
  'imports in comments and strings': {
    'src/protocol/a.ts': `// import { b } from '../wire/b.ts';\n/* import '../wire/b.ts' */\nconst a = "import x from 'zod'";\nconst b = \`\nimport { z } from 'zod';\n\`;`,
  },
  'its own folder': { 'src/dialects/alpha/ask.ts': `import { b } from './b.ts';\nimport type { P } from '../../protocol/part.ts';` },
  'the list imports dialects': { 'src/dialects/index.ts': `import { alpha } from './alpha/index.ts';` },
  'the root imports all': { 'src/gateway.ts': `import { dialects } from './dialects/index.ts';\nimport { run } from './exchange/run.ts';` },
  'types that are handed in': { 'src/exchange/a.ts': `import type { Connect } from '../upstream/a.ts';` },
  'tests import anyone': { 'src/wire/a.test.ts': `import { b } from '../dialects/index.ts';\nawait fetch('x');` },
  'a server listens': {
    'src/http/a.ts': `import { createServer, type IncomingMessage } from 'node:http';\nimport { isIP } from 'node:net';`,
  },
  'a method called fetch': { 'src/exchange/a.ts': 'const reply = upstream.fetch(url);' },
  'a long table': { 'src/catalog/a.ts': `export const A = {\n${'  a: 1,\n'.repeat(400)}};` },
  'a dialect named in prose and in longer words': { ...DIALECTS, 'src/exchange/a.ts': `// alpha does so\nconst b = 'alphabet';` },
  'the form of the word only': { 'src/wire/untyped.ts': '', 'src/store/types-of-work.ts': '' },
};

test.each(Object.entries(innocents))('no rule finds fault with: %s', (_, tree) => {
  const judged = new Map(Object.entries(tree));
  expect(Object.values(RULES).flatMap((rule) => rule(judged))).toEqual([]);
});

test('comments go, strings and line numbers stay', () => {
  expect(bare(`a; // b\nc /* d\n */ 'e // f' /g"\\/h/ i`)).toBe(`a;     \nc     \n    'e // f' /g"\\/h/ i`);
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: source text that holds templates
  expect(bare('`a ${b /* c */ + `d // e`} // f`')).toBe('`a ${b         + `d // e`} // f`');
  expect(bare('`a ${{ b: `c` }} d` + 1 / 2 / 3 // e', true)).toBe('`  ${{ b: ` ` }}  ` + 1 / 2 / 3     ');
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: source text that holds templates
});
