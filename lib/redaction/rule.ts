/** One thing to take out of strings. `redact` returns the string without it, or the same string when there is nothing to do. */
export interface RedactionRule {
  readonly name: string;
  /** @param path where the string stands, dotted: `data.user.email`, `metadata.tags.0`; for the name of a key, `data.user.*` */
  redact(value: string, path: string): string;
}

/** Applied in order, to every string of an event's `data` and `metadata`. */
export type RedactionRules = readonly RedactionRule[];
