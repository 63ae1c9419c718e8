import { homedir } from 'node:os';
import { join } from 'node:path';
import { edit } from '../connect/edit.ts';
import { EditError } from '../connect/editing.ts';
import { type Facts, fill } from '../connect/fill.ts';
import { type Rewrite, readIfThere } from '../connect/record.ts';
import { type Home, type Json, locate, type Tool } from '../connect/tool.ts';
import { tools } from '../connect/tools.ts';
import type { Outside } from '../gateway.ts';
import type { Shell } from './shell.ts';

/** Milliseconds a model may take to load and say hello. */
const PATIENCE = 180_000;

/** The person whose tools are set up. */
export function homeOf({ env }: Shell): Home {
  return { folder: env['HOME']?.trim() || env['USERPROFILE']?.trim() || homedir(), env, platform: process.platform };
}

/** Where connections are written down: beside the data, whatever folder a configuration names for that. */
export function recordsFolder(shell: Shell): string {
  return join(shell.env['XDG_DATA_HOME']?.trim() || join(homeOf(shell).folder, '.local', 'share'), 'freehold', 'connections');
}

/** The tool of this name. @throws Error naming all */
export function toolNamed(name: string): Tool {
  const all = tools();
  const found = all.find((tool) => tool.name === name.toLowerCase());
  if (!found) throw new Error(`There is no tool "${name}". Tools: ${all.map((tool) => tool.name).join(', ')}.`);
  return found;
}

/** What each file of a tool would hold. @throws Error naming the file that cannot be changed, and why */
export function plan(tool: Tool, facts: Facts, home: Home, hasModel: boolean): Rewrite[] {
  return tool.files.map((file) => {
    const paths = file.path.map((path) => locate(path, home));
    const path = paths.find((one) => readIfThere(one) !== undefined) ?? paths.at(-1)!;
    const before = readIfThere(path);
    const text = before?.toString() ?? '';
    try {
      if (before && !Buffer.from(text).equals(before)) throw new EditError('it is not written in UTF-8');
      const edits = file.set
        .filter(({ when }) => when !== 'model' || hasModel)
        .map(({ to, add, ...rest }) => ({ ...rest, to: to && fill(to, facts), add: add && fill(add, facts) }));
      return { path, before, after: edit(file.format, text, edits, file.start) };
    } catch (error) {
      if (error instanceof EditError) throw new Error(`${path} was left alone: ${error.message}`, { cause: error });
      throw error;
    }
  });
}

/** A gateway as its clients find it. */
export interface Reach {
  /** With the key shown, or without one. */
  status: number;
  models: Facts['models'];
}

/** Asks a gateway for its models. @throws GatewayError when nobody answers there */
export async function reach(outside: Outside, url: string, key?: string): Promise<Reach> {
  const { status, body } = await outside.admin(url, key, { method: 'GET', path: '/v1/models' });
  const data = (body as { data?: readonly { id: string; context_window?: number }[] }).data ?? [];
  return { status, models: data.map(({ id, context_window: window }) => ({ id, window })) };
}

/** One tiny question as the tool would ask it. @returns why it failed, or undefined when it was answered */
export async function tryOut(outside: Outside, tool: Tool, facts: Facts): Promise<string | undefined> {
  const { path, headers, body, has } = tool.ask;
  const answer = await outside.admin(facts.url, tool.keyless ? undefined : facts.key, {
    method: 'POST',
    path: String(fill(path, facts)),
    headers,
    body: fill(body, facts),
    patience: PATIENCE,
  });
  const said = has.reduce<unknown>((value, step) => (value as Record<string | number, unknown> | undefined)?.[step], answer.body);
  if (answer.status === 200 && said !== undefined && said !== null) return undefined;
  const { error } = answer.body as { error?: string | { message?: string } };
  const why = typeof error === 'string' ? error : error?.message;
  return `${path} answered ${answer.status}${why ? `: ${why}` : ' without an answer in it'}`;
}

/** Texts for people, with a tool's facts in them. */
export function stepsOf(tool: Tool, facts: Facts): string[] {
  return tool.steps.map((step) => String(fill(step as Json, facts)));
}
