import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * A small coding agent around any SDK: it asks, runs the tools that the model calls, and gives back what they said. It runs as a process
 * of its own, in the folder where the files belong, and is told everything by its environment.
 */

const said = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set; "npm run test:agents" sets it`);
  return value;
};

/** Where the gateway is, without a version segment. */
export const url = said('AGENT_URL');
export const apiKey = said('AGENT_KEY');
export const model = said('AGENT_MODEL');
export const prompt = said('AGENT_PROMPT');
export const stream = said('AGENT_STREAM') === 'yes';
/** A PNG, base64. */
export const picture = readFileSync(said('AGENT_PICTURE')).toString('base64');

interface Tool {
  name: string;
  description: string;
  schema: { type: 'object'; properties: Record<string, { type: 'string' }>; required: string[] };
}

const text = { type: 'string' } as const;
/** The tools as JSON Schema. */
export const tools: readonly Tool[] = [
  {
    name: 'write_file',
    description: 'Writes a file.',
    schema: { type: 'object', properties: { path: text, content: text }, required: ['path', 'content'] },
  },
  {
    name: 'run_shell_command',
    description: 'Runs a command with bash.',
    schema: { type: 'object', properties: { command: text }, required: ['command'] },
  },
];

export interface Call {
  id: string;
  name: string;
  arguments: unknown;
}

/** A conversation as one SDK keeps it. */
export interface Dialogue {
  /** One model call with the history so far. It throws what the SDK throws, and then the history is as it was before. */
  ask(): Promise<{ text: string; calls: Call[]; promptTokens: number | undefined }>;
  /** What the tools said, in the order of the calls. */
  give(results: { call: Call; output: string }[]): void;
}

function run({ name, arguments: given }: Call): string {
  const { path, content, command } = given as Record<string, string>;
  if (name === 'run_shell_command' && typeof command === 'string') return execFileSync('bash', ['-c', command]).toString() || 'done';
  if (name !== 'write_file' || typeof path !== 'string' || typeof content !== 'string')
    throw new Error(`the call ${name}(${JSON.stringify(given)}) cannot be run`);
  writeFileSync(path, content);
  return 'written';
}

/** An SDK repeats what was refused at once, and leaves a stream that breaks to its user, who asks again. */
async function persistently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      console.error(`ERROR ${error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error)}`);
      if (tries === 3) throw error;
    }
  }
}

/** Drives a dialogue to its end. The last words go to stdout. */
export async function drive(dialogue: Dialogue): Promise<void> {
  for (let turns = 0; turns < 8; turns++) {
    const { text, calls } = await persistently(async () => {
      const reply = await dialogue.ask();
      if (!reply.promptTokens) throw new Error('the SDK was told no usage');
      return reply;
    });
    console.log(text);
    if (calls.length === 0) return;
    dialogue.give(calls.map((call) => ({ call, output: run(call) })));
  }
  throw new Error('the model never came to an end');
}
