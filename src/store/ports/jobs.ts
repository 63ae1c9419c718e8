export interface JobRow {
  id: string;
  kind: string;
  /** JSON. */
  payload: string;
  state: 'waiting' | 'running' | 'done' | 'failed';
  /** Not before. */
  run_at: number;
  /** How often it was claimed. */
  attempts: number;
  max_attempts: number;
  /** While it runs: until when the lease holds. */
  lease_until: number | null;
  node: string | null;
  /** JSON. */
  result: string | null;
  error: string | null;
  created_at: number;
  finished_at: number | null;
}

export interface NewJob {
  /** Unique. A job of this id that waits or runs is left as it is; one that is over is made anew. */
  id: string;
  kind: string;
  payload?: string;
  runAt?: number;
  /** 3 unless told. */
  maxAttempts?: number;
}

/** Work in the background. Each job has one worker at a time; a worker that stops renewing loses it to another. */
export interface Jobs {
  enqueue(job: NewJob): Promise<void>;
  /** The next due job of these kinds, held for `leaseMs`. */
  claim(kinds: readonly string[], leaseMs: number): Promise<JobRow | undefined>;
  /** Extends the lease. False: it was lost, and the work must stop. */
  renew(job: JobRow, leaseMs: number): Promise<boolean>;
  /** False: the lease was lost and another worker's end counts. */
  finish(job: JobRow, result?: string): Promise<boolean>;
  /** Tries again at `retryAt` as long as attempts are left. */
  fail(job: JobRow, error: string, retryAt: number): Promise<boolean>;
  get(id: string): Promise<JobRow | undefined>;
}
