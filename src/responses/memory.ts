import type { KeptAnswer } from '../protocol/memory.ts';
import type { AnswerStore, Limits } from './ports.ts';

/** An answer in its chain. It lives while it can be asked for or a later one continues it. */
interface Node {
  answer: KeptAnswer;
  owner: string;
  parent: Node | undefined;
  /** Answers that continue it. */
  children: number;
  /** It can be asked for by its id. */
  listed: boolean;
  bytes: number;
  expires: number;
}

interface Owned {
  /** In order of age. */
  listed: Map<string, Node>;
  byItem: Map<string, Node>;
  bytes: number;
}

/**
 * Answers in this process's memory. Chains share their structure: a turn costs what it added. When there is no more room, the oldest
 * answers of whoever holds the most go first, so that one busy caller cannot empty the others' memories.
 */
export class MemoryAnswers implements AnswerStore {
  readonly #limits: () => Limits;
  readonly #now: () => number;
  readonly #owners = new Map<string, Owned>();
  #answers = 0;
  #bytes = 0;

  /** @param now Unix time in milliseconds */
  constructor(limits: () => Limits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Answers held, and their bytes. */
  get size(): { answers: number; bytes: number } {
    return { answers: this.#answers, bytes: this.#bytes };
  }

  get keeps(): boolean {
    return this.#limits().keep > 0;
  }

  async put(owner: string, answer: KeptAnswer): Promise<void> {
    this.sweep();
    const { keep } = this.#limits();
    const parent = answer.previous === undefined ? undefined : this.#find(owner, answer.previous);
    if (keep <= 0 || (answer.previous !== undefined && !parent)) return;
    this.#drop(this.#find(owner, answer.id));
    const owned = this.#owned(owner);
    const bytes = weight(answer);
    const node: Node = { answer, owner, parent, children: 0, listed: true, bytes, expires: this.#now() + keep };
    if (parent) parent.children++;
    owned.listed.set(answer.id, node);
    for (const id of answer.itemIds) if (id) owned.byItem.set(id, node);
    owned.bytes += bytes;
    this.#answers++;
    this.#bytes += bytes;
    this.#makeRoom();
  }

  async chain(owner: string, id: string): Promise<KeptAnswer[] | undefined> {
    const chain: KeptAnswer[] = [];
    for (let node = this.#find(owner, id); node; node = node.parent) chain.push(node.answer);
    return chain.length ? chain.reverse() : undefined;
  }

  async holding(owner: string, itemId: string): Promise<KeptAnswer | undefined> {
    const node = this.#owners.get(owner)?.byItem.get(itemId);
    return node && node.expires > this.#now() ? node.answer : undefined;
  }

  async remove(owner: string, id: string): Promise<boolean> {
    const node = this.#find(owner, id);
    this.#drop(node);
    return node !== undefined;
  }

  /** Lets go of what has expired. */
  sweep(): void {
    const now = this.#now();
    for (const { listed } of [...this.#owners.values()])
      for (const node of listed.values()) {
        if (node.expires > now) break;
        this.#drop(node);
      }
  }

  #owned(owner: string): Owned {
    let owned = this.#owners.get(owner);
    if (!owned) {
      owned = { listed: new Map(), byItem: new Map(), bytes: 0 };
      this.#owners.set(owner, owned);
    }
    return owned;
  }

  #find(owner: string, id: string): Node | undefined {
    const node = this.#owners.get(owner)?.listed.get(id);
    return node && node.expires > this.#now() ? node : undefined;
  }

  /** Takes an answer off the list; its texts go when nothing continues it. */
  #drop(node: Node | undefined): void {
    if (!node?.listed) return;
    node.listed = false;
    const { listed, byItem } = this.#owned(node.owner);
    listed.delete(node.answer.id);
    for (const id of node.answer.itemIds) if (byItem.get(id) === node) byItem.delete(id);
    for (let at: Node | undefined = node; at && !at.listed && at.children === 0; at = at.parent) {
      const owned = this.#owned(at.owner);
      owned.bytes -= at.bytes;
      this.#bytes -= at.bytes;
      this.#answers--;
      if (at.parent) at.parent.children--;
    }
    if (listed.size === 0) this.#owners.delete(node.owner);
  }

  #makeRoom(): void {
    const { answers, bytes } = this.#limits();
    while (this.#answers > answers || this.#bytes > bytes) {
      const [largest] = [...this.#owners.values()].sort((a, b) => b.bytes - a.bytes);
      const [oldest] = largest?.listed.values() ?? [];
      if (!oldest) return;
      this.#drop(oldest);
    }
  }
}

function weight({ id, input, output, replay = '', shown }: KeptAnswer): number {
  return [id, input, output, replay, shown].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
