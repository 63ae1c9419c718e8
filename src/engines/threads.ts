import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * How many threads llama.cpp may use. Its own default ran hundreds of times slower on two cores: its
 * threads spin while they wait, so one more thread than free cores stalls all of them.
 * @param cores what the scheduler offers this process
 * @param quota the cgroup's CPU limit in cores, undefined without one
 * @param configured the owner's wish; counts the spare core like the rest
 * @param modelBytes size of the weights: below 16 MB one thread is fastest, the work is smaller than the hand-over
 */
export function chooseThreads(cores: number, quota: number | undefined, configured: number | undefined, modelBytes: number): number {
  if (modelBytes < 16e6) return 1;
  const limit = Math.min(cores, Math.floor(quota ?? cores), configured ?? cores);
  return Math.max(1, limit - 1);
}

/** The CPU limit of this process's cgroup in cores (version 2, then 1), undefined where there is none. */
export function cgroupCpuQuota(read: (path: string) => string = (path) => readFileSync(path, 'utf8')): number | undefined {
  const number = (path: string) => {
    try {
      return read(path).trim();
    } catch {
      return '';
    }
  };
  const [quota = '', period = ''] = number('/sys/fs/cgroup/cpu.max').split(' ');
  if (Number(quota) > 0 && Number(period) > 0) return Number(quota) / Number(period);
  const old = Number(number('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'));
  const oldPeriod = Number(number('/sys/fs/cgroup/cpu/cpu.cfs_period_us'));
  return old > 0 && oldPeriod > 0 ? old / oldPeriod : undefined;
}

/** The thread count for a model on this machine, now. */
export function threadsHere(modelBytes: number, configured: number | undefined): number {
  return chooseThreads(availableParallelism(), cgroupCpuQuota(), configured, modelBytes);
}
