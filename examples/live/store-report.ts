import type { EventStore } from 'rx-event-collector/node';

const MAX_TYPES = 10;

/** What is in the store, asked by query: how much, the weightiest types, and the percentiles of performance values. */
export function storeLines(store: Pick<EventStore, 'stats' | 'countBy' | 'percentiles'>): string[] {
  const { events, weight, duplicates, oldest, newest, bytes } = store.stats();
  const lines = [
    `stored  ${count(events)} events, ${megabytes(bytes)}${duplicates > 0 ? `; ${count(duplicates)} were there already` : ''}`,
  ];
  if (oldest !== undefined && newest !== undefined) lines.push(`        from ${instant(oldest)} to ${instant(newest)}`);
  if (weight !== events) lines.push(`        they stand for about ${count(weight)}`);

  for (const { key, count: own, weight: weighed } of store.countBy('type', { limit: MAX_TYPES })) {
    lines.push(`  ${count(own).padStart(9)}  ${printable(key)}${weighed === own ? '' : `, for about ${count(weighed)}`}`);
  }
  const values = store.percentiles([0.5, 0.99], { category: 'performance', by: 'type' });
  if (values.length > 0) lines.push(`  ${'p50'.padStart(9)}  ${'p99'.padStart(9)}`);
  for (const { key, values: shares } of values) {
    lines.push(`  ${shares.map((value) => figure(value).padStart(9)).join('  ')}  ${printable(key)}`);
  }
  return lines;
}

/** A wrong clock may be beyond the range of a `Date`. */
const instant = (ms: number): string => new Date(Math.max(-8.64e15, Math.min(ms, 8.64e15))).toISOString();
const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const figure = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 4 });
const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
/** Types are input: they must not reach the terminal's controls, nor fill it. */
const printable = (text: string): string => text.replaceAll(/\p{C}/gu, '·').slice(0, 60);
