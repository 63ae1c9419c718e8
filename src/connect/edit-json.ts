import { applyEdits, type FormattingOptions, modify, type ParseError, parse, parseTree, printParseErrorCode } from 'jsonc-parser';
import { type Edit, EditError, lineEnd, placeIn } from './editing.ts';
import type { Json } from './tool.ts';

/** JSON with or without comments. @throws EditError */
export function editJson(text: string, edits: readonly Edit[], start?: Json): string {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const eol = lineEnd(text);
  const formattingOptions = { ...indent(text), eol };
  let now = text.slice(mark.length);
  const isNew = now.trim() === '';
  if (isNew) now = `${JSON.stringify(start ?? (edits.some(({ at }) => at.length === 0) ? [] : {}))}${eol}`;
  readable(now);
  for (const one of edits) {
    const { at, to, add } = one;
    if (add === undefined) now = applyEdits(now, modify(now, [...at], to, { formattingOptions }));
    else {
      const { index, replaces } = placeIn(valueAt(now, at), one);
      const made = modify(now, [...at, replaces ? index : -1], add, { formattingOptions, isArrayInsertion: !replaces });
      now = applyEdits(now, made);
    }
  }
  readable(now);
  for (const { at, to } of edits)
    if (to !== undefined && JSON.stringify(valueAt(now, at)) !== JSON.stringify(to))
      throw new EditError(`${at.join('.')} is there more than once`);
  return mark + now;
}

/** @throws EditError */
function readable(text: string): void {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first) {
    const line = text.slice(0, first.offset).split('\n').length;
    throw new EditError(`it is no valid JSON in line ${line} (${printParseErrorCode(first.error)})`);
  }
  if (tree?.type !== 'object' && tree?.type !== 'array') throw new EditError('it holds a single value where settings should be');
}

function valueAt(text: string, at: readonly string[]): unknown {
  return at.reduce<unknown>(
    (value, name) => (value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[name] : undefined),
    parse(text, [], { allowTrailingComma: true }),
  );
}

/** As the first indented line is. */
function indent(text: string): FormattingOptions {
  const found = /\n([ \t]+)\S/.exec(text)?.[1];
  return found?.startsWith('\t') ? { insertSpaces: false, tabSize: 1 } : { insertSpaces: true, tabSize: found?.length ?? 2 };
}
