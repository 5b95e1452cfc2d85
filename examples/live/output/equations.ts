import type { CollectorStats } from 'rx-event-collector';

/** One of the ledger's equations, with the actual sums of its terms. */
export interface Equation {
  /** Whose: a sink's name, or nothing for the collector. */
  readonly name: string;
  readonly sum: number;
  readonly what: string;
  readonly terms: readonly (readonly [count: number, what: string])[];
  readonly total: number;
  readonly holds: boolean;
}

/** The collector's equation, and one for each sink. */
export function equations(stats: CollectorStats): readonly Equation[] {
  return [
    equation('', stats.eventsReceived, 'received', [
      [stats.eventsFiltered, 'filtered'],
      [stats.eventsSampledOut, 'sampled out'],
      [stats.eventsDropped, 'dropped'],
      [stats.eventsInvalid, 'invalid'],
      [stats.eventsClosed, 'closed'],
      [stats.eventsBuffered, 'buffered'],
      [stats.eventsProcessed, 'processed'],
    ]),
    ...Object.entries(stats.sinks).map(([name, { offered, recovered, delivered, failed, dropped, kept, pending }]) =>
      equation(name, offered + recovered, recovered > 0 ? 'offered and recovered' : 'offered', [
        [delivered, 'delivered'],
        [failed, 'failed'],
        [dropped, 'dropped'],
        ...(kept > 0 ? [[kept, 'kept for the next run'] as const] : []),
        [pending, 'pending'],
      ]),
    ),
  ];
}

export function isBalanced(stats: CollectorStats): boolean {
  return equations(stats).every(({ holds }) => holds);
}

function equation(name: string, sum: number, what: string, terms: Equation['terms']): Equation {
  const total = terms.reduce((all, [count]) => all + count, 0);
  return { name, sum, what, terms, total, holds: sum === total };
}
