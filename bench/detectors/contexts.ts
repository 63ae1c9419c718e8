import type { Dice } from './random.ts';
import type { Credential } from './secrets.ts';

type Context = (name: string, value: string, dice: Dice) => string;

const snake = (name: string) =>
  name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
const upper = (name: string) => snake(name).toUpperCase();
const camel = (name: string) => snake(name).replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Where a name stands beside its value, in many languages and kinds of files. */
export const NAMED: Readonly<Record<string, Context>> = {
  env: (n, v) => `NODE_ENV=production\n${upper(n)}=${v}\nPORT=8080`,
  'env-quoted': (n, v) => `${upper(n)}="${v}"`,
  shell: (n, v) => `export ${upper(n)}='${v}'\n./deploy.sh`,
  inline: (n, v) => `${upper(n)}=${v} npm run release`,
  yaml: (n, v) => `service:\n  port: 8080\n  ${snake(n)}: ${v}\n  replicas: 2`,
  'yaml-quoted': (n, v) => `  ${snake(n)}: "${v}"`,
  'yaml-env': (n, v) => `env:\n  - name: ${upper(n)}\n    value: "${v}"\n`,
  compose: (n, v) => `environment:\n  - ${upper(n)}=${v}\n`,
  json: (n, v) => `{\n  "region": "eu",\n  "${camel(n)}": "${v}",\n  "retries": 3\n}`,
  'json-in-json': (n, v) => JSON.stringify({ file: 'config.json', content: JSON.stringify({ [snake(n)]: v }) }),
  toml: (n, v) => `[auth]\n${snake(n)} = "${v}"\n`,
  ini: (n, v) => `[default]\n${snake(n)} = ${v}\n`,
  properties: (n, v) => `app.${snake(n).replaceAll('_', '-')}=${v}\n`,
  xml: (n, v) => `<config>\n  <${camel(n)}>${v}</${camel(n)}>\n</config>`,
  'xml-attribute': (n, v) => `<add key="${camel(n)}" value="${v}" />`,
  js: (n, v) => `const ${camel(n)} = '${v}';`,
  ts: (n, v) => `private readonly ${camel(n)}: string = "${v}";`,
  'js-object': (n, v) => `const client = new Client({ region: 'us', ${camel(n)}: '${v}' });`,
  python: (n, v) => `${snake(n)} = "${v}"`,
  'python-dict': (n, v) => `settings["${upper(n)}"] = '${v}'`,
  'python-call': (n, v) => `os.environ.setdefault("${upper(n)}", "${v}")`,
  'python-kwarg': (n, v) => `client = Client(host="h", ${snake(n)}="${v}")`,
  go: (n, v) => `\t${camel(n)} := "${v}"`,
  'go-call': (n, v) => `os.Setenv("${upper(n)}", "${v}")`,
  java: (n, v) => `private static final String ${upper(n)} = "${v}";`,
  csharp: (n, v) => `public string ${camel(n)} { get; set; } = "${v}";`,
  ruby: (n, v) => `config[:${snake(n)}] = '${v}'`,
  php: (n, v) => `define('${upper(n)}', '${v}');`,
  'php-array': (n, v) => `'${snake(n)}' => '${v}',`,
  rust: (n, v) => `let ${snake(n)}: &str = "${v}";`,
  kotlin: (n, v) => `val ${camel(n)} = "${v}"`,
  terraform: (n, v) => `variable "${snake(n)}" {\n  type    = string\n  default = "${v}"\n}`,
  'terraform-argument': (n, v) => `  ${snake(n)} = "${v}"`,
  docker: (n, v) => `FROM node:24\nENV ${upper(n)} ${v}\n`,
  'docker-equals': (n, v) => `ARG ${upper(n)}=${v}\n`,
  flag: (n, v) => `deploy --region eu --${snake(n).replaceAll('_', '-')} ${v} --verbose`,
  'flag-equals': (n, v) => `deploy --${snake(n).replaceAll('_', '-')}=${v}`,
  header: (n, v) => `curl -H "X-${snake(n).replaceAll('_', '-')}: ${v}" https://api.corp.net/v2/items`,
  query: (n, v) => `GET https://api.corp.net/v2/items?page=2&${snake(n)}=${encodeURIComponent(v)}&sort=asc`,
  log: (n, v) => `2026-03-04T10:11:12Z DEBUG auth: retry with ${snake(n)}=${v} status=401`,
  comment: (n, v) => `// do not forget: ${snake(n)} = ${v}`,
  'comment-python': (n, v) => `# old ${snake(n)}: "${v}"`,
  diff: (n, v) => `@@ -1,3 +1,3 @@\n-${upper(n)}=\n+${upper(n)}=${v}\n`,
  sql: (n, v) => `INSERT INTO settings (name, value) VALUES ('${snake(n)}', '${v}');`,
  chat: (n, v) => `Why does it fail? My ${snake(n).replaceAll('_', ' ')} is ${v} and I get a 401.`,
  markdown: (n, v) => `Set \`${upper(n)}\` to \`${v}\` before you start.`,
};

/** Where a value that is known by its form stands without a name that would help. */
export const NAMELESS: Readonly<Record<string, Context>> = {
  bearer: (_, v) => `curl -H "Authorization: Bearer ${v}" https://api.corp.net`,
  call: (_, v) => `client.connect("${v}")`,
  list: (_, v) => `values = [1, "${v}", None]`,
  prose: (_, v) => `I pasted ${v} into the console and it worked.`,
  line: (_, v) => `${v}\n`,
  csv: (_, v) => `17,alice,${v},2026-01-02`,
  arrow: (_, v) => `old value -> ${v}`,
  escaped: (_, v) => JSON.stringify(`first line\n${v}\nlast line`),
};

/** One positive text. */
export function placed(dice: Dice, credential: Credential): { context: string; text: string } {
  const table = credential.alone && dice.next() < 0.35 ? NAMELESS : NAMED;
  const context = dice.pick(Object.keys(table));
  return { context, text: table[context]!(credential.variable, credential.value, dice) };
}
