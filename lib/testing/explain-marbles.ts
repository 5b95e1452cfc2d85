import { deepEqual } from './deep-equal.js';
import { drawMarbles, type Row } from './draw-marbles.js';
import { MarbleLegend, type NamedValue, type Notification } from './marble-legend.js';

export interface Message {
  readonly frame: number;
  readonly notification: Notification;
}

export interface SubscriptionFrames {
  readonly subscribedFrame: number;
  readonly unsubscribedFrame: number;
}

/** The recordings that `TestScheduler` compares: notifications, or the times of subscriptions. */
export type Recorded = readonly (Message | SubscriptionFrames)[];

/** Draws the difference between two recordings. */
export function explainMarbles(expected: Recorded, actual: Recorded, known: readonly NamedValue[]): string {
  const isSubscriptions = [...expected, ...actual].some((one) => 'subscribedFrame' in one);
  const legend = new MarbleLegend(known);
  const rowsOf = isSubscriptions ? subscriptionRows : (recorded: Recorded): Row[] => [messageRow(recorded, legend)];
  const expectedRows = rowsOf(expected);
  const lines = drawMarbles([...expectedRows, ...rowsOf(actual)]);
  const wanted = lines.slice(0, expectedRows.length);
  const got = lines.slice(expectedRows.length);
  return [
    `${isSubscriptions ? 'Subscriptions' : 'Marbles'} differ at frame ${String(firstDifference(expected, actual))}`,
    ...labelled('expected', wanted),
    ...labelled('actual', got),
    ...(isSubscriptions ? [] : [caret(wanted[0] ?? '', got[0] ?? '')]),
    ...legend.lines(),
  ].join('\n');
}

const INDENT = ' '.repeat('  expected  '.length);

function labelled(label: string, lines: readonly string[]): string[] {
  const shown = lines.length === 0 ? ['(none)'] : lines;
  return shown.map((line, index) => (index === 0 ? `  ${label}`.padEnd(INDENT.length) : INDENT) + line);
}

function caret(wanted: string, got: string): string {
  let column = 0;
  while (column < wanted.length && wanted[column] === got[column]) column += 1;
  return `${INDENT}${' '.repeat(column)}^`;
}

/** The frame of the first entry that differs from the one at the same index. */
function firstDifference(expected: Recorded, actual: Recorded): number {
  const frameOf = (one: Recorded[number] | undefined): number =>
    one === undefined ? Infinity : 'frame' in one ? one.frame : one.subscribedFrame;
  let index = 0;
  while (index < expected.length && deepEqual(expected[index], actual[index])) index += 1;
  return Math.min(frameOf(expected[index]), frameOf(actual[index]));
}

function messageRow(recorded: Recorded, legend: MarbleLegend): Row {
  const row = new Map<number, string>();
  for (const one of recorded) {
    if ('frame' in one) row.set(one.frame, (row.get(one.frame) ?? '') + legend.letterOf(one.notification));
  }
  return row;
}

function subscriptionRows(recorded: Recorded): Row[] {
  const rows: Row[] = [];
  for (const one of recorded) {
    if (!('subscribedFrame' in one)) continue;
    const { subscribedFrame: from, unsubscribedFrame: to } = one;
    rows.push(from === to ? new Map([[from, '^!']]) : new Map([[from, '^'], [to, '!']])); // prettier-ignore
  }
  return rows;
}
