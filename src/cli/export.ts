import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { rowNamed } from '../providers/catalogue.ts';
import { fields, list, said } from './import-draft.ts';
import names from './import-names.json' with { type: 'json' };
import { load } from './prepare.ts';
import { type Shell, say, tell } from './shell.ts';

export interface ExportFlags {
  config?: string;
  output?: string;
}

interface Exported {
  file: object;
  /** Where in our file, and what about it. */
  notes: string[];
}

type Writer = (config: ReturnType<typeof fields>) => Exported;

/** Settings for which one of these programs has a place. */
const CARRIED = new Set(['providers', 'engines', 'aliases', 'timeouts']);

/** LiteLLM's config.yaml: a deployment for each model, and one more for each name that leads to it. */
const litellm: Writer = ({ providers, aliases, engines, timeouts }) => {
  const notes: string[] = [];
  const deployments = new Map<string, object>();
  for (const [name, value] of Object.entries(fields(providers))) {
    const one = fields(value);
    const models = Array.isArray(one['models']) ? list(one['models']).map(String) : Object.keys(fields(one['models']));
    if (models.length === 0) notes.push(`providers.${name}: left out, because its models are not named under models`);
    const key = /^\$\{(\w+)/.exec(said(one['key']) ?? '')?.[1] ?? rowNamed(one['use'])?.variables?.[0];
    if (said(one['key']) && !/^\$\{\w+/.test(said(one['key'])!)) notes.push(`providers.${name}.key: a secret is not copied`);
    for (const id of models)
      deployments.set(`${name}/${id}`, {
        model: `${prefixOf(one)}/${id}`,
        ...(said(one['url']) && { api_base: said(one['url']) }),
        ...(key && { api_key: `os.environ/${key}` }),
      });
  }
  const model_list = [...deployments].map(([model_name, litellm_params]) => ({ model_name, litellm_params }));
  const groups: Record<string, string> = {};
  for (const [name, targets] of Object.entries(fields(aliases))) {
    const all = [targets].flat().map(String);
    const known = all.flatMap((target) => deployments.get(target) ?? []);
    if (known.length === all.length) model_list.push(...known.map((litellm_params) => ({ model_name: name, litellm_params })));
    else if (all.length === 1 && all[0]! in fields(aliases)) groups[name] = all[0]!;
    else notes.push(`aliases.${name}: left out, because it leads to what is not named by provider and model`);
  }
  for (const name of Object.keys(fields(engines))) notes.push(`engines.${name}: left out; it runs inside Freehold`);
  const seconds = Number(fields(timeouts)['total_seconds']);
  return {
    file: {
      model_list,
      ...(Object.keys(groups).length && { router_settings: { model_group_alias: groups } }),
      ...(seconds > 0 && { litellm_settings: { request_timeout: seconds } }),
    },
    notes,
  };
};

function prefixOf(one: ReturnType<typeof fields>): string {
  const known = Object.entries(names.rows).find(([, row]) => row === one['use'])?.[0];
  return known ?? (names.prefixes as Readonly<Record<string, string>>)[said(one['dialect']) ?? ''] ?? names.plain;
}

/** llama-swap's config.yaml: a command for each engine. */
const llamaSwap: Writer = ({ providers, aliases, engines }) => {
  const notes = Object.keys(fields(providers)).map((name) => `providers.${name}: left out; llama-swap starts servers of its own`);
  const others = Object.entries(fields(aliases));
  const models = Object.entries(fields(engines)).map(([name, value]) => {
    const { model, context, parallel } = fields(value);
    const weights = said(model) ?? '';
    const isFile = /\.gguf$/i.test(weights) && !/^(?:https?|hf):/.test(weights);
    if (!isFile && !/^[\w.-]+\/[\w.-]+(?::[\w.-]+)?$/.test(weights))
      notes.push(`engines.${name}.model: ${weights} is given to -hf, which may not know it`);
    // The port is llama-swap's to fill in.
    const words = ['llama-server', '--port', '$'.concat('{PORT}'), isFile ? '-m' : '-hf', /\s/.test(weights) ? `"${weights}"` : weights];
    const cmd = [...words, ...(context ? ['-c', String(context)] : []), ...(parallel ? ['-np', String(parallel)] : [])].join(' ');
    const called = others.filter(([, target]) => target === name).map(([alias]) => alias);
    return [name, { cmd, ...(called.length && { aliases: called }) }] as const;
  });
  return { file: { models: Object.fromEntries(models) }, notes };
};

/** Formats by name. */
export const WRITERS: Readonly<Record<string, Writer>> = { litellm, 'llama-swap': llamaSwap };

/** `freehold export FORMAT`: the configuration as another program reads it, with comments on what it has no place for. Secrets are not copied. */
export async function exportConfig(shell: Shell, format: string, flags: ExportFlags): Promise<number> {
  const write = WRITERS[format.toLowerCase()];
  if (!write) {
    tell(shell, `"${format}" cannot be written; choose ${Object.keys(WRITERS).join(' or ')}.`);
    return 2;
  }
  const { file } = load(shell, { config: flags.config });
  if (file === undefined) throw new Error('There is no freehold.yaml here; name one with --config.');
  // As it is written, not as it is loaded: references to variables must stay references.
  const config = fields(parse(readFileSync(file, 'utf8'), { merge: true }));
  const made = write(config);
  const rest = Object.keys(config).filter((section) => !CARRIED.has(section));
  const notes = [...made.notes, ...rest.map((section) => `${section}: has no counterpart; left out`)];
  const head = [
    'Made by "freehold export".',
    ...(notes.length ? ['What could not be carried over:', ...notes.map((note) => `- ${note}`)] : []),
  ];
  const text = `${head.map((line) => `# ${line}\n`).join('')}\n${stringify(made.file, { lineWidth: 0, aliasDuplicateObjects: false })}`;
  if (flags.output === undefined) say(shell, text.trimEnd());
  else {
    if (existsSync(resolve(shell.cwd, flags.output))) throw new Error(`${flags.output} is there already; name another with --output.`);
    writeFileSync(resolve(shell.cwd, flags.output), text, { mode: 0o600 });
    tell(shell, `${flags.output} is written.`);
  }
  return 0;
}
