import { invalid } from '../protocol/errors.ts';
import { IMPORTANCE, type Question } from './question.ts';

const ORDINARY = 1;
const HIGHEST = 10;

/** Something whose work weighs more, by configuration: an owner's paths, a branch. */
export interface Weighty {
  name: string;
  /** 1 to 10. */
  importance: number;
  /** Whether a path or the name of a branch belongs to it. */
  fits(name: string): boolean;
}

/** What the work weighs, and by what. */
export interface Importance {
  importance: number;
  evidence: string[];
}

const BRANCH = /\bbranch(?: name)?(?: is)?[:=]? {0,2}[`'"]?([\w./-]{3,80})/i;
const RELEASE = /^(?:release|hotfix|stable|production|prod|lts)(?:[/_.-]|$)/i;
const PATH = /(?<![\w.-])(?:[\w.-]{1,60}(?:\/[\w.-]{1,60}){1,12}|[\w-]{1,60}\.[a-z]{1,5}\b)/gi;
const SENSITIVE =
  /(?:^|[/_.-])(?:auth|authn|authz|oauth2?|security|crypto|cryptography|payments?|billing|secrets?|credentials?|passwords?|permissions?|acl|iam|login|sessions?|tokens?|jwt|migrations?)(?:[/_.-]|$)/i;
/** Most paths that are looked at. */
const MOST = 64;

const OF_RELEASE = 3;
const OF_SENSITIVE = 2;

/**
 * What a request weighs: 1 is ordinary. Everything may only raise it.
 * @param rules of the configuration
 * @throws GatewayError `invalid` when the client's header is no number from 1 to 10
 */
export function importanceOf({ system, said, importance: asked }: Question, rules: readonly Weighty[] = []): Importance {
  const found: Importance = { importance: ORDINARY, evidence: [] };
  const raise = (to: number, by: string) => {
    if (to <= ORDINARY) return;
    found.importance = Math.max(found.importance, Math.min(HIGHEST, to));
    if (found.evidence.length < 8) found.evidence.push(by);
  };
  if (asked !== undefined) {
    const number = Number(asked);
    if (asked.trim() === '' || !(number >= ORDINARY && number <= HIGHEST))
      throw invalid(IMPORTANCE, `must be a number from ${ORDINARY} to ${HIGHEST}; it can only raise what a request weighs`);
    raise(number, 'header');
  }
  const branch = BRANCH.exec(system.tail)?.[1] ?? BRANCH.exec(system.head)?.[1] ?? BRANCH.exec(said.head)?.[1];
  if (branch !== undefined) {
    if (RELEASE.test(branch)) raise(OF_RELEASE, 'branch:release');
    for (const rule of rules) if (rule.fits(branch)) raise(rule.importance, `rule:${rule.name}`);
  }
  let count = 0;
  let isSensitive = false;
  const raised = new Set<string>();
  for (const text of [said.head, said.tail])
    for (const [path] of text.matchAll(PATH)) {
      if (++count > MOST) break;
      isSensitive ||= SENSITIVE.test(path);
      for (const rule of rules)
        if (!raised.has(rule.name) && rule.fits(path)) {
          raised.add(rule.name);
          raise(rule.importance, `rule:${rule.name}`);
        }
    }
  if (isSensitive) raise(OF_SENSITIVE, 'path:security');
  return found;
}
