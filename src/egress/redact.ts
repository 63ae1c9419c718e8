import type { Finding } from './finding.ts';
import type { Placeholders } from './placeholders.ts';
import { isNumber, numeral } from './text.ts';

/** Values shorter than this are only replaced where they were found: as words of other texts they are too ordinary. */
const EVERYWHERE = 8;

/** What was found in one value, by place, and what lies deeper. */
interface Branch {
  findings: Finding[];
  children: Map<string | number, Branch>;
}

const branch = (): Branch => ({ findings: [], children: new Map() });

/**
 * A copy of the body with placeholders where something was found, in values and in names of members. The body itself is not changed.
 * A value that was found once is also replaced wherever else it stands: where no name gives it away it would leave unseen.
 */
export function redact(body: unknown, findings: readonly Finding[], placeholders: Placeholders): unknown {
  if (findings.length === 0) return body;
  const root = branch();
  for (const finding of findings) {
    let at = root;
    for (const step of finding.path) {
      let next = at.children.get(step);
      if (!next) {
        next = branch();
        at.children.set(step, next);
      }
      at = next;
    }
    at.findings.push(finding);
  }
  const given = new Map<string, string>();
  const joined = splitValues(body, findings);
  const redacted = rewritten(body, root, (finding, value) => {
    if (finding.split === undefined) return give(given, placeholders, value, finding);
    const whole = joined.get(finding.split);
    joined.delete(finding.split);
    // The first piece takes the placeholder of the whole, the others go.
    return whole === undefined ? '' : give(given, placeholders, whole, finding);
  });
  const long = [...given].filter(([value]) => value.length >= EVERYWHERE).sort(([a], [b]) => b.length - a.length);
  return long.length ? everywhere(redacted, long) : redacted;
}

function give(given: Map<string, string>, placeholders: Placeholders, value: string, { rule, kind }: Finding): string {
  const made = placeholders.for(value, kind === 'secret' ? 'secret' : rule);
  given.set(value, made);
  return made;
}

/** The values that are split over several texts, by number, put together again. */
function splitValues(body: unknown, findings: readonly Finding[]): Map<number, string> {
  const joined = new Map<number, string>();
  for (const { split, path, start, end } of findings) {
    if (split === undefined) continue;
    let at = body;
    for (const step of path) at = (at as Record<string | number, unknown>)[step];
    joined.set(split, (joined.get(split) ?? '') + (isNumber(at) ? numeral(at) : String(at)).slice(start, end));
  }
  return joined;
}

type Replace = (finding: Finding, value: string) => string;

function rewritten(value: unknown, { findings, children }: Branch, replace: Replace): unknown {
  const own = findings.filter(({ key }) => !key);
  if (typeof value === 'string') return own.length ? spliced(value, own, replace) : value;
  if (isNumber(value)) return own.length ? spliced(numeral(value), own, replace) : value;
  if (children.size === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, at) => (children.has(at) ? rewritten(item, children.get(at)!, replace) : item));
  const made: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const below = children.get(name);
    const inName = below?.findings.filter(({ key }) => key) ?? [];
    let called = inName.length ? spliced(name, inName, replace) : name;
    while (called !== name && Object.hasOwn(value, called)) called += '-';
    set(made, called, below ? rewritten(item, below, replace) : item);
  }
  return made;
}

/** `__proto__` is a name like any other in a client's JSON. */
function set(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/** The text with each span replaced; spans that overlap are one. */
function spliced(text: string, findings: readonly Finding[], replace: Replace): string {
  const spans: Finding[] = [];
  for (const finding of [...findings].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = spans.at(-1);
    if (last && finding.start < last.end) {
      last.end = Math.max(last.end, finding.end);
      last.split ??= finding.split;
    } else spans.push({ ...finding });
  }
  let out = '';
  let from = 0;
  for (const span of spans) {
    out += text.slice(from, span.start) + replace(span, text.slice(span.start, span.end));
    from = span.end;
  }
  return out + text.slice(from);
}

/** All texts with these values replaced, the longest first. Objects without any stay the same objects. */
function everywhere(value: unknown, given: readonly (readonly [string, string])[]): unknown {
  if (typeof value === 'string') {
    let text = value;
    for (const [secret, placeholder] of given) if (text.includes(secret)) text = text.replaceAll(secret, () => placeholder);
    return text;
  }
  if (isNumber(value)) {
    const text = numeral(value);
    return given.some(([secret]) => text === secret) ? everywhere(text, given) : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => everywhere(item, given));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  const made: Record<string, unknown> = {};
  let changed = false;
  for (const [name, item] of Object.entries(value)) {
    const called = everywhere(name, given) as string;
    const inside = everywhere(item, given);
    changed ||= called !== name || inside !== item;
    set(made, called, inside);
  }
  return changed ? made : value;
}
