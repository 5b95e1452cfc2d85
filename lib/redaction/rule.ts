import { reveal } from './reveal.js';

/** Finds one kind of sensitive data in strings. */
export interface RedactionRule {
  readonly name: string;
  /**
   * Returns the string with all matches replaced, or the same string if nothing matches.
   *
   * @param path the dotted path of the string: `data.user.email`, `metadata.tags.0`; for the name of a key, `data.user.*`
   */
  redact(value: string, path: string): string;
  /** Whether `redact` is also called with numbers and BigInts, in decimal. If the result differs, it replaces the number. @default false */
  readonly numbers?: boolean | undefined;
  /**
   * The names that the rule looks for in paths. In a pair, `{ name, value }` or `[name, value]`, a name for which it returns true replaces the last
   * part of the value's path: `data.0.password` instead of `data.0.value`. @default none
   */
  readonly matchesName?: ((name: string) => boolean) | undefined;
}

/** Rules that are applied in order to every string of an event's `data` and `metadata`. */
export type RedactionRules = readonly RedactionRule[];

/** The library's own rules, each with its part for plain text and the function that created it, so that a bundle without such rules doesn't contain these. */
const BUILT_IN = /* @__PURE__ */ new WeakMap<RedactionRule, { readonly core: RedactionRule; readonly make: typeof builtIn }>();

/**
 * Creates one of the library's own rules. These have no side effects, so `explain` may call them.
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
  BUILT_IN.set(rule, { core, make: builtIn });
  return Object.freeze(rule);
}

/**
 * Combines consecutive rules of the library into one rule, so that all of them search the same decoded form. If they ran separately, a match in
 * encoded text would change how the rest is decoded, which could create a match for an earlier rule.
 */
export function joined(rules: RedactionRules): RedactionRules {
  const chain: RedactionRule[] = [];
  let run: RedactionRule[] = [];
  for (const rule of rules) {
    const own = BUILT_IN.get(rule);
    if (own === undefined) {
      run = [];
      chain.push(rule);
    } else if (run.push(own.core) === 1) {
      const cores = run;
      chain.push(own.make({ name: '', redact: (value, path) => cores.reduce((text, each) => each.redact(text, path), value) }));
    }
  }
  return chain;
}

export function isBuiltIn(rule: RedactionRule): boolean {
  return BUILT_IN.has(rule);
}

/** The rule for plain text: the caller has checked for encodings once for all rules. */
export const forPlainText = (rule: RedactionRule): RedactionRule => BUILT_IN.get(rule)?.core ?? rule;
