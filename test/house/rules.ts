import { bare, type Import, importsOf, type Tree } from './source.ts';
import { DATA, FORBIDDEN, HARMLESS, LINES, OPENS, PURE, type Row, TABLE } from './table.ts';

/** A rule of the house: what it is called and what it finds wrong, one line a finding. Pure, so that a canary can be fed to it. */
export type Rule = (tree: Tree) => string[];

/** Tests and what only they read may know everyone. */
export function isTest(path: string): boolean {
  return /^test\/|\.test\.ts$|\/contract\/|\/fixtures\//.test(path);
}

const isCode = (path: string) => /\.tsx?$/.test(path);
const code = (tree: Tree) => [...tree].filter(([path]) => isCode(path) && path.startsWith('src/') && !isTest(path));
const inside = (path: string, part: string) => path === `src/${part}` || path.startsWith(`src/${part}/`);

function row(path: string): Row | undefined {
  return TABLE.find(({ part }) => inside(path, part));
}

/** Who may import whom. */
export const dependencies: Rule = (tree) =>
  code(tree).flatMap(([path, source]) => {
    const own = row(path);
    if (!own) return [`${path}: this folder is not in the table of test/house/table.ts; say there what it may import, and why`];
    return importsOf(path, source).flatMap((found) => {
      const wrong = found.target === undefined ? packageWrong(own, found) : targetWrong(path, own, found.target, found);
      return wrong ? [`${path} imports ${found.target ?? found.specifier}: ${wrong} (${own.part}: ${own.why})`] : [];
    });
  });

function packageWrong(own: Row, { specifier }: Import): string | undefined {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  if (own.packages.includes(name) || (specifier.startsWith('node:') && own.packages.includes('node:'))) return undefined;
  return own.packages.length ? `of packages it may import ${own.packages.join(', ')} only` : 'it may import no package';
}

const LIST = 'src/dialects/index.ts';

function targetWrong(path: string, own: Row, target: string, found: Import): string | undefined {
  if (!target.startsWith('src/')) return 'nothing outside src may be needed to run';
  if (isTest(target)) return 'tests are not part of the program';
  if (own.may.includes('*')) return undefined;
  if (target === LIST) return 'only gateway.ts and tests know the list of dialects';
  if (inside(target, own.part)) {
    const folder = (file: string) => /^src\/dialects\/([^/]+)\//.exec(file)?.[1];
    return path === LIST || folder(path) === folder(target) ? undefined : 'a dialect never imports another';
  }
  if (own.may.some((part) => inside(target, part))) return undefined;
  if (own.types?.some((part) => inside(target, part))) return found.typeOnly ? undefined : 'its types only: the thing itself is handed in';
  return `it may import ${own.may.join(', ') || 'nothing'} only`;
}

/** The web page is a client of the admin API's contract like any other. */
export const dashboard: Rule = (tree) =>
  [...tree]
    .filter(([path]) => path.startsWith('dashboard/') && /\.tsx?$/.test(path))
    .flatMap(([path, source]) =>
      importsOf(path, source)
        .filter(({ target, typeOnly }) => target?.startsWith('src/') && !(typeOnly && target === 'src/http/contract.ts'))
        .map(({ target }) => `${path} imports ${target}: the dashboard takes types of src/http/contract.ts and nothing else of src`),
    );

/** Circles over all imports, type-only ones too: two files that need each other's types are one file, or miss a third. */
export const circles: Rule = (tree) => {
  const edges = new Map(code(tree).map(([path, source]) => [path, importsOf(path, source).flatMap(({ target }) => target ?? [])]));
  const done = new Set<string>();
  const way: string[] = [];
  const found: string[] = [];
  const walk = (path: string) => {
    const at = way.indexOf(path);
    if (at >= 0) found.push(`circle of imports: ${[...way.slice(at), path].join(' → ')}`);
    if (at >= 0 || done.has(path)) return;
    way.push(path);
    for (const target of edges.get(path) ?? []) walk(target);
    way.pop();
    done.add(path);
  };
  for (const path of edges.keys()) walk(path);
  return found;
};

