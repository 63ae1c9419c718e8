import type { z } from 'zod';
import { near } from '../providers/near.ts';
import type { Problem } from './problem.ts';
import { at, configJsonSchema, type JsonSchema } from './schema.ts';

type Issue = z.core.$ZodIssue;

/** What the schema found wrong, in words that say what to write instead. */
export function problemsOf(issues: readonly Issue[], file: unknown): Problem[] {
  const schema = configJsonSchema([]);
  return issues.flatMap((issue) => told(issue, file, (path) => knownKeys(at(schema, path))));
}

function knownKeys(schema: JsonSchema | undefined): string[] {
  return [schema, ...(schema?.anyOf ?? [])].flatMap((one) => Object.keys(one?.properties ?? {}));
}

function told(issue: Issue, file: unknown, known: (path: readonly PropertyKey[]) => string[]): Problem[] {
  const { path } = issue;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], at: 'key', message: unknownKey(key, known(path)) }));
    case 'invalid_type':
      return [
        {
          path,
          message:
            inside(file, path) === undefined
              ? `is missing; it must be ${KINDS[issue.expected] ?? issue.expected}`
              : `must be ${KINDS[issue.expected] ?? issue.expected}, not ${kindOf(inside(file, path))}`,
        },
      ];
    case 'invalid_value':
      return [{ path, message: oneOf(issue.values, inside(file, path)) }];
    case 'too_small':
      return [
        {
          path,
          message:
            issue.origin === 'string'
              ? 'must not be empty'
              : `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`,
        },
      ];
    case 'too_big':
      return [{ path, message: `must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}` }];
    case 'invalid_key':
      return issue.issues.slice(0, 1).map((inner) => ({ path, at: 'key', message: inner.message }));
    case 'invalid_union':
      return nearest(issue.errors, path).flatMap((inner) => told(inner, file, known));
    default:
      return [{ path, message: issue.message }];
  }
}

function unknownKey(key: string, known: readonly string[]): string {
  const [meant] = near(key, known);
  return `is no known key; ${meant ? `did you mean "${meant}"?` : `known here: ${known.join(', ')}`}`;
}

function oneOf(values: readonly unknown[], value: unknown): string {
  if (value === undefined) return `is missing; it must be ${or(values)}`;
  const [meant] = typeof value === 'string' ? near(value, values.map(String)) : [];
  return `must be ${or(values)}${meant ? `; did you mean "${meant}"?` : ''}`;
}

function or(values: readonly unknown[]): string {
  const names = values.map(String);
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** Of a value that fits no form, the faults against the form that came nearest: the one whose first fault lies deepest. */
function nearest(errors: readonly (readonly Issue[])[], path: readonly PropertyKey[]): Issue[] {
  const deepest = errors.toSorted((a, b) => (b[0]?.path.length ?? 0) - (a[0]?.path.length ?? 0))[0] ?? [];
  if (deepest[0]?.path.length) return deepest.map((issue) => ({ ...issue, path: [...path, ...issue.path] }) as Issue);
  const forms = new Set(errors.flatMap((issues) => issues.slice(0, 1)).map(form));
  return [{ code: 'custom', path: [...path], message: `must be ${or([...forms])}`, input: undefined }];
}

function form(issue: Issue): string {
  if (issue.code === 'invalid_type') return KINDS[issue.expected] ?? issue.expected;
  return issue.code === 'invalid_value' ? or(issue.values) : issue.message;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map of keys and values',
  record: 'a map of names and values',
  array: 'a list',
};

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a fraction';
  return KINDS[typeof value] ?? typeof value;
}

/** The value at a path of the file as data. */
export function inside(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      inner !== null && typeof inner === 'object' && Object.hasOwn(inner, key) ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}
