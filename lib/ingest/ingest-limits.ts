import { checkKeys } from '../internal/check-keys.js';
import { aDelay, anInteger, checkArgument } from '../internal/check-option.js';

/** What a request may cost. Beyond the first four the whole of it is refused, beyond the others the one event. */
export interface IngestLimits {
  /** Bytes of a body as it comes, packed or not. @default 1_048_576 (1 MiB) */
  readonly bodyBytes: number;
  /** Bytes of an unpacked body. Parsed, it takes up to 25 times as much memory, one body at a time. @default 4_194_304 (4 MiB) */
  readonly inflatedBytes: number;
  /** Milliseconds in which a body must have come. @default 30_000 */
  readonly readTimeoutMs: number;
  /** Events in a body. @default 10_000 */
  readonly events: number;
  /** Levels of objects and lists in an event, which is the first. @default 32 */
  readonly depth: number;
  /** Keys and list items in an event, those of all levels. @default 10_000 */
  readonly keys: number;
  /** UTF-16 code units of any string or key; ids, types and sessions have at most 256. @default 65_536 */
  readonly stringLength: number;
}

/** What a handler is given of them. */
export type IngestLimitsPatch = { readonly [K in keyof IngestLimits]?: IngestLimits[K] | undefined };

const DEFAULTS: IngestLimits = {
  bodyBytes: 1_048_576,
  inflatedBytes: 4_194_304,
  readTimeoutMs: 30_000,
  events: 10_000,
  depth: 32,
  keys: 10_000,
  stringLength: 65_536,
};

const LIMITS = {
  bodyBytes: true,
  inflatedBytes: true,
  readTimeoutMs: true,
  events: true,
  depth: true,
  keys: true,
  stringLength: true,
} as const;

/** @throws TypeError for a limit outside its range */
export function resolveLimits(limits: IngestLimitsPatch = {}): IngestLimits {
  checkKeys(limits, LIMITS, 'limits');
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  const resolved: IngestLimits = { ...DEFAULTS, ...given };
  const { readTimeoutMs, ...counts } = resolved;
  for (const name of Object.keys(DEFAULTS).filter((each) => each !== 'readTimeoutMs')) {
    checkArgument(`limits.${name}`, counts[name as keyof typeof counts], anInteger(1));
  }
  checkArgument('limits.readTimeoutMs', readTimeoutMs, aDelay(1));
  return resolved;
}
