/** Why the store did not do what it was told. */
export type StoreFault = 'locked' | 'full' | 'corrupt' | 'schema' | 'unreachable' | 'conflict' | 'refused' | 'closed' | 'failed';

/** A failure of the store. The message says where it is and the mend; it never holds credentials. */
export class StoreError extends Error {
  readonly fault: StoreFault;

  constructor(fault: StoreFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StoreError';
    this.fault = fault;
  }
}
