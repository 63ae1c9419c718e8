import { invalid } from '../../protocol/errors.ts';
import { isSilent, type Json, object } from '../../protocol/json.ts';

/** The fields of a JSON object, taken out as they are read; what stays is `left`. Nulls say nothing and stay. */
export class Fields {
  readonly left: Json;
  readonly #path: string;

  /** @param path of the object itself, in front of its fields' names in errors */
  constructor(from: Json, path = '') {
    this.left = { ...from };
    this.#path = path && `${path}.`;
  }

  /** @throws GatewayError `invalid` naming the field, when `read` makes nothing of its value */
  take<T>(key: string, read: (value: unknown) => T | undefined, mend: string): T | undefined {
    const value = this.left[key];
    if (value === null || value === undefined) return undefined;
    const taken = read(value);
    if (taken === undefined) throw invalid(this.#path + key, mend);
    delete this.left[key];
    return taken;
  }

  string(key: string): string | undefined {
    return this.take(key, (value) => (typeof value === 'string' ? value : undefined), 'must be a string');
  }

  /** A string with something in it; an empty one stays, as it says nothing. */
  said(key: string): string | undefined {
    return this.left[key] === '' ? undefined : this.string(key);
  }

  number(key: string): number | undefined {
    return this.take(key, (value) => (Number.isFinite(value) ? (value as number) : undefined), 'must be a number');
  }

  boolean(key: string): boolean | undefined {
    return this.take(key, (value) => (typeof value === 'boolean' ? value : undefined), 'must be true or false');
  }

  /** A list with something in it. */
  list(key: string): unknown[] | undefined {
    const value = this.left[key];
    if (Array.isArray(value) && value.length === 0) return undefined;
    return this.take(key, (given) => (Array.isArray(given) ? given : undefined), 'must be a list');
  }

  /** An object with something in it. */
  object(key: string): Json | undefined {
    const value = this.left[key];
    if (object(value) && isSilent(value)) return undefined;
    return this.take(key, object, 'must be an object');
  }

  /** What stayed: fields that say something, and those that do not. */
  settle(isDefault: (key: string, value: unknown) => boolean = () => false): { rest?: Json; silent?: Json } {
    const settled: { rest?: Json; silent?: Json } = {};
    for (const key in this.left) {
      const value = this.left[key];
      const part = isSilent(value) || isDefault(key, value) ? 'silent' : 'rest';
      settled[part] = { ...settled[part], [key]: value };
    }
    return settled;
  }
}
