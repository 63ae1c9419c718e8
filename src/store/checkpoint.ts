import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** How often pages are carried from SQLite's log into its file, in milliseconds. */
const EVERY_MS = 1000;

/** Pages in the log from which it is begun anew: 16 MiB. */
const LONG = 4000;

interface Progress {
  busy: number;
  log: number;
  checkpointed: number;
}

/**
 * Carries pages over without holding up the writer (sqlite.org/pragma.html#pragma_wal_checkpoint): PASSIVE waits for nobody and does the bulk;
 * RESTART, for which the writer waits, then finds only what was written meanwhile. Done by the writer itself, as SQLite would, a checkpoint of
 * a large file held up rows for a second.
 */
function keep(database: DatabaseSync): void {
  const passive = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  const restart = database.prepare('PRAGMA wal_checkpoint(RESTART)');
  try {
    const { log } = passive.get() as unknown as Progress;
    if (log < LONG) return;
    passive.get();
    restart.get();
  } catch {
    // A full or failing disk is the writer's to tell; here it means that the log stays long for now.
  }
}

if (parentPort) {
  const port = parentPort;
  // In the way of a page that is being read it gives up, and tries again in a moment.
  const database = new DatabaseSync(workerData as string, { timeout: 100 });
  const timer = setInterval(() => keep(database), EVERY_MS);
  port.once('message', () => {
    clearInterval(timer);
    database.close();
    port.close();
  });
}
