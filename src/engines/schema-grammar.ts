/**
 * JSON Schema → GBNF, llama.cpp's grammar language. Written here because the library's own converter
 * makes every property required, so a tool's optional arguments would always be invented.
 * Not enforced: pattern, uniqueItems, not, multipleOf, bounds of fractional numbers; a range of more than
 * MOST_LISTED whole numbers is kept by sign and digits only. Everything else is a limit on what can be written at all.
 */
type Schema = Record<string, unknown>;

const PRIMITIVES: Record<string, string> = {
  ws: '| " " | "\\n" [ \\t]{0,20}',
  char: '[^"\\\\\\x7F\\x00-\\x1F] | [\\\\] (["\\\\bfnrt/] | "u" [0-9a-fA-F]{4})',
  string: '"\\"" char* "\\""',
  integer: '"-"? ("0" | [1-9] [0-9]{0,14})',
  number: '"-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?',
  boolean: '"true" | "false"',
  null: '"null"',
  value: 'object | array | string | number | boolean | null',
  object: '"{" ws (string ":" ws value ("," ws string ":" ws value)*)? ws "}"',
  array: '"[" ws (value ("," ws value)*)? ws "]"',
  date: '[0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [1-2] [0-9] | "3" [0-1])',
  time: '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,3})? ("Z" | [+-] ("0" [0-9] | "1" [0-4]) ":" [0-5] [0-9])',
  uuid: '[0-9a-f]{8} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{12}',
};
const NEEDS: Record<string, string[]> = {
  string: ['char'],
  value: ['object', 'array', 'string', 'number', 'boolean', 'null', 'char', 'ws'],
  object: ['value', 'string', 'char', 'ws', 'array', 'number', 'boolean', 'null'],
  array: ['value', 'object', 'string', 'char', 'ws', 'number', 'boolean', 'null'],
};
// Longer bounds than these cost llama.cpp a rule per repetition and gain nothing.
const MOST_REPEATS = 500;
const MOST_LISTED = 300;

/** Text as a GBNF literal. */
export function literal(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')}"`;
}

/**
 * A grammar whose every complete sentence is JSON valid for `schema` (true or {} for any object).
 * @param alternatives GBNF expressions allowed instead of the JSON, such as the start of a tool call
 * @throws Error naming the place when a $ref leads nowhere or the schema can never be satisfied
 */
export function grammarForSchema(schema: unknown, alternatives: readonly string[] = []): string {
  const writer = new GrammarWriter(schema);
  const root = writer.expression(schema, 'root');
  const rules = writer.rules;
  rules.set('root', [root, ...alternatives].join(' | '));
  return [...rules].map(([name, body]) => `${name} ::= ${body}`).join('\n');
}

/** A grammar for exactly one of the given texts. */
export function grammarForChoice(texts: readonly string[]): string {
  return `root ::= ${texts.map(literal).join(' | ')}`;
}

class GrammarWriter {
  readonly rules = new Map<string, string>();
  readonly #whole: unknown;
  readonly #refs = new Map<string, string>();
  #count = 0;

  constructor(whole: unknown) {
    this.#whole = whole;
  }

