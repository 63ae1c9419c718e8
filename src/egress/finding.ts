/** What a rule looks for: credentials, data on people, or what the team itself named. */
export type Kind = 'secret' | 'personal' | 'words';

/** A piece of a text: `text.slice(start, end)`, in UTF-16 units. */
export interface Span {
  start: number;
  end: number;
}

/** What a rule found in one text. */
export interface Match extends Span {
  rule: string;
  kind: Kind;
  /** The span is an encoding of the text in which the rule matched, so all of it has to go. */
  encoded?: boolean;
}

/** A place in a JSON document, from the root. */
export type Path = readonly (string | number)[];

/** A match and where in the body it is. `key`: in the name of the member at `path`, not in its value. */
export interface Finding extends Match {
  path: Path;
  key?: boolean;
  /** Findings of one value that is split over several texts have the same number. */
  split?: number;
}

/**
 * A rule of the table. `find` is asked at every occurrence of one of `keywords` (lower case; the text may have any case) and answers
 * with the span of what it found. It looks at a bounded stretch around the occurrence, so that all rules together stay linear.
 */
export interface Rule {
  id: string;
  kind: Kind;
  keywords: readonly string[];
  find(text: string, start: number, end: number): Span | undefined;
  /** So exact that it also holds in decoded binary data, where letters come by chance. */
  exact?: boolean;
}

/** A rule about numbers: asked for every run of digits and the usual separators between them, with at least six digits. */
export interface NumberRule {
  id: string;
  kind: Kind;
  find(text: string, start: number, end: number): Span | undefined;
}
