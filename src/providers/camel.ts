type CamelName<Name extends string> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelName<Tail>>}` : Name;

/** An object of the file (`body_limit_mib`) as the code sees it (`bodyLimitMib`). One level: nested objects convert themselves. */
export type Camel<T> = { [Key in keyof T as Key extends string ? CamelName<Key> : Key]: T[Key] };

/** Converts the object's own keys from snake_case to camelCase; values stay as they are. */
export function camel<T extends object>(value: T): Camel<T> {
  const named: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) named[key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())] = inner;
  return named as Camel<T>;
}
