/** What one run may use. A run that takes more is stopped, or its own call fails. */
export interface Limits {
  timeMs: number;
  /** Of all its processes together. */
  memoryMb: number;
  processes: number;
  /** stdout and stderr together. */
  outputBytes: number;
  /** Of its folder and of /tmp, each. */
  diskMb: number;
  files: number;
}

export const LIMITS: Readonly<Limits> = {
  timeMs: 20_000,
  memoryMb: 1536,
  processes: 128,
  outputBytes: 1_000_000,
  diskMb: 128,
  files: 4000,
};

/** One program to run on its own. */
export interface Job {
  argv: readonly string[];
  /** Lie in the folder it starts in, by relative path. */
  files?: Readonly<Record<string, string>>;
  /** Folders of this machine it may read, at the same place, besides the system's programs. */
  reads?: readonly string[];
  /** Its whole environment, besides PATH, HOME, TMPDIR and LANG. */
  env?: Readonly<Record<string, string>>;
  stdin?: string;
  limits?: Partial<Limits>;
}

/** Why a run was stopped from outside. */
export type Stop = 'time' | 'memory' | 'processes' | 'output' | 'files';

/** How a run ended. */
export interface Ran {
  /** Its exit code; null when it was stopped. */
  code: number | null;
  stdout: string;
  stderr: string;
  stopped?: Stop;
  ms: number;
}

/** Runs programs that nobody has read: no network, no files but its own, no environment, within limits. */
export interface Sandbox {
  /** By what it isolates, for reports. */
  name: string;
  run(job: Job): Promise<Ran>;
}

/** A relative path that stays in its folder. @throws Error that names it */
export function inside(path: string): string {
  if (
    path === '' ||
    path.startsWith('/') ||
    path.includes('\\') ||
    path.includes('\0') ||
    path.split('/').some((part) => part === '..' || part === '')
  )
    throw new Error(`"${path}" is no relative path inside a folder; write it like "src/name.ts"`);
  return path;
}
