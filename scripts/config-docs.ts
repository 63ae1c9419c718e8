// Writes freehold.schema.json and docs/config.md from the configuration's schema, docs/providers.md from the catalogue: `npm run docs`.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of the file, shown as they are
import { writeFileSync } from 'node:fs';
import { configJsonSchema, type JsonSchema } from '../src/config/schema.ts';
import { upstreamDialects } from '../src/dialects/index.ts';
import { NEEDED } from '../src/providers/auth.ts';
import { QUIRKS } from '../src/providers/quirks.ts';
import { KEYED, LOCAL, NAMED, type ProviderRow } from '../src/providers/rows.ts';

const SOURCES = `## Where settings come from

Options over environment over file over defaults.

| | option | variable | key |
|---|---|---|---|
| the file | \`--config FILE\` | \`FREEHOLD_CONFIG\` | else \`freehold.yaml\` or \`freehold.yml\` in the current folder |
| where it listens | \`--host\`, \`--port\` | \`FREEHOLD_HOST\`, \`FREEHOLD_PORT\` | \`server.host\`, \`server.port\` |
| the key clients must show | | \`FREEHOLD_KEY\` | \`keys\`, as hashes |
| the folder for records | | \`FREEHOLD_DATA\` | \`data\` |
| the database, unless the file names one | | \`DATABASE_URL\` | \`store.url\` |
| the secret, where several gateways share a database | | \`FREEHOLD_SECRET\` | else the file \`secret\` in the data folder |

Any text may refer to a variable: \`\${NAME}\`, or \`\${NAME:-default}\` for when it is unset or empty. \`$\${NAME}\` is the plain text. A reference may stand for a number too.

The file is read again when it changes. A good change is taken at once and running streams go on; a bad one is reported and the old configuration stays. A new host or port needs a restart.

For completion in editors, put this line first: \`# yaml-language-server: $schema=node_modules/freehold/freehold.schema.json\`.
`;

const INTRO = `# Configuration

Freehold runs without a file. \`freehold.yaml\` says more; \`freehold check\` judges it and names line and mend of every mistake. Unknown keys are mistakes.

This page is written by \`npm run docs\` from the schema in \`src/config/schema.ts\`.
`;

/** The page on all keys: for each its type, its default and its sentence. */
export function configPage(schema: JsonSchema): string {
  const sections: string[] = [];
  describe(schema, '', sections);
  const quirks = Object.entries(QUIRKS).map(([name, sentence]) => `| \`${name}\` | ${sentence} |`);
  return [
    INTRO,
    SOURCES,
    ...sections,
    '## Quirks',
    '',
    'What a provider or model does that its dialect does not say: it …',
    '',
    '| quirk | |',
    '|---|---|',
    ...quirks,
    '',
  ].join('\n');
}

