import type { DecodeFault } from '../codecs/decode-faults.js';
import { MAX_EPOCH_MS } from '../event/epoch-ms.js';
import { MAX_WEIGHT } from '../codecs/fields.js';
import type { IngestLimits } from './ingest-limits.js';

/** Maximum length of an id, type or session: ids are remembered, and types and sessions are keys of samplers, so all of them stay in memory. */
const MAX_NAME = 256;
const NAMES = ['id', 'type', 'sessionId'] as const;

/**
 * The first limit that a parsed value exceeds: levels, keys, lengths, or a number that later stages can't handle. Takes linear time, and
 * doesn't recurse.
 */
export function excessOf(value: unknown, limits: IngestLimits): DecodeFault | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const record = value as Readonly<Record<string, unknown>>;
  for (const name of NAMES) {
    const text = record[name];
    if (typeof text === 'string' && text.length > MAX_NAME)
      return fault(name, `string of at most ${String(MAX_NAME)} characters`, 'a longer one');
  }
  if (typeof record.timestamp === 'number' && record.timestamp > MAX_EPOCH_MS)
    return fault('timestamp', 'time that a Date can hold', 'a later one');
  if (typeof record.weight === 'number' && record.weight > MAX_WEIGHT)
    return fault('weight', `number from 1 to ${String(MAX_WEIGHT)}`, 'a larger one');
  return excessWithin(record, limits);
}

function excessWithin(record: object, { depth, keys, stringLength }: IngestLimits): DecodeFault | undefined {
  let level: readonly object[] = [record];
  let left = keys;
  for (let reached = 1; level.length > 0; reached += 1) {
    if (reached > depth) return fault('', `event of at most ${String(depth)} levels`, 'more');
    const below: object[] = [];
    for (const each of level) {
      const isList = Array.isArray(each);
      const entries = isList ? each : Object.keys(each);
      left -= entries.length;
      if (left < 0) return fault('', `event of at most ${String(keys)} keys`, 'more');
      for (const entry of entries as readonly unknown[]) {
        const inner: unknown = isList ? entry : (each as Readonly<Record<string, unknown>>)[entry as string];
        if (typeof inner === 'object' && inner !== null) below.push(inner);
        const isLong = (typeof inner === 'string' && inner.length > stringLength) || (!isList && (entry as string).length > stringLength);
        if (isLong) return fault('', `event with strings of at most ${String(stringLength)} characters`, 'a longer one');
      }
    }
    level = below;
  }
  return undefined;
}

const fault = (path: string, expected: string, got: string): DecodeFault => ({ path, expected, got });
