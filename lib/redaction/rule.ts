import { reveal } from './reveal.js';

/** Finds one kind of thing in strings. `redact` returns the string without it, or the same string if there is none. */
export interface RedactionRule {
  readonly name: string;
  /**
   * @param path where the string is, dotted: `data.user.email`, `metadata.tags.0`; for the name of a key, `data.user.*`
   */
  redact(value: string, path: string): string;
  /** Whether `redact` is also called with numbers and BigInts, in decimal. If the result differs, it replaces the number. @default false */
  readonly numbers?: boolean | undefined;
  /**
   * The names that the rule looks for in paths. In a pair, `{ name, value }` or `[name, value]`, a name that this function accepts replaces
   * the last part of the path of the value: `data.0.password` instead of `data.0.value`. @default none
   */
  readonly matchesName?: ((name: string) => boolean) | undefined;
}

/** Applied in order, to every string of an event's `data` and `metadata`. */
export type RedactionRules = readonly RedactionRule[];

/** The library's own rules, each with what it does to text that hides nothing. */
const BUILT_IN = /* @__PURE__ */ new WeakMap<RedactionRule, RedactionRule>();

/**
 * A rule of the library's own: it is known to be pure, so that `explain` may try it.
 *
 * It also searches the plain form of text that hides something; see `reveal`. If something is found there, the plain form is what remains.
 */
export function builtIn(core: RedactionRule): RedactionRule {
  const rule: RedactionRule = {
    ...core,
    redact(value, path) {
      const redacted = core.redact(value, path);
      const plain = reveal(redacted);
      if (plain === redacted) return redacted;
      const found = core.redact(plain, path);
      return found === plain ? redacted : found;
    },
  };
  BUILT_IN.set(rule, core);
  return Object.freeze(rule);
}

export function isBuiltIn(rule: RedactionRule): boolean {
  return BUILT_IN.has(rule);
}

/** A rule for text that hides nothing, which saves each of the library's own the search. */
export const forPlainText = (rule: RedactionRule): RedactionRule => BUILT_IN.get(rule) ?? rule;
