import type { CollectorStats } from 'rx-event-collector';

/** A station of an event's way. */
export interface Stage {
  readonly name: string;
  readonly count: number;
  /** What goes no further than here. */
  readonly losses: readonly (readonly [count: number, what: string])[];
}

/** The way of the events, from the door to the batches: how many came to each station, and how many were lost on the way there. */
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
