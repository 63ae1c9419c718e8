import type { Json } from './tool.ts';

/** What a tool's row is filled with. */
export interface Facts {
  /** The gateway, without a version segment. */
  url: string;
  key: string;
  model: string;
  /** Models to offer beside it, with windows in tokens where they are known. */
  models: readonly { id: string; window?: number }[];
}

/** A window that is not known is taken for this; tokens. */
const SMALLEST = 32_768;

type Values = Readonly<Record<string, string | number>>;

/**
 * A value of a tool's row with `{…}` filled in. What holds `{each}` occurs once for each model; a text that is `{window}` alone becomes a
 * number of tokens.
 */
export function fill(value: Json, { url, key, model, models }: Facts): Json {
  const window = (id: string) => models.find((one) => one.id === id)?.window ?? SMALLEST;
  const all = [...new Set([model, ...models.map(({ id }) => id)])];
  const repeat = all.map((id): Values => ({ each: id, window: window(id) }));
  return filled(value, { url, key, model, window: window(model) }, repeat);
}

function filled(value: Json, values: Values, repeat: readonly Values[]): Json {
  if (typeof value === 'string') return text(value, values);
  if (Array.isArray(value)) return value.flatMap((one) => turns(one, values, repeat).map((turn) => filled(one, turn, repeat)));
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).flatMap(([name, inner]) =>
    (name.includes('{each}') ? repeat.map((one) => ({ ...values, ...one })) : [values]).map((turn) => [
      String(text(name, turn)),
      filled(inner, turn, repeat),
    ]),
  );
  return Object.fromEntries(members) as Json;
}

/** An element of a list stands once, or once for each model when it speaks of each. */
function turns(one: Json, values: Values, repeat: readonly Values[]): Values[] {
  const speaks = !('each' in values) && JSON.stringify(one).includes('{each}');
  return speaks ? repeat.map((each) => ({ ...values, ...each })) : [values];
}

function text(template: string, values: Values): string | number {
  const alone = /^\{(\w+)\}$/.exec(template)?.[1];
  if (alone !== undefined && typeof values[alone] === 'number') return values[alone];
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
