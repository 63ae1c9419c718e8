import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CLASSES, type Row } from './corpus.ts';
import { randomOf } from './learn.ts';

const FOLDER = fileURLToPath(new URL('data/made/', import.meta.url));

/** What a template says: text, a slot to fill, or a choice. */
type Piece = string | { slot: string } | { choice: Piece[][] };

/** Values of slots are literal but for the slots in them; bars without blanks part them. */
function slotValues(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let name = '';
  for (const line of readFileSync(`${FOLDER}slots.txt`, 'utf8').split('\n')) {
    if (line.startsWith('@')) name = line.slice(1);
    else if (line !== '' && name !== '') found.set(name, line.split(/(?<! )\|(?! )/));
  }
  return found;
}

const slots = slotValues();

/** `(a|b)` is a choice; parentheses without a bar, or behind a backslash, are text; `{name}` is a slot. */
function read(text: string, from: number, depth: number): { pieces: Piece[][]; end: number } {
  const alternatives: Piece[][] = [[]];
  let plain = '';
  let at = from;
  const close = () => {
    if (plain) alternatives.at(-1)!.push(plain);
    plain = '';
  };
  for (; at < text.length; at++) {
    const sign = text[at]!;
    const slot = sign === '{' ? /^\{(\w+)\}/.exec(text.slice(at, at + 24))?.[1] : undefined;
    if (sign === '\\' && '()'.includes(text[at + 1] ?? ' ')) plain += text[++at];
    else if (slot !== undefined && slots.has(slot)) {
      close();
      alternatives.at(-1)!.push({ slot });
      at += slot.length + 1;
    } else if (sign === '(') {
      const inner = read(text, at + 1, depth + 1);
      close();
      if (inner.pieces.length > 1) alternatives.at(-1)!.push({ choice: inner.pieces });
      else alternatives.at(-1)!.push('(', ...inner.pieces[0]!, ')');
      at = inner.end;
    } else if (sign === ')' && depth > 0) break;
    else if (sign === '|' && depth > 0) {
      close();
      alternatives.push([]);
    } else plain += sign;
  }
  close();
  return { pieces: alternatives, end: at };
}

type Random = () => number;
const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)]!;

function fill(slot: string, random: Random, depth = 0): string {
  const value = pick(slots.get(slot)!, random);
  return value.replace(/\{(\w+)\}/g, (whole, name: string) => (slots.has(name) && depth < 5 ? fill(name, random, depth + 1) : whole));
}

function write(pieces: readonly Piece[], random: Random): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      return 'slot' in piece ? fill(piece.slot, random) : write(pick(piece.choice, random), random);
    })
    .join('');
}

/** Sections that instructions of any class have, so that they say nothing of it. */
const SECTIONS = [
  '## Output⏎- Use markdown⏎- Be concise',
  '## Constraints⏎- Never invent facts⏎- Ask when unsure⏎- Do not change unrelated files',
  '## Tools⏎- read files, search, run commands',
  '## Example⏎```bash⏎npm run build⏎npm test⏎```',
  '## Context⏎$ARGUMENTS',
  '## Rules⏎1. Follow the conventions of the project⏎2. Prefer small steps',
  '## References⏎- [docs](https://example.com/docs)',
  '```json⏎{ "status": "ok", "items": [] }⏎```',
  '## Configuration⏎PROJECT_TYPE=Auto-detect, Java, Node.js or Python',
  '---⏎**Important**: work carefully and report what you did.',
];
/** Lines that stand in instructions of every class: a mention of tests does not make them about tests. */
const BULLETS = [
  'Analyze the requirements and the existing code',
  'Write unit tests for new behaviour',
  'Document the public API and update the README',
  'Review the result for security problems',
  'Set up the CI pipeline and automate the build',
  'Check performance before and after',
  'Refactor duplicated code where needed',
  'Handle errors and edge cases',
  'Identify dependencies between modules',
  'Use dependency injection and clear interfaces',
  'Run the tests and verify that nothing broke',
  'Ask the user for missing information',
  'Configure environment variables and secrets',
  'Create a backup before changing the database',
  'Explain decisions in plain language',
  'Generate a report with findings and recommendations',
  'Validate input and escape output',
  'Plan the migration in phases',
  'Measure coverage, latency and memory',
  'Use caching, pagination and lazy loading',
  'Follow naming conventions and style guides',
  'Search the codebase for usages',
  'Design for scalability and high availability',
  'Debug failing steps and fix the root cause',
  'Commit in small steps and open a pull request',
  'Train the team and share knowledge',
  'Monitor logs, metrics and alerts in production',
  'Support accessibility and localisation',
];
const TITLES = [
  'Instructions',
  'Process',
  'Workflow',
  'Guidelines',
  'Phase 1',
  'Core Principles',
  'Requirements',
  'Step 2: Execute',
  'Your Expertise',
  'Overview',
  'When to Use',
  'Best Practices',
  'Role',
  'Prerequisites',
];
const GREETINGS = ['hi, ', 'hey ', 'Hello! ', 'ok so ', '@workspace ', 'please ', 'quick one: ', 'Hi team, '];
const ENDINGS = [' thanks', ' please', ' asap', ' :)', '!', '...', ' Thank you.', ' (answer in German)', ' be brief'];

function typo(text: string, random: Random): string {
  const at = 1 + Math.floor(random() * Math.max(1, Math.min(text.length, 60) - 2));
  if (!/[a-z]{2}/.test(text.slice(at, at + 2))) return text;
  return random() < 0.5 ? text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2) : text.slice(0, at) + text.slice(at + 1);
}

function section(random: Random): string {
  const bullets = Array.from(
    { length: 1 + Math.floor(random() * 6) },
    (_, at) => `${random() < 0.5 ? '-' : `${at + 1}.`} ${pick(BULLETS, random)}`,
  );
  return `## ${pick(TITLES, random)}\n\n${bullets.join('\n')}`;
}

/** The ways of people: small letters, slips, greetings, more code than was asked for. */
function noise(text: string, random: Random): string {
  let said = text;
  const short = !said.includes('\n');
  if (said.startsWith('# ') && random() < 0.7)
    for (let count = Math.floor(random() * 6); count > 0; count--)
      said += `\n\n${random() < 0.4 ? pick(SECTIONS, random).replaceAll('⏎', '\n') : section(random)}`;
  if (short && random() < 0.08) said = pick(GREETINGS, random) + said;
  if (short && random() < 0.08) said += pick(ENDINGS, random);
  if (random() < 0.35) said = said.toLowerCase();
  if (short && random() < 0.12) said = typo(said, random);
  if (short && random() < 0.1) said = said.replace(/[.?!]$/, '');
  if (short && random() < 0.05) said += `\n\n${fill('code', random).replaceAll('⏎', '\n')}`;
  return said;
}

/** Prompts of our own making, as many a class; the same for the same seed. */
export function made(each: number, seed: number): Row[] {
  const random = randomOf(seed);
  return CLASSES.flatMap((label) => {
    const templates = readFileSync(`${FOLDER}${label}.txt`, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => read(line, 0, 0).pieces[0]!);
    const found = new Set<string>();
    for (let tries = 0; found.size < each && tries < each * 20; tries++) {
      const template = templates[tries % templates.length]!;
      found.add(
        noise(
          write(template, random)
            .replaceAll('⏎', '\n')
            .replace(/ {2,}(?=\S)/g, (blanks) => (blanks.length > 2 ? blanks : ' ')),
          random,
        ),
      );
    }
    return [...found].map((prompt) => ({ prompt, label, source: 'made', mixed: true }));
  });
}
