import type { CollectorStats } from '../ledger/ledger.js';

/** One of the ledger's equations. */
export interface Equation {
  /** A sink's name; `''` for the collector. */
  readonly sink: string;
  readonly left: readonly Term[];
  readonly right: readonly Term[];
  readonly holds: boolean;
}

export type Term = readonly [count: number, what: string];

/** The collector's equations, and one for each sink. */
export function equations(stats: CollectorStats): readonly Equation[] {
  const { eventsReceived, eventsDropped, eventsBuffered, eventsProcessed, stagesIn, stagesOut, droppedBefore, droppedAfter } = stats;
  const refused: readonly Term[] = [
    [stats.eventsInvalid, 'invalid'],
    [stats.eventsClosed, 'closed'],
    [stats.eventsFiltered, 'filtered'],
    [stats.eventsSampledOut, 'sampled out'],
  ];
  const accepted: readonly Term[] = [
    [eventsBuffered, 'buffered'],
    [eventsProcessed, 'processed'],
  ];
  const received: readonly Term[] = [[eventsReceived, 'received']];
  return [
    ...(stagesIn === undefined
      ? [equation('', received, [...refused, [eventsDropped, 'dropped'], ...accepted])]
      : [
          equation('', received, [...refused, [droppedBefore ?? 0, 'dropped before stages'], [stagesIn, 'into stages']]),
          equation('', [[stagesOut ?? 0, 'out of stages']], [...accepted, [droppedAfter ?? 0, 'dropped after stages']]),
        ]),
    ...Object.entries(stats.sinks).map(([sink, lane]) =>
      equation(
        sink,
        [[lane.offered, 'offered'], ...optional(lane.recovered, 'recovered')],
        [
          [lane.delivered, 'delivered'],
          [lane.failed, 'failed'],
          [lane.dropped, 'dropped'],
          ...optional(lane.kept, 'kept'),
          [lane.pending, 'pending'],
        ],
      ),
    ),
  ];
}

const optional = (count: number, what: string): readonly Term[] => (count === 0 ? [] : [[count, what]]);

const sumOf = (terms: readonly Term[]): number => terms.reduce((sum, [count]) => sum + count, 0);

function equation(sink: string, left: readonly Term[], right: readonly Term[]): Equation {
  return { sink, left, right, holds: sumOf(left) === sumOf(right) };
}
