import { KEYWORD_RULES, NUMBER_RULES, TOKEN_RULES } from './detectors/index.ts';
import { patternRule, wordsRule } from './detectors/own.ts';
import { Inspector, Overload } from './inspect.ts';
import type { EgressSettings, Reading } from './policy.ts';
import { Scanner } from './scan.ts';

/** A scanner for the built-in rules and the team's own. Made once for a configuration; it remembers what it read. */
export function scannerFor({ words, patterns }: Pick<EgressSettings, 'words' | 'patterns'>, remembered?: number): Scanner {
  const own = Object.entries(words).map(([name, list]) => wordsRule(name, list));
  const inspector = new Inspector({
    keyword: [...KEYWORD_RULES, ...own],
    token: TOKEN_RULES,
    number: NUMBER_RULES,
    whole: Object.entries(patterns).map(([name, expression]) => patternRule(name, expression)),
  });
  return new Scanner(inspector, remembered);
}

/**
 * Reads a parsed JSON body for what may not leave. Never throws: whatever goes wrong is a failure in the reading, which `decide` takes
 * for the worst. The failure's text never holds content.
 * @param now a clock in milliseconds
 */
export function read(
  scanner: Pick<Scanner, 'scan'>,
  body: unknown,
  { budgetMs, limitLength }: Pick<EgressSettings, 'budgetMs' | 'limitLength'>,
  now: () => number,
): Reading {
  try {
    return { findings: scanner.scan(body, { budget: budgetMs, length: limitLength, now }).findings };
  } catch (error) {
    return {
      findings: [],
      failure: error instanceof Overload ? error.message : error instanceof RangeError ? 'it is nested too deep' : 'a detector failed',
    };
  }
}
