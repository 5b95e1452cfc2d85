import type { LaneStats } from 'rx-event-collector';
import type { Health } from '../faulty-sink.js';
import { printable } from '../output/printable.js';
import type { Snapshot } from '../output/output.js';
import { bar } from './bar.js';
import { formatCount, formatShare } from './format.js';

export type Tone = 'good' | 'warning' | 'bad' | 'faint' | 'plain';

export interface Cell {
  readonly text: string;
  readonly tone: Tone;
}

/** A table that fits, every cell padded to its column. */
export interface SinkTable {
  readonly heads: readonly string[];
  readonly rows: readonly { readonly isSelected: boolean; readonly cells: readonly Cell[] }[];
}

interface Row {
  readonly name: string;
  readonly health: Health;
  readonly lane: LaneStats;
  readonly maxEvents: number;
}

interface Column {
  readonly head: string;
  readonly width: number;
  /** Columns with lower numbers remain longer when space is short. */
  readonly rank: number;
  readonly isText?: boolean;
  readonly cell: (row: Row) => Cell;
}

/** The gauge of a queue: its bar fills the remaining width. */
const MIN_BAR = 4;
const MAX_BAR = 20;

const COLUMNS: readonly Column[] = [
  { head: 'sink', width: 11, rank: 0, isText: true, cell: ({ name }) => plain(printable(name)) },
  { head: 'is', width: 9, rank: 3, isText: true, cell: ({ health }) => ({ text: health, tone: HEALTH_TONES[health] }) },
  counter('offered', 11, 9, ({ offered }) => offered, 'plain'),
  counter('delivered', 11, 1, ({ delivered }) => delivered, 'plain'),
  counter('pending', 9, 2, ({ pending }) => pending, 'warning'),
  counter('retries', 9, 7, ({ retries }) => retries, 'warning'),
  counter('dropped', 9, 4, ({ dropped }) => dropped, 'bad'),
  counter('failed', 8, 5, ({ failed }) => failed, 'bad'),
  { head: 'breaker', width: 10, rank: 5, cell: ({ lane }) => ({ text: lane.breaker, tone: BREAKER_TONES[lane.breaker] }) },
  gauge(MIN_BAR),
];

const HEALTH_TONES: Readonly<Record<Health, Tone>> = { ok: 'good', slow: 'warning', failing: 'bad', hanging: 'bad' };
const BREAKER_TONES: Readonly<Record<LaneStats['breaker'], Tone>> = { closed: 'good', open: 'bad', 'half-open': 'warning', off: 'faint' };

/** One row a sink, with as many columns as fit. */
export function sinkTable({ stats, settings }: Pick<Snapshot, 'stats' | 'settings'>, width: number): SinkTable {
  const kept = fitting(COLUMNS, width - 2);
  const left = kept.reduce((rest, column) => rest - column.width, width - 2);
  const columns = kept.map((column) => (column.head === 'queue' ? gauge(Math.min(MAX_BAR, MIN_BAR + left)) : column));
  return {
    heads: columns.map((column) => padded(column.head, column)),
    rows: Object.entries(stats.sinks).map(([name, lane]) => {
      const row: Row = { name, lane, health: settings.healths[name] ?? 'ok', maxEvents: settings.maxEvents };
      const cells = columns.map((column) => {
        const { text, tone } = column.cell(row);
        return { text: padded(text, column), tone };
      });
      return { isSelected: name === settings.selected, cells };
    }),
  };
}

function fitting(columns: readonly Column[], width: number): readonly Column[] {
  let left = width;
  const kept = new Set<Column>();
  for (const column of [...columns].sort((a, b) => a.rank - b.rank)) {
    left -= column.width;
    if (left < 0) break;
    kept.add(column);
  }
  return columns.filter((column) => kept.has(column));
}

function counter(head: string, width: number, rank: number, count: (lane: LaneStats) => number, tone: Tone): Column {
  return {
    head,
    width,
    rank,
    cell: ({ lane }) => ({ text: formatCount(count(lane), width - 1), tone: count(lane) > 0 ? tone : 'faint' }),
  };
}

function gauge(barWidth: number): Column {
  return {
    head: 'queue',
    width: barWidth + 7,
    rank: 6,
    cell: ({ lane, maxEvents }) => {
      const share = lane.pending / maxEvents;
      const tone = share >= 1 ? 'bad' : share >= 0.5 ? 'warning' : 'faint';
      return { text: `${bar(share, barWidth)} ${formatShare(Math.round(share * 100) / 100).padStart(5)}`, tone };
    },
  };
}

function padded(text: string, { width, isText }: Column): string {
  return isText === true ? text.slice(0, width - 1).padEnd(width) : text.padStart(width);
}

function plain(text: string): Cell {
  return { text, tone: 'plain' };
}
