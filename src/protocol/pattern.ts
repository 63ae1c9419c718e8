/** Whether `name` fits `pattern`, in which each `*` stands for any text, also none. */
export function fits(pattern: string, name: string): boolean {
  const [head = '', ...others] = pattern.split('*');
  if (others.length === 0) return pattern === name;
  const tail = others.pop()!;
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
  const end = name.length - tail.length;
  let from = head.length;
  for (const middle of others) {
    const at = name.indexOf(middle, from);
    if (at < 0 || at + middle.length > end) return false;
    from = at + middle.length;
  }
  return true;
}
