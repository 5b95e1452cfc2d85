import type { Snapshot } from '../output/output.js';
import { formatDuration } from './format.js';
import { keyHints, LEGEND, type KeyHint } from './keys.js';
import { layoutOf, type Layout } from './layout.js';
import { ledgerLines, type LedgerLine } from './ledger-model.js';
import type { Notice } from './notices.js';
import { packed } from './packed.js';
import { pipelineStages, type Stage } from './pipeline-model.js';
import { estimate, type Estimate } from './progress-model.js';
import type { RecentEvent } from './recent-events.js';
import { sinkTable, type SinkTable } from './sink-model.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Everything that is shown. */
export interface Shown {
  readonly from: string;
  readonly to: string;
  /** The address of the page, if one is served. */
  readonly page?: string | undefined;
  readonly snapshot: Snapshot;
  /** The newest first. */
  readonly notices: readonly Notice[];
  /** The latest events, the newest first. */
  readonly recent: (count: number) => readonly RecentEvent[];
  /** Whether the first of these is selected. */
  readonly hasCursor?: boolean;
  /** Whether signs are explained in place of the events. */
  readonly isExplained?: boolean;
  readonly hasKeys: boolean;
  readonly size: Size;
}

/** What is shown of it, and where. */
export interface ScreenModel {
  readonly columns: number;
  readonly height: number;
  readonly layout: Layout;
  readonly title: string;
  readonly state: string;
  readonly rates: readonly number[];
  readonly estimate: Estimate | undefined;
  readonly stages: readonly Stage[];
  readonly delivered: readonly (readonly [sink: string, count: number])[];
  readonly sinks: SinkTable;
  readonly notices: readonly Notice[];
  readonly recent: readonly RecentEvent[];
  readonly hasCursor: boolean;
  /** In place of the events, if there are any. */
  readonly legend: readonly string[];
  readonly ledger: readonly LedgerLine[];
  readonly keys: readonly (readonly KeyHint[])[];
}

/** Minimum width for the drawing of the pipeline; below it, one or two lines of text. */
export const DRAWING_COLUMNS = 76;
const MAX_NOTICES = 3;
const NO_KEYS: readonly KeyHint[] = [{ key: 'Ctrl-C', text: 'quit (no other keys: standard input is the input, or no terminal)' }];

export function screenModel({
  from,
  to,
  page,
  snapshot,
  notices,
  recent,
  hasCursor = false,
  isExplained = false,
  hasKeys,
  size,
}: Shown): ScreenModel {
  const { stats, settings, rates, elapsedMs, isClosing } = snapshot;
  const { columns } = size;
  // One line less than there is: a full screen would be cleared with its scrollback, and drawn again, each time.
  const height = Math.max(1, size.rows - 1);
  const ledger = ledgerLines(stats, columns);
  const sinks = sinkTable(snapshot, columns);
  const stages = pipelineStages(stats);
  const done = estimate(snapshot);
  const hints = [...(hasKeys ? keyHints(settings, isClosing) : NO_KEYS), ...(page === undefined ? [] : [{ key: 'page', text: page }])];
  const keys = packed(hints, ({ key, text }) => key.length + 1 + text.length, columns, 2);
  const needs = {
    ledger: ledger.length,
    sinks: sinks.rows.length + 1,
    title: 1,
    keys: keys.length,
    rate: 1,
    progress: done === undefined ? 0 : 1,
    // The legend needs the lines of the drawing on a small screen.
    pipeline: isExplained ? 0 : columns >= DRAWING_COLUMNS ? Math.max(5, sinks.rows.length) : 2,
    notices: isExplained ? 0 : Math.min(MAX_NOTICES, notices.length),
  };
  const layout = isExplained ? layoutOf(height, needs, LEGEND.length) : layoutOf(height, needs);
  return {
    columns,
    height,
    layout,
    title: `${from} → ${to}`,
    state: `${isClosing ? 'closing · ' : settings.isPaused ? 'paused · ' : ''}${formatDuration(elapsedMs)}`,
    rates,
    estimate: done,
    stages,
    delivered: Object.entries(stats.sinks).map(([name, { delivered }]) => [name, delivered] as const),
    sinks,
    notices: notices.slice(0, layout.lines.notices),
    recent: recent(Math.max(0, layout.lines.recent)),
    hasCursor,
    legend: isExplained ? LEGEND : [],
    ledger: ledger.slice(0, layout.lines.ledger),
    keys: keys.slice(0, layout.lines.keys),
  };
}
