/** Something wrong with the configuration, and how to mend it. */
export interface Problem {
  /** Keys from the top of the file; empty for the file as a whole. */
  path: readonly PropertyKey[];
  /** What is wrong and the mend, without the path. Never holds a value that may be secret. */
  message: string;
  /** Whether the key or its value is at fault; decides where the finger points. */
  at?: 'key' | 'value';
  /** Where, counted from 1. */
  line?: number;
  column?: number;
  /** File, variable or option it comes from. */
  source?: string;
}

/** All problems of a configuration at once. Its message has one line for each: `file:line:column path: what and mend`. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(printProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

function printProblem({ source, line, column, path, message }: Problem): string {
  const where = source === undefined ? '' : line === undefined ? `${source} ` : `${source}:${line}:${column} `;
  return `${where}${path.length ? `${printPath(path)}: ` : ''}${message}`;
}

/** A path as people write it: `providers.box.models[2]`, `aliases["claude-*"]`. */
export function printPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (/^[\w-]+$/.test(String(key))) text += text ? `.${String(key)}` : String(key);
    else text += `[${JSON.stringify(String(key))}]`;
  }
  return text;
}
