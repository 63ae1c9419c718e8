import { type Document, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { Problem } from './problem.ts';
import { hideReferences, isMalformed, REFERENCE_FORM, showReferences } from './references.ts';

/** The file as data, and where each of its keys and values stands. */
export interface Parsed {
  value: unknown;
  /** What is wrong with it as YAML; then `value` means little. */
  problems: Problem[];
  /** The problem with its line and column. */
  locate(problem: Problem): Problem;
}

/** Reads YAML (or JSON, which is YAML). References stay as they are written. */
export function parseText(text: string, source: string): Parsed {
  const lines = new LineCounter();
  const doc = parseDocument(hideReferences(text), { lineCounter: lines, prettyErrors: false, merge: true });
  const point = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems: Problem[] = [];
  const say = (message: string, offset: number) => {
    const place = point(offset);
    // One slip makes the parser stumble several times over the same line.
    if (!problems.some((one) => one.line === place.line))
      problems.push({ path: [], message: mend(message, text.split('\n')[place.line - 1]), source, ...place });
  };
  for (const error of doc.errors) say(showReferences(error.message), error.pos[0]);
  visit(doc, {
    Alias: (_, alias) => {
      if (!alias.resolve(doc)) say(`nothing is called *${alias.source}`, alias.range?.[0] ?? 0);
    },
  });
  const locate = (problem: Problem): Problem => ({ source, ...problem, ...point(offsetOf(doc, problem)) });
  const value = problems.length ? undefined : show(read(doc, problems, source));
  return { value, problems, locate };
}

/** A file whose aliases multiply without end only shows here. */
function read(doc: Document.Parsed, problems: Problem[], source: string): unknown {
  try {
    return doc.toJS({ maxAliasCount: 100 });
  } catch (error) {
    problems.push({ path: [], message: mend((error as Error).message, ''), source });
    return undefined;
  }
}

/** YAML's own words, with the mend for the mistakes people make. */
function mend(message: string, line = ''): string {
  const said = `not valid YAML: ${message.replace(/[\s.]+$/, '')}`;
  if (isMalformed(line)) return `${said}. ${REFERENCE_FORM}`;
  if (/tab/i.test(message)) return `${said}. Indent with spaces`;
  if (/called \*/.test(message) || /(^|[\s{,[])\*/.test(line)) return `${said}. Put names with * in quotes`;
  if (/unique/.test(message)) return `${said}. Remove one of the two`;
  if (/flow|implicit|compact mapping|nested mapping/i.test(message))
    return `${said}. Check brackets, commas and indentation; put values with ":" or "{" in quotes`;
  return said;
}

/** Every string, also in keys, with its references visible again. */
function show(value: unknown): unknown {
  if (typeof value === 'string') return showReferences(value);
  if (Array.isArray(value)) return value.map(show);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [showReferences(key), show(inner)]));
  return value;
}

/** Where a path leads in the text: the deepest part of it that is there. */
function offsetOf(doc: Document.Parsed, { path, at }: Problem): number {
  let node: Node | null | undefined = doc.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(doc);
    if (isMap(node)) {
      const pair = node.items.find((one) => isPair(one) && isScalar(one.key) && showReferences(String(one.key.value)) === String(key));
      if (!pair) break;
      const keyNode = pair.key as Node;
      node = pair.value as Node | null;
      const wantsKey = at === 'key' && depth === path.length - 1;
      offset = (wantsKey ? undefined : node?.range?.[0]) ?? keyNode.range?.[0] ?? offset;
    } else if (isSeq(node) && typeof key === 'number') {
      node = node.items[key] as Node | undefined;
      offset = node?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
