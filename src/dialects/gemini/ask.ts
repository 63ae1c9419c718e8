import type { Target, WireRequest } from '../../protocol/dialect.ts';
import type { Json } from '../../protocol/json.ts';
import { noteLosses } from '../../protocol/losses.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { configOf } from './ask-config.ts';
import { ownBody } from './ask-own.ts';
import { toolsOf } from './ask-tools.ts';
import { conversationOf } from './ask-turns.ts';
import { pathTo } from './paths.ts';
import { NAME } from './shapes.ts';

/** A prompt as a generateContent request, with a note for all that could not be carried or had to change. */
export function ask(prompt: Prompt, target: Target): { request: WireRequest; notes: Note[] } {
  const notes: Note[] = [];
  const body = prompt.dialect === NAME ? ownBody(prompt, notes) : foreignBody(prompt, target, notes);
  return { request: { path: pathTo(target.model, prompt.stream), headers: {}, body }, notes };
}

function foreignBody(prompt: Prompt, target: Target, notes: Note[]): Json {
  const conversation = conversationOf(prompt.turns, notes);
  noteLosses(prompt, NAME, notes);
  const body: Json = { ...conversation, ...toolsOf(prompt, target, notes) };
  const config = configOf(prompt, target, notes);
  if (Object.keys(config).length) body.generationConfig = config;
  return body;
}
