import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Suite } from './case.ts';
import { readSuite } from './suite/read.ts';

/** The suite that comes with Freehold. @throws SuiteError never, as its own test shows */
export function builtinSuite(): Suite {
  return readSuite(fileURLToPath(new URL('builtin', import.meta.url)));
}

/** Cases as the text of a suite's file. */
export function sheetText(cases: readonly Record<string, unknown>[]): string {
  return stringify({ cases }, { lineWidth: 0 });
}

/** A small suite to begin with, by file name. */
export const STARTER: Readonly<Record<string, string>> = {
  'suite.yaml': `name: ours
version: 1
description: What our team's models must be able to do
`,
  'cases.yaml': `# Each case: what is asked, what grades the answer, one answer that must pass and wrong ones that must fail.
# "freehold eval check evals" tries them all. docs/evaluation.md has every grader.
cases:
  - id: slug
    task: code_generation
    language: typescript
    prompt: Write and export \`slug(title)\`, which gives small letters with hyphens for all else and none at the ends.
    checks: # expressions beside the answer's code, and what they come to
      slug('Hello, World'): hello-world
      slug('--a--'): a
    reference: |
      export const slug = (title: string) => title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
    wrong: # whole answers, or edits of the reference
      - { replace: ".toLowerCase()", by: "" }
      - { replace: ".replace(/^-|-$/g, '')", by: "" }

  - id: last-page
    task: bug_fix
    language: python
    prompt: The last page is missing when it is not full. Correct it.
    code: |
      def pages(count, size):
          return count // size
    checks:
      pages(10, 3): 4
      pages(9, 3): 3
    fix: [{ replace: count // size, by: -(-count // size) }]
    wrong:
      - { replace: -(-count // size), by: count // size + 1 }

  - id: discount-review
    task: review
    language: typescript
    prompt: Discounts are per cent.
    code: |
      export function net(price: number, discount: number): number {
        return price * (1 - discount / 100);
      }
    bugs: # planted for the model to find; the proof is an expression that each changes
      - { replace: discount / 100, by: discount, problem: The discount is per cent and is not divided by 100., words: 'per ?cent|100', proof: "net(10, 10)" }

  - id: order-as-json
    task: quick_chat
    prompt: 'Give the order "3 pens at 1.20" as JSON with the keys item, count and price. JSON only.'
    json: { equals: { item: pens, count: 3, price: 1.2 } }
    reference: '{"item": "pens", "count": 3, "price": 1.2}'
    wrong:
      - '{"item": "pens", "count": "3", "price": 1.2}'
      - 3 pens at 1.20
`,
};