/** Only upstream/ opens outbound sockets: there the address guard and the time limits are. */
export const sockets: Rule = (tree) =>
  code(tree)
    .filter(([path]) => !OPENS.some((part) => inside(path, part)))
    .flatMap(([path, source]) => {
      const text = bare(source, true);
      const wrong = importsOf(path, source).flatMap(({ specifier, names, local, typeOnly }) => {
        if (typeOnly) return [];
        if (/^undici(\/|$)/.test(specifier)) return ['undici'];
        const harmless = HARMLESS[specifier] ?? HARMLESS[`node:${specifier}`];
        if (!harmless) return [];
        if (local && new RegExp(`(?<![\\w$.])${local}\\s*\\.\\s*(?:request|get|connect|createConnection|Socket)\\b`).test(text))
          return [`${specifier} by ${local}`];
        return names.filter((name) => name !== '*' && name !== 'default' && !harmless.has(name)).map((name) => `${name} of ${specifier}`);
      });
      const globals = text.matchAll(/(?<![\w$.#])(?:globalThis\s*\.\s*)?(fetch\s*\(|new\s+(?:WebSocket|EventSource)\b)/g);
      for (const [, call] of globals) wrong.push(call!.replace(/\s*\($/, '()'));
      return wrong.map((what) => `${path} uses ${what}: only src/upstream opens outbound sockets`);
    });

/** Deciders get clock and random as arguments, so that a table tests them. */
export const purity: Rule = (tree) =>
  code(tree)
    .filter(([path]) => PURE.some((part) => inside(path, part)))
    .flatMap(([path, source]) => {
      const impure =
        /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bMath\.random\b|\brandomUUID\b|\bgetRandomValues\b|\bset(?:Timeout|Interval|Immediate)\b|\bprocess\.\w+/g;
      return [...bare(source, true).matchAll(impure)].map(([what]) => `${path} uses ${what}: it is pure, so that is an argument`);
    });

/** A dialect's name only in its folder and the list, a provider's only in providers/ and data. Prose in comments may name them. */
export const names: Rule = (tree) => {
  const dialects = dialectNames(tree);
  const providers = providerNames(tree);
  const all = [...new Set([...dialects, ...providers])].sort((a, b) => b.length - a.length);
  if (all.length === 0) return [];
  const word = new RegExp(`(?<![a-z0-9])(?:${all.map((name) => name.replace(/[^a-z0-9]/gi, '\\$&')).join('|')})(?![a-z0-9])`, 'gi');
  return code(tree)
    .filter(([path]) => path !== LIST && !inside(path, 'providers') && !inside(path, 'catalog'))
    .flatMap(([path, source]) => {
      const own = /^src\/dialects\/([^/]+)\//.exec(path)?.[1];
      const found = new Set([...bare(source).matchAll(word)].map(([name]) => name.toLowerCase()));
      return [...found]
        .filter((name) => !own?.split('-').includes(name) && name !== own)
        .map((name) =>
          dialects.includes(name)
            ? `${path} names the dialect ${name}: its name stands in its folder and in ${LIST} only`
            : `${path} names the provider ${name}: providers are data, in src/providers`,
        );
    });
};

/** Dialects are the folders beside the list. */
export function dialectNames(tree: Tree): string[] {
  return [...tree.keys()].flatMap((path) => /^src\/dialects\/([^/]+)\/index\.ts$/.exec(path)?.[1] ?? []);
}

/** Providers are the `name` of the rows in providers' data. */
export function providerNames(tree: Tree): string[] {
  const rows = [...tree].filter(([path]) => inside(path, 'providers') && !isTest(path));
  return [
    ...new Set(
      rows.flatMap(([, source]) => [...source.matchAll(/^\s*\{?\s*"?name"?: ['"]([a-z0-9-]{3,})['"]/gm)].map(([, name]) => name!)),
    ),
  ];
}

/** No folder or file with a name that draws everything into it. */
export const forbidden: Rule = (tree) =>
  [...tree.keys()].flatMap((path) => {
    const bad = path.split('/').find((segment) => FORBIDDEN.includes(segment.split('.')[0]!.toLowerCase()));
    return bad ? [`${path}: "${bad}" says nothing; name what is in it`] : [];
  });

/** A table may be long, logic may not. */
export const length: Rule = (tree) =>
  [...tree].flatMap(([path, source]) => {
    if (!isCode(path) || isTable(source)) return [];
    const lines = source.trimEnd().split('\n').length;
    return lines > LINES ? [`${path} has ${lines} lines: split it by verb or by kind, ${LINES} are the most`] : [];
  });

/** True for a file without a function or a branch. */
function isTable(source: string): boolean {
  return !/=>\s|\bfunction\b|\bclass\b|\b(?:if|for|while|switch)\s*\(/.test(bare(source, true));
}

/** Work left undone is an issue or it is done; in the code it is forgotten. */
export const unfinished: Rule = (tree) =>
  [...tree]
    .filter(([path]) => isCode(path))
    .flatMap(([path, source]) => {
      const mark = /\b(?:TO(?=DO)DO|FIX(?=ME)ME|XX(?=X)X)\b/.exec(source);
      return mark ? [`${path}: ${mark[0]}`] : [];
    });

/** Under src there is TypeScript and data. */
export const onlyCodeAndData: Rule = (tree) =>
  [...tree.keys()]
    .filter((path) => path.startsWith('src/') && !isCode(path) && !DATA.some((end) => path.endsWith(end)))
    .map((path) => `${path}: src holds .ts and data (${DATA.join(' ')})`);

export const RULES: Readonly<Record<string, Rule>> = {
  dependencies,
  dashboard,
  circles,
  sockets,
  purity,
  names,
  forbidden,
  length,
  unfinished,
  onlyCodeAndData,
};
