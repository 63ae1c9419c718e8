import { describe, expect, it } from 'vitest';
import { cgroupCpuQuota, chooseThreads } from './threads.ts';

describe('chooseThreads', () => {
  it.each([
    [8, undefined, undefined, 1e9, 7],
    [8, 2.9, undefined, 1e9, 1],
    [8, undefined, 4, 1e9, 3],
    [2, undefined, undefined, 1e9, 1],
    [1, 0.5, undefined, 1e9, 1],
    [32, undefined, undefined, 4e5, 1],
  ])('%i cores, quota %s, wish %s, %d bytes: %i', (cores, quota, wish, bytes, threads) => {
    expect(chooseThreads(cores, quota, wish, bytes)).toBe(threads);
  });
});

describe('cgroupCpuQuota', () => {
  const files = (all: Record<string, string>) => (path: string) => {
    const text = all[path];
    if (text === undefined) throw new Error('none');
    return text;
  };

  it('reads version 2, version 1, and no limit', () => {
    expect(cgroupCpuQuota(files({ '/sys/fs/cgroup/cpu.max': '150000 100000\n' }))).toBe(1.5);
    expect(
      cgroupCpuQuota(files({ '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '200000', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' })),
    ).toBe(2);
    expect(cgroupCpuQuota(files({ '/sys/fs/cgroup/cpu.max': 'max 100000' }))).toBeUndefined();
    expect(cgroupCpuQuota(files({}))).toBeUndefined();
  });
});
