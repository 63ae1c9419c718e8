import { isMap, parseDocument } from 'yaml';
import { type Edit, EditError, lineEnd, placeIn } from './editing.ts';
import type { Json } from './tool.ts';

/** YAML through its document, which keeps comments and order. @throws EditError */
export function editYaml(text: string, edits: readonly Edit[], start: Json = {}): string {
  const eol = lineEnd(text);
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault) throw new EditError(`it is no valid YAML: ${fault.message.split('\n')[0]}`);
  if (document.contents === null || document.toJS() === null) document.contents = document.createNode(start) as typeof document.contents;
  if (!isMap(document.contents)) throw new EditError('it holds no settings by name');
  for (const one of edits) {
    const { at, to, add } = one;
    if (add === undefined) document.setIn(at, to);
    else {
      const list = (document.toJS() as Record<string, unknown>)[at[0]!];
      const { index, replaces } = placeIn(list, one);
      if (Array.isArray(list) && list.length) document.setIn([...at, replaces ? index : list.length], document.createNode(add));
      else document.setIn(at, document.createNode([add]));
    }
  }
  const made = document.toString({ lineWidth: 0 });
  return eol === '\n' ? made : made.replace(/\r?\n/g, eol);
}