  expression(schema: unknown, path: string): string {
    if (schema === true || schema === undefined || schema === null) return this.#use('value');
    if (typeof schema !== 'object' || Array.isArray(schema)) throw new Error(`${path}: a schema must be an object`);
    const s = schema as Schema;
    if (typeof s['$ref'] === 'string') return this.#reference(s['$ref'], path);
    if ('const' in s) return literal(JSON.stringify(s['const']));
    if (Array.isArray(s['enum'])) {
      if (s['enum'].length === 0) throw new Error(`${path}: an empty enum can never be satisfied`);
      return this.#rule(s['enum'].map((one) => literal(JSON.stringify(one))).join(' | '));
    }
    if (Array.isArray(s['allOf'])) return this.expression(this.#merged(s, path), path);
    const any = s['anyOf'] ?? s['oneOf'];
    if (Array.isArray(any)) {
      const { anyOf: _a, oneOf: _o, ...rest } = s;
      const isBare = !('properties' in rest) && !('type' in rest && rest['type'] === 'object');
      return this.#rule(any.map((one, i) => this.expression(isBare ? one : join(rest, one as Schema), `${path}/anyOf/${i}`)).join(' | '));
    }
    const type = s['type'];
    if (Array.isArray(type)) return this.#rule(type.map((one) => this.expression({ ...s, type: one }, path)).join(' | '));
    return this.#typed(typeof type === 'string' ? type : guess(s), s, path);
  }

  #typed(type: string, s: Schema, path: string): string {
    switch (type) {
      case 'object':
        return this.#object(s, path);
      case 'array':
        return this.#array(s, path);
      case 'string':
        return this.#string(s);
      case 'integer':
        return this.#integer(s);
      case 'number':
      case 'boolean':
      case 'null':
        return this.#use(type);
      case '':
        return this.#use('value');
      default:
        throw new Error(`${path}: unknown type "${type}"`);
    }
  }

