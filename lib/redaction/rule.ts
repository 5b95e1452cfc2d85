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

/** The library's own rules, each with its function for plain text. */
const BUILT_IN = /* @__PURE__ */ new WeakMap<RedactionRule, RedactionRule>();

/**
 * Creates one of the library's rules. They are known to be pure, so `explain` may call them.
 *
 * It also searches the decoded form of encoded text; see `reveal`. If there is a match, the redacted decoded form replaces the text.
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

/** The rule for plain text: the caller has checked for encodings once for all rules. */
export const forPlainText = (rule: RedactionRule): RedactionRule => BUILT_IN.get(rule) ?? rule;
