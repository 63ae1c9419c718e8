import { editJson } from './edit-json.ts';
import { editLines } from './edit-lines.ts';
import { editToml } from './edit-toml.ts';
import { editYaml } from './edit-yaml.ts';
import type { Edit } from './editing.ts';
import type { Json, Tool } from './tool.ts';

const EDITORS: Readonly<Record<Tool['files'][number]['format'], (text: string, edits: readonly Edit[], start?: Json) => string>> = {
  json: editJson,
  toml: editToml,
  yaml: editYaml,
  dotenv: (text, edits) => editLines(text, edits, ''),
  shell: (text, edits) => editLines(text, edits, 'export '),
};

/**
 * A file's text with the edits made and all else as it was: comments, order, line ends.
 * @param text what it holds; empty for a new file
 * @param start what a file holds that has nothing yet
 * @throws EditError when it cannot be read or not be changed with certainty
 */
export function edit(format: keyof typeof EDITORS, text: string, edits: readonly Edit[], start?: Json): string {
  return EDITORS[format](text, edits, start);
}
