import { aDelay, anInteger } from '../internal/check-option.js';
import { optionsOf, type Parsed } from '../internal/options.js';

/** Limits of a request. A body that exceeds one of the first five is refused as a whole; an event that exceeds one of the others is invalid. */
export interface IngestLimits {
  /** Maximum bytes of a body as received, compressed or not. @default 1_048_576 (1 MiB) */
  readonly bodyBytes: number;
  /** Maximum bytes of a decompressed body. Parsed, it takes up to 25 times as much memory, one body at a time. @default 4_194_304 (4 MiB) */
  readonly inflatedBytes: number;
  /** Milliseconds within which a body must have arrived. @default 30_000 */
  readonly readTimeoutMs: number;
  /** Events in a body. @default 10_000 */
  readonly events: number;
  /** Keys, objects and lists in a body, of all events together. @default 400_000 */
  readonly nodes: number;
  /** Levels of objects and lists in an event; the event itself is the first. @default 32 */
  readonly depth: number;
  /** Keys and list items in an event, on all levels together. @default 10_000 */
  readonly keys: number;
  /** UTF-16 code units of a string or key. Ids, types and sessions have at most 256. @default 65_536 */
  readonly stringLength: number;
}

/** Limits to change; the others have their defaults. */
export type IngestLimitsPatch = { readonly [K in keyof IngestLimits]?: IngestLimits[K] | undefined };

export const LIMITS = /* @__PURE__ */ optionsOf<IngestLimitsPatch>(() => ({
  bodyBytes: [/* @__PURE__ */ anInteger(1), 1_048_576],
  inflatedBytes: [/* @__PURE__ */ anInteger(1), 4_194_304],
  readTimeoutMs: [/* @__PURE__ */ aDelay(1), 30_000],
  events: [/* @__PURE__ */ anInteger(1), 10_000],
  nodes: [/* @__PURE__ */ anInteger(1), 400_000],
  depth: [/* @__PURE__ */ anInteger(1), 32],
  keys: [/* @__PURE__ */ anInteger(1), 10_000],
  stringLength: [/* @__PURE__ */ anInteger(1), 65_536],
}));

/** @throws TypeError for an invalid or unknown limit */
export function resolveLimits(limits: IngestLimitsPatch = {}): IngestLimits {
  return LIMITS.parse(limits, { path: 'limits' }) satisfies Parsed<IngestLimitsPatch>;
}
