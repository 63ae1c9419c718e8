import { type Block, type TextBlock, type ToolCallBlock, type ToolResultBlock, textOf } from '../protocol/block.ts';
import type { Turn } from '../protocol/prompt.ts';

/** What the new turns of a conversation tell. Holds words of a person only as hashes. */
export interface News {
  /** A person spoke, and not only tools. */
  spoke: boolean;
  /** Hashes of the words that the person said last. */
  words: ReadonlySet<number>;
  /** The person wants something undone. */
  undone: boolean;
  /** Answers of the model among the new turns. */
  answers: number;
  calls: Call[];
}

/** A tool was called, and gave something back. */
export interface Call {
  /** Of its name and arguments. */
  hash: number;
  /** Of what came back; 0 while nothing has. */
  result: number;
  /** It changes files. */
  edits: boolean;
  /** It takes a change back. */
  reverts: boolean;
  /** A test, build or lint that was run: whether it was content. */
  check?: 'passed' | 'failed';
  /** The tool complained. */
  failed: boolean;
  /** It complained of the call itself: a wrong name, arguments that do not fit. */
  invalid: boolean;
}

/** Characters of a text that are looked at, from its beginning and from its end: what ran tells its result at the end. */
const HEAD = 800;
const TAIL = 800;
/** Most words of a person that are remembered. */
const WORDS = 80;

const EDITS = /edit|write|patch|replace|create|insert|update_file/i;
const REVERTS = /\bgit\s{1,4}(?:checkout\s{1,4}(?:--|\.)|restore|reset\s{1,4}--hard|revert|stash)(?!\w)|\bundo_edit\b/;
const CHECKS =
  /\b(?:tests?|pytest|jest|vitest|mocha|rspec|phpunit|tox|unittest|ctest|tsc|eslint|ruff|mypy|clippy|lint|build|check|verify|make|gradle|mvn|compile)\b/i;
const FAILED =
  /\b(?:FAIL(?:ED|URE|URES|S)?|failing|AssertionError|Traceback \(most recent|panicked at|error TS\d+|npm ERR!|not ok \d|BUILD FAILURE|Segmentation fault|exit (?:code|status):? ?[1-9]|exited with (?:code )?[1-9]|[1-9]\d{0,6} (?:failed|failures?|errors?))\b|[✗✘✕]/;
const PERHAPS_FAILED = /\b(?:error|Error|ERROR)(?:\[E\d{1,6}\])?:/;
const PASSED =
  /\b(?:[1-9]\d{0,6} (?:tests? )?(?:passed|passing)|all tests pass|PASS(?:ED)?|BUILD SUCCESS|0 (?:failed|failures|errors))\b|^OK\b|[✓✔]/m;
const COMPLAINT = /^\s{0,8}(?:<tool_use_error>|error\b|failed\b|invalid\b|unsupported call|traceback|exception)/i;
const INVALID =
  /InputValidationError|invalid (?:tool|arguments|input|parameters|json)|(?:unknown|no such|unsupported) (?:tool|function|call)|missing required|required (?:parameter|property)|does not match (?:the )?schema|(?:could not|cannot|failed to) (?:be )?parsed?/i;
const UNDO = /\b(?:undo|revert|roll(?:ed)? ?back|put (?:it|that) back)\b/i;

/** Reads turns that were not read before: work is linear in them, and bounded for each text. */
export function readNews(turns: readonly Turn[]): News {
  const news: News = { spoke: false, words: new Set(), undone: false, answers: 0, calls: [] };
  const open = new Map<string, Call>();
  for (const { role, blocks } of turns) {
    if (role === 'assistant') {
      news.answers++;
      for (const block of blocks) if (block.kind === 'tool-call') open.set(block.id, called(block, news));
    } else if (role === 'user') {
      const results = blocks.filter((block) => block.kind === 'tool-result');
      for (const result of results) heard(open.get(result.id), result);
      const said = results.length ? '' : saidIn(blocks);
      if (said) {
        news.spoke = true;
        news.words = wordsOf(said);
        news.undone = UNDO.test(said);
      }
    }
  }
  return news;
}

/** Where what is new begins. @param known how many turns were read before; 0: none, then what a person said last and all behind it is new */
export function firstNew(turns: readonly Turn[], known: number): number {
  if (known > 0 && turns.length >= known) return known;
  // A history that became shorter was summed up or rewound: only its last exchange is news.
  const wanted = known > 0 ? (turn: Turn) => turn.role === 'assistant' : (turn: Turn) => turn.role === 'user' && saidIn(turn.blocks) !== '';
  const from = Math.max(0, turns.length - MOST_TURNS);
  for (let at = turns.length - 1; at >= from; at--) if (wanted(turns[at]!)) return at;
  return from;
}

const MOST_TURNS = 64;

function called({ name, arguments: given }: ToolCallBlock, news: News): Call {
  const head = given.slice(0, HEAD);
  const call: Call = {
    hash: hashOf(given, hashOf(name, 0)),
    result: 0,
    edits: EDITS.test(name) || /\bapply_patch\b|\*\*\* Begin Patch/.test(head),
    reverts: REVERTS.test(head) || REVERTS.test(name),
    failed: false,
    invalid: false,
  };
  if (!call.edits && (CHECKS.test(head) || /test|check|lint|build/i.test(name))) call.check = 'passed';
  news.calls.push(call);
  return call;
}

function heard(call: Call | undefined, { content, error = false }: ToolResultBlock): void {
  if (!call) return;
  const text = ends(textOf(content, '\n'));
  call.result = hashOf(text, 1) || 1;
  call.failed = error || COMPLAINT.test(text);
  call.invalid = call.failed && INVALID.test(text);
  if (call.check === undefined) return;
  // Reading a file named test is no test: it must also speak like one.
  if (FAILED.test(text) || (call.failed && !PASSED.test(text)) || (PERHAPS_FAILED.test(text) && !PASSED.test(text))) call.check = 'failed';
  else if (!PASSED.test(text)) delete call.check;
}

/** A person's words: text without what tools put around it. */
function saidIn(blocks: readonly Block[]): string {
  if (blocks.some(({ kind }) => kind === 'tool-result')) return '';
  const own = blocks.filter((block): block is TextBlock => block.kind === 'text' && !block.text.startsWith('<system-reminder>'));
  return ends(textOf(own, '\n'));
}

function ends(text: string): string {
  return text.length <= HEAD + TAIL ? text : `${text.slice(0, HEAD)}\n${text.slice(-TAIL)}`;
}

function wordsOf(text: string): Set<number> {
  const words = new Set<number>();
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}_]{2,40}/gu)) {
    words.add(hashOf(word, 2));
    if (words.size === WORDS) break;
  }
  return words;
}

/** How alike two sayings are, 0 to 1: the share of words that both hold. */
export function likeness(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let both = 0;
  for (const word of a) if (b.has(word)) both++;
  return both / (a.size + b.size - both);
}

/** Characters of a text that are hashed at either end, beside its length. */
const HASHED = 256;

/** FNV-1a over the two ends of a text, 32 bits. Tells texts apart that nobody chose to collide. */
export function hashOf(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed ^ text.length) >>> 0;
  const middle = Math.min(text.length, HASHED);
  for (let at = 0; at < middle; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  for (let at = Math.max(middle, text.length - HASHED); at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
