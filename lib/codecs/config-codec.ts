import { isRight } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { CollectorConfig } from '../config/options.js';
import type { ConfigFault } from '../errors/config-error.js';
import { decodeConfig } from './decode-config.js';
import { guarded } from './guarded.js';

/**
 * `decodeConfig` as a codec, for use within other codecs. Decoding fills in defaults; `is` accepts complete configurations only. Neither throws.
 *
 * @example
 * const settings = t.type({ endpoint: t.string, collector: configCodec });
 * const result = settings.decode({ endpoint: 'https://example.org', collector: { queue: { maxEvents: 0 } } });
 * expect(isLeft(result) && formatErrors(result.left)).to.deep.equal(['Expected `collector.queue.maxEvents` to be an integer ≥ 1, got a number']);
 */
export const configCodec: t.Type<CollectorConfig> = /* @__PURE__ */ guarded<CollectorConfig>(
  'CollectorConfig',
  /* @__PURE__ */ new t.Type<CollectorConfig>('CollectorConfig', isWhole, validate, t.identity),
);

function isWhole(value: unknown): value is CollectorConfig {
  const decoded = decodeConfig(value);
  return isRight(decoded) && contains(value, decoded.right);
}

function contains(value: unknown, whole: unknown): boolean {
  if (typeof whole !== 'object' || whole === null) return value === whole;
  return t.UnknownRecord.is(value) && Object.entries(whole).every(([key, part]) => contains(value[key], part));
}

function validate(value: unknown, context: t.Context): t.Validation<CollectorConfig> {
  const decoded = decodeConfig(value);
  return isRight(decoded) ? decoded : t.failures(decoded.left.faults.map((fault) => toError(fault, value, context)));
}

/** Finds the value by the fault's path. Event types are keys, so a key may contain dots. */
function toError({ path, expected }: ConfigFault, root: unknown, from: t.Context): t.ValidationError {
  const place = new t.Type(expected, t.never.is, t.never.validate, t.identity);
  let [value, context, rest] = [root, from, path];
  while (rest !== '' && t.UnknownRecord.is(value)) {
    const way = rest;
    const key = Object.keys(value).find((each) => way === each || way.startsWith(`${each}.`)) ?? rest;
    value = value[key];
    context = t.appendContext(context, key, place, value);
    rest = rest.slice(key.length + 1);
  }
  return { value, context };
}
