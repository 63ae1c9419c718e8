/** A pattern of names between slashes: `*` is any text within one name, `?` one character of it, `**` any number of whole names. */
export interface Glob {
  readonly text: string;
  /** Its last piece of plain text, in small letters: what fits the pattern holds it. */
  readonly literal: string;
  /** Names between slashes that the pattern has; Infinity with `**`. */
  readonly length: number;
  /** It begins at the root. */
  readonly anchored: boolean;
  /** It means what lies in a folder: it ends with `**`. */
  readonly inside: boolean;
  /** Whether names between slashes fit, in any case. */
  fits(path: string): boolean;
}

const ANY = '**';

/** @throws Error with the mend for a pattern in which no text stands: it would fit everything */
export function glob(text: string): Glob {
  const steps = namesOf(text);
  const literal = steps
    .flatMap((step) => step.split(/[*?]+/))
    .filter(Boolean)
    .at(-1);
  if (literal === undefined) throw new Error('fits everything; name at least one folder, file or repository');
  return {
    text,
    literal,
    length: steps.includes(ANY) ? Number.POSITIVE_INFINITY : steps.length,
    inside: steps.at(-1) === ANY,
    anchored: /^(?:\/|~|[A-Za-z]:[\\/])/.test(text),
    fits: (path) => matches(steps, namesOf(path), (step, name) => step === name || fitsName(step, name)),
  };
}

/** Names between slashes of either kind, in small letters, without the empty ones and those that say "here". */
export function namesOf(path: string): string[] {
  return path
    .toLowerCase()
    .split(/[\\/]+/)
    .filter((name) => name !== '' && name !== '.');
}

/** Two-pointer matching: of several `**` only the last needs to be tried again, so the work is at most steps × names. */
function matches(steps: readonly string[], names: readonly string[], fits: (step: string, name: string) => boolean): boolean {
  let [step, name] = [0, 0];
  let [star, tried] = [-1, 0];
  while (name < names.length) {
    if (steps[step] === ANY) {
      star = step++;
      tried = name;
    } else if (step < steps.length && fits(steps[step]!, names[name]!)) {
      step++;
      name++;
    } else if (star >= 0) {
      step = star + 1;
      name = ++tried;
    } else return false;
  }
  while (steps[step] === ANY) step++;
  return step === steps.length;
}

function fitsName(step: string, name: string): boolean {
  let [at, to] = [0, 0];
  let [star, tried] = [-1, 0];
  while (to < name.length) {
    if (step[at] === '*') {
      star = at++;
      tried = to;
    } else if (at < step.length && (step[at] === '?' || step[at] === name[to])) {
      at++;
      to++;
    } else if (star >= 0) {
      at = star + 1;
      to = ++tried;
    } else return false;
  }
  while (step[at] === '*') at++;
  return at === step.length;
}