  #string(s: Schema): string {
    const format = s['format'];
    if (format === 'date' || format === 'time' || format === 'uuid') return `"\\"" ${this.#use(format)} "\\""`;
    if (format === 'date-time') return `"\\"" ${this.#use('date')} "T" ${this.#use('time')} "\\""`;
    const range = repeats(s['minLength'], s['maxLength']);
    if (range === '*') return this.#use('string');
    return `"\\"" ${this.#use('char')}${range} "\\""`;
  }

  #integer(s: Schema): string {
    const least = Number(s['minimum'] ?? s['exclusiveMinimum'] ?? Number.NEGATIVE_INFINITY);
    const most = Number(s['maximum'] ?? s['exclusiveMaximum'] ?? Number.POSITIVE_INFINITY);
    if (least < 0 && most === Number.POSITIVE_INFINITY) return this.#use('integer');
    if (most - least <= MOST_LISTED) {
      const from = Math.ceil('minimum' in s ? least : least + 1);
      const all = Array.from({ length: Math.max(0, Math.floor('maximum' in s ? most : most - 1) - from + 1) }, (_, i) => `"${from + i}"`);
      if (all.length > 0) return this.#rule(all.join(' | '));
    }
    const digits = Math.min(
      15,
      most === Number.POSITIVE_INFINITY ? 15 : String(Math.floor(Math.max(Math.abs(most), least < 0 ? Math.abs(least) : 0))).length,
    );
    return this.#rule(`${least >= 0 ? '' : '"-"? '}("0" | [1-9] [0-9]{0,${Math.max(0, digits - 1)}})`);
  }

  #array(s: Schema, path: string): string {
    const ws = this.#use('ws');
    const least = Math.min(count(s['minItems']) ?? 0, MOST_REPEATS);
    const most = count(s['maxItems']);
    const prefix = Array.isArray(s['prefixItems']) ? s['prefixItems'] : [];
    if (prefix.length > 0) {
      const all = prefix.map((one, i) => this.expression(one, `${path}/prefixItems/${i}`));
      return `"[" ${ws} ${all.join(` "," ${ws} `)} ${ws} "]"`;
    }
    if (most === 0) return `"[" ${ws} "]"`;
    const item = this.#rule(this.expression(s['items'], `${path}/items`));
    const further = `("," ${ws} ${item})${repeats(Math.max(0, least - 1), most === undefined ? undefined : most - 1)}`;
    const filled = `${item} ${further}`;
    return `"[" ${ws} ${least > 0 ? filled : `(${filled})?`} ${ws} "]"`;
  }

  // Properties come in the schema's order; rule i knows whether a comma is due, so any optional one may be left out.
  #object(s: Schema, path: string): string {
    const ws = this.#use('ws');
    const entries = Object.entries((s['properties'] ?? {}) as Schema);
    const required = new Set(Array.isArray(s['required']) ? s['required'] : []);
    const more = s['additionalProperties'];
    const isOpen = more === true || (typeof more === 'object' && more !== null) || (entries.length === 0 && more !== false);
    const comma = `"," ${ws} `;
    let due = '""';
    let fresh = '""';
    if (isOpen) {
      const pair = `${this.#use('string')} ":" ${ws} ${this.#rule(this.expression(more === true ? undefined : more, `${path}/additionalProperties`))}`;
      due = this.#rule(`(${comma}${pair})*`);
      fresh = this.#rule(`(${pair} (${comma}${pair})*)?`);
    }
    for (const [name, schema] of entries.reverse()) {
      const pair = this.#rule(`${literal(JSON.stringify(name))} ":" ${ws} ${this.#rule(this.expression(schema, `${path}/${name}`))}`);
      const after: string = due;
      const isOptional = !required.has(name);
      const skipFresh: string = fresh;
      due = this.#rule(`${comma}${pair} ${after}${isOptional ? ` | ${after}` : ''}`);
      fresh = this.#rule(`${pair} ${after}${isOptional ? ` | ${skipFresh}` : ''}`);
    }
    return `"{" ${ws} ${fresh} ${ws} "}"`;
  }

  #reference(ref: string, path: string): string {
    const known = this.#refs.get(ref);
    if (known !== undefined) return known;
    const name = `ref-${this.#refs.size}`;
    this.#refs.set(ref, name); // before its body, which may refer to itself
    this.rules.set(name, this.expression(this.#follow(ref, path), ref));
    return name;
  }

  #follow(ref: string, path: string): unknown {
    let at: unknown = this.#whole;
    for (const step of ref.replace(/^#\/?/, '').split('/').filter(Boolean)) {
      at = (at as Schema | undefined)?.[step.replaceAll('~1', '/').replaceAll('~0', '~')];
    }
    if (!ref.startsWith('#') || at === undefined) throw new Error(`${path}: $ref "${ref}" leads nowhere in this schema`);
    return at;
  }

  #merged(s: Schema, path: string): Schema {
    const { allOf, ...rest } = s;
    return (allOf as Schema[]).reduce<Schema>(
      (sum, one) => join(sum, typeof one['$ref'] === 'string' ? (this.#follow(one['$ref'], path) as Schema) : one),
      rest,
    );
  }

  #rule(body: string): string {
    if (/^[a-z0-9-]+$/.test(body)) return body;
    const name = `r${this.#count++}`;
    this.rules.set(name, body);
    return name;
  }

  #use(name: string): string {
    for (const one of [name, ...(NEEDS[name] ?? [])]) this.rules.set(one, PRIMITIVES[one] as string);
    return name;
  }
}

function join(a: Schema, b: Schema): Schema {
  return {
    ...a,
    ...b,
    ...('properties' in a || 'properties' in b ? { properties: { ...(a['properties'] as Schema), ...(b['properties'] as Schema) } } : {}),
    ...('required' in a || 'required' in b
      ? { required: [...((a['required'] as string[]) ?? []), ...((b['required'] as string[]) ?? [])] }
      : {}),
  };
}

function guess(s: Schema): string {
  if ('properties' in s || 'additionalProperties' in s) return 'object';
  if ('items' in s || 'prefixItems' in s) return 'array';
  return 'minLength' in s || 'maxLength' in s || 'format' in s ? 'string' : '';
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? Math.floor(value) : undefined;
}

function repeats(least: unknown, most: unknown): string {
  const min = Math.min(count(least) ?? 0, MOST_REPEATS);
  const max = count(most);
  if (max === undefined || max > MOST_REPEATS) return min === 0 ? '*' : `{${min},}`;
  return `{${Math.min(min, max)},${max}}`;
}
