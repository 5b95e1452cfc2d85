import { formatValue, isNonEmptyString, isObject } from '../internal/check-option.js';
import { isCategory } from './categories.js';
import { isWeight } from './create-event.js';
import { MAX_EPOCH_MS } from './epoch-ms.js';
import { isPriority } from './priority.js';

/**
 * Describes a value that is not a complete event; `undefined` if it is one.
 *
 * @param weight the event's weight before the step: it is accepted even if a sampler has set it above the limit for collected events
 */
export function faultOf(value: unknown, weight?: unknown): string | undefined {
  if (!isObject(value) || 'then' in value) return formatValue(value);
  const field = faultyField(value, weight);
  return field && `an object without a valid \`${field}\``;
}

function faultyField(
  { id, type, category, priority, timestamp, metadata, weight }: Readonly<Record<string, unknown>>,
  before: unknown,
): string | undefined {
  if (!isNonEmptyString(id)) return 'id';
  if (!isNonEmptyString(type)) return 'type';
  if (!isCategory(category)) return 'category';
  if (!isPriority(priority)) return 'priority';
  if (!(typeof timestamp === 'number' && Math.abs(timestamp) <= MAX_EPOCH_MS)) return 'timestamp';
  if (!isObject(metadata)) return 'metadata';
  return isWeight(weight) || (weight === before && Number.isFinite(weight)) ? undefined : 'weight';
}
