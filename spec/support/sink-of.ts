import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { EventSink } from '../../lib/sink/sink.js';

/** A sink named `sink`. */
export const sinkOf = <E = AnalyticsEvent>(process: EventSink<E>['process'], rest: Partial<EventSink<E>> = {}): EventSink<E> => ({
  name: 'sink',
  process,
  ...rest,
});

/** A sink with this name, which accepts everything by default. */
export const namedSink = <E = AnalyticsEvent>(name: string, process: EventSink<E>['process'] = () => undefined): EventSink<E> => ({
  name,
  process,
});
