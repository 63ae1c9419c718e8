import { randomBytes } from 'node:crypto';
import { instance, look, shell, write } from './tools.ts';
import type { Asked, Call, Refusal, Turn } from './turn.ts';

/** What goes wrong once, in front of the answer to the request with so many tool results in it. */
export type Fault = Exclude<Refusal, 'invalid'> | 'cut';
export type Faults = Readonly<Record<number, readonly Fault[]>>;

/** The files of the task, in the folder where the client works. */
export interface Task {
  /** What makes this run's texts its own. */
  nonce: string;
  folder: string;
  /** The first step is a look at the picture in the folder. */
  picture: boolean;
  faults: Faults;
}

export const PICTURE = 'picture.png';
export const prompt = (task: Task) => `Create the proof files of task ${task.nonce} in this folder, then say that you are done.`;
export const farewell = (task: Task) => `FREEHOLD-DONE-${task.nonce}`;

/** What must stand in the files at the end. Quotes, a backslash, letters beyond ASCII and several lines are what translations lose. */
export function proofs(task: Task): Record<string, string> {
  const shared = `${task.nonce} "quoted" 'single' C:\\new\\table é 你好 😀`;
  return {
    ...(task.picture ? {} : { 'proof-first.txt': `first ${shared}\n` }),
    'proof-a.txt': `a ${shared}\nline 2\n\tline 3, indented\n`,
    'proof-b.txt': `b ${task.nonce}\n`,
  };
}

export type Reaction = { kind: 'turn' | 'cut'; turn: Turn } | { kind: 'refuse'; why: Refusal; message?: string };

/**
 * A coding model that does one task: a first step, then two calls at once, then the last words. Where it stands it reads off the
 * number of tool results, so it is the same through every translation, and a client that asks again gets the same step again.
 */
export class Conversation {
  /** Requests of the conversation itself, and what was seen in any of them. */
  asked = 0;
  pictures = 0;
  /** Seals that were sent, of them those of whole turns with calls (they are due in the next request), and those that came back. */
  readonly issued = new Set<string>();
  readonly due = new Set<string>();
  readonly returned = new Set<string>();
  /** Faults that were played. */
  readonly played: Fault[] = [];
  /** What a real provider would have refused, and what else should not be. */
  readonly wrong: string[] = [];
  readonly #task: Task;
  readonly #left: Map<string, Fault[]>;

  constructor(task: Task) {
    this.#task = task;
    this.#left = new Map(Object.entries(task.faults).map(([results, faults]) => [results, [...faults]]));
  }

  react(asked: Asked): Reaction {
    if (asked.tools.length === 0)
      return { kind: 'turn', turn: this.#turn(asked.shape ? JSON.stringify(instance(asked.shape)) : 'Small task') };
    this.asked++;
    if (asked.wrong) this.wrong.push(asked.wrong);
    if (asked.wrong) return { kind: 'refuse', why: 'invalid', message: asked.wrong };
    if (this.asked === 1 && !asked.said.includes(this.#task.nonce)) this.wrong.push('the prompt did not arrive');
    for (const image of asked.images) if (IMAGE.test(image)) this.pictures++;
    for (const seal of asked.seals) if (this.issued.has(seal)) this.returned.add(seal);
    const fault = this.#left.get(String(asked.results))?.shift();
    if (fault) this.played.push(fault);
    if (fault && fault !== 'cut') return { kind: 'refuse', why: fault };
    return { kind: fault ? 'cut' : 'turn', turn: this.#step(asked) };
  }

  /** What left for the client, as bytes of the dialect. */
  sent({ kind, turn }: { kind: 'turn' | 'cut'; turn: Turn }, bytes: string): void {
    if (!turn.thought || !bytes.includes(turn.seal)) return;
    this.issued.add(turn.seal);
    // A client may keep the thought of an answer that broke off.
    if (kind === 'turn' && turn.calls.length) this.due.add(turn.seal);
  }

  #step({ tools, results }: Asked): Turn {
    const { folder, picture } = this.#task;
    const texts = proofs(this.#task);
    const path = (name: string) => `${folder}/${name}`;
    if (results >= 3) return this.#turn(farewell(this.#task), [], 'All is done.');
    if (results === 0) {
      const first = picture ? look(tools, path(PICTURE)) : write(tools, path('proof-first.txt'), texts['proof-first.txt']!);
      return this.#act('First one thing.', [first], 'One thing comes first.');
    }
    // Two calls were made at once, so their results come together.
    if (results !== 1) this.wrong.push(`${results} tool results came back where 1 or 3 were due`);
    const both = [
      write(tools, path('proof-a.txt'), texts['proof-a.txt']!),
      shell(tools, `printf '%s\\n' 'b ${this.#task.nonce}' > '${path('proof-b.txt')}'`),
    ];
    return this.#act('Now two at once.', both, 'The rest can be done at once.');
  }

  #act(text: string, calls: (Call | undefined)[], thought: string): Turn {
    const possible = calls.filter((call) => call !== undefined);
    if (possible.length < calls.length) this.wrong.push('the tools that the client has were not all offered');
    return this.#turn(text, possible, thought);
  }

  #turn(text: string, calls: Call[] = [], thought?: string): Turn {
    return { text, calls, thought, seal: randomBytes(48).toString('base64') };
  }
}

/** How PNG and JPEG begin in base64: one client writes every picture anew. */
const IMAGE = /^(?:iVBORw0KGgo|\/9j\/)/;
