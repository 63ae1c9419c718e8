import { constants, statSync } from 'node:fs';
import { appendFile, type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointsName, type Stream, segmentName } from './segments.ts';
import { JournalError, type Tail } from './tail.ts';

const { O_RDWR, O_CREAT, O_TRUNC, O_DSYNC } = constants;
/** With this flag a write is durable when it returns: one call in place of a write and a sync. Not every system has it. */
const WRITES_THROUGH = O_DSYNC !== undefined;
const FLAGS = O_RDWR | (O_DSYNC ?? 0);

export type Opened = Pick<Tail, 'segment' | 'size' | 'torn' | 'begun'>;

/** The segment that is being written. What it says is durable has been synced; after a failed write it is cut back to that. */
export class SegmentFile {
  readonly #folder: string;
  readonly #stream: Stream;
  #handle: FileHandle | undefined;
  #inode = 0;
  segment = 0;
  /** Durable bytes. */
  size = 0;
  /** Unix milliseconds. */
  begun = 0;
  /** Bytes may stand behind the durable ones. */
  #dirty = false;

  constructor(folder: string, stream: Stream) {
    this.#folder = folder;
    this.#stream = stream;
  }

  get #path(): string {
    return join(this.#folder, segmentName(this.#stream, this.segment));
  }

  /** Takes up a segment where its whole lines end. */
  async open({ segment, size, torn, begun }: Opened): Promise<void> {
    await this.#drop();
    this.segment = segment;
    this.size = size;
    this.begun = begun;
    if (segment === 0 || size === 0) return;
    this.#dirty = torn > 0;
    await this.check();
  }

  /** Begins a segment with its first line. A file of that name may only be one in which nothing stands. */
  async begin(segment: number, line: string, at: number): Promise<void> {
    await this.#drop();
    this.segment = segment;
    this.size = 0;
    this.begun = at;
    this.#handle = await open(this.#path, FLAGS | O_CREAT | O_TRUNC, 0o600);
    this.#inode = (await this.#handle.stat()).ino;
    await this.append(line);
    // The name has to be durable too.
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** Makes sure that there is a file to write, without anything behind its durable bytes. */
  async check(): Promise<void> {
    if (!this.#handle) {
      this.#handle = await open(this.#path, FLAGS);
      this.#inode = (await this.#handle.stat()).ino;
    }
    if (this.#dirty) {
      await this.#handle.truncate(this.size);
      await this.#handle.datasync();
      this.#dirty = false;
    }
  }

  /**
   * The file in the folder is the one that was written, and nobody else writes it. What was just written lies in the system's memory, so that
   * nothing is waited for. @throws JournalError, or what the system says
   */
  #isInPlace(grown: number): void {
    const { ino, size } = statSync(this.#path);
    if (ino === this.#inode && size === this.size + grown) return;
    throw new JournalError(`${this.#path} was changed by another program; "freehold egress verify" shows what is wrong`);
  }

  /** Settles when the text is durable. */
  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    this.#dirty = true;
    try {
      for (let from = 0; from < bytes.length; ) {
        const { bytesWritten } = await this.#handle!.write(bytes, from, bytes.length - from, this.size + from);
        from += bytesWritten;
      }
      if (!WRITES_THROUGH) await this.#handle!.datasync();
      // What was written to a file that is gone is refused.
      this.#isInPlace(bytes.length);
    } catch (error) {
      // After a failed sync the system may think that it has written what it lost; a fresh handle does not.
      await this.#drop();
      throw error;
    }
    this.size += bytes.length;
    this.#dirty = false;
  }

  /** Adds a checkpoint to those that can be copied elsewhere. A copy of what the segment holds, so a failure is no loss. */
  async gather(checkpoint: string): Promise<void> {
    await appendFile(join(this.#folder, checkpointsName(this.#stream)), `${checkpoint}\n`, { mode: 0o644 }).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#drop();
  }

  async #drop(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }
}
