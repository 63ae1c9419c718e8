/** A class of work in words: `code_generation` → Code generation. */
export function workName(task: string | null | undefined): string {
  if (!task) return '–';
  const words = task.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
