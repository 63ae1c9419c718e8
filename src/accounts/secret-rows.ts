/** Behind a key's id: the number of one of its secrets. A key is one row, each of its secrets another, so that it can have two for a time. */
const MARK = '~';

/** Id of the row of a key's secret. @param number from 1 */
export function secretId(id: string, number: number): string {
  return `${id}${MARK}${number}`;
}

/** Whether a row is a key's secret and not the key. */
export function isSecret(id: string): boolean {
  return id.includes(MARK);
}

/** Id of the key that a row belongs to. */
export function ownerOf(id: string): string {
  const at = id.indexOf(MARK);
  return at < 0 ? id : id.slice(0, at);
}

/** Which of its key's secrets a row is. */
export function secretNumber(id: string): number {
  return Number(id.slice(id.indexOf(MARK) + 1));
}