/** One section for a map of known keys, followed by those of the maps in it. */
function describe(schema: JsonSchema, path: string, into: string[]): void {
  const map = [schema, ...(schema.anyOf ?? [])].find((one) => one.properties);
  if (map?.properties) {
    const rows = Object.entries(map.properties).map(([key, value]) => {
      const must = map.required?.includes(key) && value.default === undefined;
      return `| \`${key}\` | ${typeOf(value)} | ${must ? 'needed' : printDefault(value.default)} | ${(value.description ?? '').replaceAll('|', '\\|')} |`;
    });
    into.push(
      [`## ${path === '' ? 'The file' : `\`${path}\``}`, '', '| key | type | default | |', '|---|---|---|---|', ...rows, ''].join('\n'),
    );
    for (const [key, value] of Object.entries(map.properties)) describe(value, path === '' ? key : `${path}.${key}`, into);
  }
  for (const one of [schema, ...(schema.anyOf ?? [])]) {
    if (one.additionalProperties) describe(one.additionalProperties, `${path}.NAME`, into);
  }
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.anyOf)
    return schema.anyOf
      .filter((one) => one.type !== 'null')
      .map(typeOf)
      .join(' or ');
  if (schema.type === 'array') return schema.items?.enum ? 'list of names' : `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === 'object') return schema.additionalProperties ? `map of names to ${typeOf(schema.additionalProperties)}` : 'map';
  if (schema.type === 'string') return 'text';
  if (schema.type === 'boolean') return '`true`, `false`';
  const least =
    schema.minimum !== undefined
      ? `from ${schema.minimum}`
      : schema.exclusiveMinimum !== undefined
        ? `above ${schema.exclusiveMinimum}`
        : '';
  const most = schema.maximum !== undefined ? `to ${schema.maximum}` : '';
  return [schema.type === 'integer' ? 'whole number' : 'number', least, most].filter(Boolean).join(' ');
}

function printDefault(value: unknown): string {
  const isEmpty = value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  const isOfMaps = Array.isArray(value) && value.some((one) => typeof one === 'object');
  return isEmpty ? '' : `\`${isOfMaps ? JSON.stringify(value) : String(value)}\``;
}

const CATALOGUE = `# Providers

What Freehold knows of providers by their names. \`use\` takes a row, and what the file says beside it wins:

\`\`\`yaml
providers:
  groq: { use: groq, key: \${GROQ_API_KEY} }
  aws: { use: amazon-bedrock, region: eu-central-1, models: [eu.anthropic.claude-sonnet-4-5-20250929-v1:0] }
  azure: { use: azure-openai, resource: my-resource, models: [my-deployment] }
  claude: { use: vertex-anthropic, project: my-project, region: europe-west1, models: [claude-sonnet-4-5@20250929] }
\`\`\`

A key that the file does not name is looked for in the variables of the row, as are region, project, resource and credentials. What is still missing is an error that names the setting and the variable. Without any provider in the file, those of the first two tables are found by themselves ([add-a-provider.md](add-a-provider.md)).

*Tried* says whether the tests of this repository run against the real thing. Everything else is what its documentation says, with the day on which it was read.

This page is written by \`npm run docs\` from \`src/providers/rows.ts\`.
`;

/** The page on the catalogue: a table for each way in which a provider is found. */
function providersPage(): string {
  const sections = [
    ['On this machine', LOCAL],
    ['By a key in the environment', KEYED],
    ['By name alone', NAMED],
  ] as const;
  return [CATALOGUE, ...sections.map(([title, rows]) => providerTable(title, rows))].join('\n');
}

function providerTable(title: string, rows: readonly ProviderRow[]): string {
  const lines = rows.map((row) => {
    const quirks = (row.quirks ?? []).map((quirk) => `[\`${quirk}\`](config.md#quirks)`).join(', ');
    const read = row.source
      .split('; ')
      .map((part) => part.replace(/(?:(\w+): )?(https:\S+)/, (_, what: string | undefined, url: string) => `[${what ?? 'docs'}](${url})`));
    const cells = [`\`${row.name}\``, row.title, row.dialect, `\`${row.url}\``, row.zone, needsOf(row), quirks];
    return `| ${[...cells, row.tried ? 'yes' : 'no', `${read.join(', ')}, ${row.date}`].join(' | ')} |`;
  });
  return [
    `## ${title}`,
    '',
    '| name | | dialect | url | zone | needs | quirks | tried | read |',
    '|---|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

/** What the file or the environment must say. */
function needsOf({ variables, fills = {}, auth, unlisted }: ProviderRow): string {
  const or = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(' or ');
  const signs = Object.values((auth && NEEDED[auth]) ?? {});
  const key = variables ? `key (${or(variables)})` : undefined;
  const credentials = signs.length ? `credentials (${signs.map((name) => `\`${name}\``).join(', ')})` : undefined;
  const places = Object.entries(fills).map(([name, from]) => `${name} (${or(from)})`);
  return [[key, credentials].filter(Boolean).join(' or '), ...places, unlisted && 'models'].filter(Boolean).join('; ');
}

/** All files as they should be. */
export function generated(): { file: string; text: string }[] {
  const schema = configJsonSchema(upstreamDialects.map((dialect) => dialect.name));
  return [
    { file: 'freehold.schema.json', text: `${JSON.stringify(schema, null, 2)}\n` },
    { file: 'docs/config.md', text: configPage(schema) },
    { file: 'docs/providers.md', text: providersPage() },
  ];
}

if (import.meta.main) for (const { file, text } of generated()) writeFileSync(new URL(`../${file}`, import.meta.url), text);
