/** A result of one look at a community and its machine. */
export interface Finding {
  /** The subject in one or two words, such as `address`. */
  readonly about: string;
  /** `problem`: somebody should do something; `unknown`: it could not be told from here. */
  readonly state: 'good' | 'problem' | 'unknown';
  /** The fact, in one line. */
  readonly seen: string;
  /** The remedy, in one line; a problem always has one. */
  readonly todo?: string;
}

/** All is well with a subject. */
export function good(about: string, seen: string): Finding {
  return { about, state: 'good', seen };
}

/** Somebody should do something. */
export function problem(about: string, seen: string, todo: string): Finding {
  return { about, state: 'problem', seen, todo };
}

/** It could not be told from here. */
export function unknown(about: string, seen: string, todo?: string): Finding {
  return { about, state: 'unknown', seen, ...(todo !== undefined && { todo }) };
}
