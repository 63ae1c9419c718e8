/** What the lines of a text look like, counted in one pass. Nothing of the text is kept. */
export interface Shape {
  lines: number;
  /** Lines of code, of a diff, of a stack trace, of headings, of lists, in fences. */
  code: number;
  diff: number;
  trace: number;
  heading: number;
  list: number;
  fence: number;
  /** Lines that ask. */
  question: number;
  /** Formulas. */
  math: number;
  /** Lines that name a field and a colon, as forms and issues do. */
  field: number;
}

export const PROSE = 0;
export const CODE = 1;
export const HEADING = 2;
export const LIST = 3;

const CODE_START =
  /^(?:import |from \w+ import|def |class \w+|const |let |var |public |private |protected |static |func |fn |return\b|if ?\(|for ?\(|while ?\(|else\b|try\b|catch\b|#include|using \w|package \w|namespace |export |async |await |elif |select .{1,80} from |insert into|create table|@\w+|<\/?[a-z!]|\{|\}|\$ |>>> |\/\/|\/\*|\* |--- a\/|\+\+\+ b\/)/i;
const TRACE =
  /^(?:traceback|\s+at \S+|\s*file ".{1,120}", line \d|caused by|\S{0,60}(?:error|exception)\b ?[:([]|error[: []|fatal|panic:|warning:|\S{0,80}:\d+:\d+|npm err|exit code)/i;
const FIELD = /^\W{0,4}[a-z][\w /]{1,28}:(?:\s|\*|$)/i;

/**
 * Reads one line and counts it.
 * @param line without its end, at most some hundred characters of it
 * @param fenced it stands between code fences
 * @returns what kind of line it is
 */
export function lineOf(line: string, fenced: boolean, shape: Shape): typeof PROSE | typeof CODE | typeof HEADING | typeof LIST {
  shape.lines++;
  const start = line.trimStart();
  if (start === '') return PROSE;
  if (TRACE.test(line)) shape.trace++;
  const first = start.charCodeAt(0);
  if ((first === 43 || first === 45) && start.length > 1 && start.charCodeAt(1) !== 32 && start.charCodeAt(1) !== 45) shape.diff++;
  if (start.startsWith('@@ ') || start.startsWith('diff --git')) shape.diff += 2;
  if (start.endsWith('?') || start.endsWith('？')) shape.question++;
  if (FIELD.test(start)) shape.field++;
  let signs = 0;
  let backslashes = 0;
  for (let at = 0; at < start.length; at++) {
    const unit = start.charCodeAt(at);
    if (unit === 92 || unit === 94 || unit === 36) backslashes++;
    if (
      unit === 123 ||
      unit === 125 ||
      unit === 59 ||
      unit === 61 ||
      unit === 40 ||
      unit === 41 ||
      unit === 91 ||
      unit === 93 ||
      unit === 60 ||
      unit === 62
    )
      signs++;
  }
  if (backslashes >= 2) shape.math++;
  if (fenced) {
    shape.fence++;
    shape.code++;
    return CODE;
  }
  if (first === 35 && /^#{1,6} ?\S/.test(start) && signs * 8 < start.length) {
    shape.heading++;
    return HEADING;
  }
  const last = start.charCodeAt(start.length - 1);
  if (
    (signs > 0 && CODE_START.test(start)) ||
    last === 59 ||
    last === 123 ||
    last === 125 ||
    (signs >= 2 && signs * 7 > start.length) ||
    (signs > 0 && line.length - start.length >= 4)
  ) {
    shape.code++;
    return CODE;
  }
  if (/^(?:[-*•] |\d{1,2}[.)] |\[.\] )/.test(start)) {
    shape.list++;
    return LIST;
  }
  return PROSE;
}

export const emptyShape = (): Shape => ({
  lines: 0,
  code: 0,
  diff: 0,
  trace: 0,
  heading: 0,
  list: 0,
  fence: 0,
  question: 0,
  math: 0,
  field: 0,
});
