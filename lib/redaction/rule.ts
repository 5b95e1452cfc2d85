/** One thing to take out of strings. `redact` returns the string without it, or the same string when there is nothing to do. */
export interface RedactionRule {
  readonly name: string;
  /** @param path where the string stands, dotted: `data.user.email`, `metadata.tags.0`; for the name of a key, `data.user.*` */
  redact(value: string, path: string): string;
}

/** Applied in order, to every string of an event's `data` and `metadata`. */
export type RedactionRules = readonly RedactionRule[];

const BUILT_IN = new WeakSet<RedactionRule>();

/** Marks a rule as the library's own: it is known to be pure, and so `explain` may try it. */
export function builtIn(rule: RedactionRule): RedactionRule {
  BUILT_IN.add(rule);
  return Object.freeze(rule);
}

export function isBuiltIn(rule: RedactionRule): boolean {
  return BUILT_IN.has(rule);
}
