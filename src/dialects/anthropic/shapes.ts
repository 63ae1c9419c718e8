export const NAME = 'anthropic';

/**
 * How a turn was written: in the top-level `system` field or as a message with another role than user and assistant,
 * and with its content as one string or as blocks.
 */
export interface TurnForm {
  place: 'top' | 'message';
  /** The message's role as it was sent, where it is a system turn. */
  role?: string;
  string: boolean;
}

export function printForm(form: TurnForm): string | undefined {
  const content = form.string ? 'string' : 'blocks';
  if (form.place === 'top') return `${content} top`;
  if (form.role !== undefined) return `${content} role:${form.role}`;
  return form.string ? content : undefined;
}

export function readForm(text: string | undefined): TurnForm {
  if (text === undefined) return { place: 'message', string: false };
  const space = text.indexOf(' ');
  const place = space < 0 ? '' : text.slice(space + 1);
  return {
    place: place === 'top' ? 'top' : 'message',
    role: place.startsWith('role:') ? place.slice('role:'.length) : undefined,
    string: text.startsWith('string'),
  };
}
