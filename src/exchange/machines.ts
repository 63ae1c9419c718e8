/** Families of clients that are Freehold's own work and nobody's at a desk: evaluations, shadows. */
export const MACHINES: readonly string[] = ['freehold-eval', 'freehold-shadow'];
