import { type TrainingRight, trainingRight } from '../../catalog/training.ts';
import { MACHINES } from '../../exchange/machines.ts';
import type { KeptContent, Reread } from '../../exchange/reread.ts';
import { glob } from '../../policy/glob.ts';
import { fits } from '../../protocol/pattern.ts';
import type { Zone } from '../../protocol/zone.ts';
import { type Chain, chainOf, scoreOf } from './chain.ts';
import { type Cleaning, clean } from './clean.ts';
import { type Example, exampleOf, type Render } from './example.ts';
import { Counts, type DatasetSource } from './manifest.ts';

/** A kept exchange: its row, as far as it matters here, and its content. */
export interface Gathered extends KeptContent {
  id: string;
  /** Unix milliseconds. */
  at: number;
  key: string | null;
  session: string | null;
  repository: string | null;
  client: string | null;
  task: string | null;
  /** Whose words the answer is. */
  authors: readonly { provider: string; model: string; zone: Zone }[];
  outcome: string;
  partial: 0 | 1;
}

export interface Gather extends Cleaning {
  reread(kept: KeptContent): Reread | string;
  render: Render;
  /** The configured URL of a provider. */
  url(provider: string): string | undefined;
  /** Classes of work; all when left out. */
  tasks?: readonly string[];
  outcome: string;
  /** Least score of a conversation by what its own turns say. */
  minScore?: number;
  /** Patterns of `provider/model` whose answers the team may train on, whatever the table says. */
  agreed: readonly string[];
  /** Also what depends on terms that somebody has read. */
  terms: boolean;
  /** Patterns of repositories. */
  repositories: { only: readonly string[]; never: readonly string[] };
}

/** An example on its way, with what decides whether it stays. */
export interface Taken {
  id: string;
  at: number;
  address: string;
  task: string;
  repository: string;
  conversation: string;
  chain: Chain;
  example: Example;
}

/** Takes exchanges one by one and remembers of all of them, also of those that are left out, whose answers they were. */
export class Gathering {
  readonly leftOut = new Counts();
  readonly redacted = new Counts();
  readonly #gather: Gather;
  readonly #only;
  readonly #never;
  readonly #rights = new Map<string, Pick<DatasetSource, 'agreed' | keyof TrainingRight>>();
  /** Who gave an answer, by its hash; false once anybody did whose answers may not be learned from. */
  readonly #answers = new Map<string, string | false>();
  /** Answers that others go on from. */
  readonly #continued = new Set<string>();

  constructor(gather: Gather) {
    this.#gather = gather;
    this.#only = gather.repositories.only.map(glob);
    this.#never = gather.repositories.never.map(glob);
  }

  /** The exchange as an example; undefined when it is none, which is counted. */
  take(one: Gathered): Taken | undefined {
    const taken = this.#take(one);
    if (typeof taken !== 'string') return taken;
    this.leaveOut(taken);
    return undefined;
  }

  leaveOut(why: string): void {
    this.leftOut.add(why);
  }

  /** Whose the earlier answers of an example are: why it does not stay, now that all are known. What stays goes on from them. */
  provenance({ earlier, answers }: Chain): string | undefined {
    const known = answers.slice(0, earlier.length).map((answer) => this.#answers.get(answer));
    if (known.includes(false)) return 'an earlier answer in it is of a model whose answers may not be learned from';
    if (known.includes(undefined)) return 'whose answers the earlier ones in it are is not on record';
    for (const one of earlier) this.#continued.add(one);
    return undefined;
  }

  /** Who gave the answers of an example that stays, the last one included. */
  authors({ answers }: Chain): string[] {
    return answers.flatMap((answer) => this.#answers.get(answer) || []);
  }

  /** Whether an example that stays goes on from this answer. Asked when all had their `provenance`. */
  goesOn(last: string): boolean {
    return this.#continued.has(last);
  }

  /** By what right a model's answers are there. */
  rightOf(address: string): Pick<DatasetSource, 'agreed' | keyof TrainingRight> {
    return this.#rights.get(address)!;
  }

  #take(one: Gathered): Taken | string {
    const { id, at, authors, task, repository, client, outcome, partial } = one;
    const { reread, render, key, tasks, minScore } = this.#gather;
    const [author, ...others] = authors;
    if (!author) return 'nobody answered it';
    if (others.length) return 'several models wrote its answer';
    const { provider, model, zone } = author;
    if (client !== null && MACHINES.includes(client)) return 'it is work of Freehold itself: an evaluation, a shadow';
    const read = reread(one);
    if (typeof read === 'string') return read;
    const example = exampleOf(read, render);
    if (typeof example === 'string') return example;
    const address = `${provider}/${model}`;
    const scope = one.session ?? one.key ?? '';
    const chain = chainOf(example, key, scope);
    const against = this.#rightAgainst(address, model, zone, provider);
    const answer = chain.answers.at(-1)!;
    this.#answers.set(answer, against === undefined && this.#answers.get(answer) !== false && address);
    if (against) return against;
    if (outcome !== this.#gather.outcome || partial) return `its outcome is another than ${this.#gather.outcome}, or it is not whole`;
    if (tasks && !tasks.includes(task ?? '')) return 'it is of another class of work';
    const place = this.#placeAgainst(repository);
    if (place) return place;
    const score = minScore === undefined ? undefined : scoreOf(read.prompt.turns);
    if (minScore !== undefined && !(score !== undefined && score >= minScore))
      return score === undefined ? 'nothing in it says how good it was' : `it went worse than ${minScore}`;
    const conversation = one.session ?? chain.earlier[0] ?? chain.last;
    const cleaned = clean(example, conversation, this.#gather);
    if (typeof cleaned === 'string') return cleaned;
    for (const rule of cleaned.rules) this.redacted.add(rule);
    return { id, at, address, task: task ?? '', repository: repository ?? '', conversation, chain, example: cleaned.example };
  }

  #rightAgainst(address: string, model: string, zone: Zone, provider: string): string | undefined {
    const { agreed, terms, url } = this.#gather;
    const found = trainingRight(model, zone, url(provider));
    const isAgreed = agreed.some((pattern) => fits(pattern, address));
    this.#rights.set(address, { ...found, agreed: isAgreed });
    if (isAgreed || found.right === 'clear' || (terms && found.right === 'terms')) return undefined;
    const { right, under } = found;
    if (right === 'barred') return `${under} forbid training on answers`;
    return right === 'terms'
      ? `training on answers depends on the ${under}`
      : `nobody said that answers under ${under} may be learned from`;
  }

  #placeAgainst(repository: string | null): string | undefined {
    if (repository !== null && this.#never.some((pattern) => pattern.fits(repository))) return 'its repository is not to be in it';
    if (this.#only.length && !(repository !== null && this.#only.some((pattern) => pattern.fits(repository))))
      return 'its repository is not among those that may be in it';
    return undefined;
  }
}
