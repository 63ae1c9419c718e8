/** Families of clients that are Freehold's own work and nobody's at a desk: evaluations, shadows. */
export const MACHINES: readonly string[] = ['freehold-eval', 'freehold-shadow'];

/** Whether an exchange is Freehold's own work. */
export function isMachine({ client }: { client?: string }): boolean {
  return client !== undefined && MACHINES.includes(client);
}
