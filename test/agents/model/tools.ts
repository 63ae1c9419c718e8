import type { Call, Offered, Schema } from './turn.ts';

/** The names under which coding tools offer the same three abilities, best first. A namespace in front does not count. */
const NAMES = {
  write: ['write', 'write_file', 'create_file', 'apply_patch'],
  shell: ['bash', 'run_shell_command', 'exec_command', 'shell_command', 'shell'],
  look: ['view_image', 'read', 'read_file'],
};
export type Ability = keyof typeof NAMES;

const PATH = /^(?:file_?path|path|absolute_path|filename)$/i;
const CONTENT = /^(?:content|contents|text|file_text)$/i;
const COMMAND = /^(?:command|cmd)$/i;

export function find(tools: readonly Offered[], ability: Ability): Offered | undefined {
  const plain = (tool: Offered) => tool.name.toLowerCase().replace(/^.*(?:__|\.)/, '');
  for (const name of NAMES[ability]) {
    const tool = tools.find((one) => plain(one) === name);
    if (tool) return tool;
  }
  return undefined;
}

/** The call that writes a file, by whatever the request offers for it. */
export function write(tools: readonly Offered[], path: string, content: string): Call | undefined {
  const tool = find(tools, 'write');
  if (!tool) return shell(tools, `cat > '${path}' <<'FREEHOLD-END'\n${content}FREEHOLD-END`);
  if (!/apply_patch$/.test(tool.name))
    return {
      tool,
      arguments: fill(tool, [
        [PATH, path],
        [CONTENT, content],
      ]),
    };
  const lines = content.replace(/\n$/, '').split('\n');
  const patch = ['*** Begin Patch', `*** Add File: ${path}`, ...lines.map((line) => `+${line}`), '*** End Patch', ''].join('\n');
  if (tool.input === 'text') return { tool, arguments: patch };
  return { tool, arguments: { [Object.keys(tool.schema.properties ?? {})[0] ?? 'input']: patch } };
}

export function shell(tools: readonly Offered[], command: string): Call | undefined {
  const tool = find(tools, 'shell');
  if (!tool) return undefined;
  const field = Object.entries(tool.schema.properties ?? {}).find(([name]) => COMMAND.test(name));
  const words = field && typeOf(field[1]) === 'array' ? ['bash', '-lc', command] : command;
  return { tool, arguments: fill(tool, [[COMMAND, words]]) };
}

export function look(tools: readonly Offered[], path: string): Call | undefined {
  const tool = find(tools, 'look');
  return tool && { tool, arguments: fill(tool, [[PATH, path]]) };
}

/** Arguments for a tool: the given values by the names of its parameters, and something for what else it requires. */
function fill(tool: Offered, given: [RegExp, unknown][]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(tool.schema.properties ?? {})) {
    const value = given.find(([pattern]) => pattern.test(name));
    if (value) out[name] = value[1];
    else if (tool.schema.required?.includes(name)) out[name] = instance(schema);
  }
  return out;
}

/** A small value that the schema allows. */
export function instance(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.length) return schema.enum[0];
  if (schema.anyOf?.length) return instance(schema.anyOf[0]!);
  switch (typeOf(schema)) {
    case 'object':
      return Object.fromEntries((schema.required ?? []).map((name) => [name, instance(schema.properties?.[name] ?? {})]));
    case 'array':
      return [];
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'null':
      return null;
    default:
      return 'a small step';
  }
}

/** In small letters: one dialect writes them large. */
function typeOf(schema: Schema): string {
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type;
  return type?.toLowerCase() ?? (schema.properties ? 'object' : 'string');
}
