import type { CollectorStats } from 'rx-event-collector';

/** A station of an event's way. */
export interface Stage {
  readonly name: string;
  readonly count: number;
  /** Events that end here. */
  readonly losses: readonly (readonly [count: number, what: string])[];
}

/** The path of the events, from `collect` to the batches: how many reached each stage, and how many were lost before it. */
export function pipelineStages(stats: CollectorStats): readonly Stage[] {
  const { eventsReceived, eventsFiltered, eventsInvalid, eventsClosed, eventsSampledOut, eventsDropped } = stats;
  const admitted = eventsReceived - eventsFiltered - eventsInvalid - eventsClosed;
  return [
    { name: 'received', count: eventsReceived, losses: [] },
    {
      name: 'admitted',
      count: admitted,
      losses: [
        [eventsFiltered, 'filtered'],
        [eventsInvalid, 'invalid'],
        [eventsClosed, 'closed'],
      ],
    },
    { name: 'sampled', count: admitted - eventsSampledOut, losses: [[eventsSampledOut, 'sampled out']] },
    { name: 'buffered', count: stats.eventsBuffered, losses: [[eventsDropped, 'dropped']] },
    { name: 'batches', count: stats.batchesFlushed, losses: [] },
  ];
}
