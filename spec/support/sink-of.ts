import type { ObservableInput } from 'rxjs';
import type { EventSink } from '../../lib/sink/sink.js';

/** A sink named `sink`. */
export const sinkOf = (process: () => ObservableInput<unknown> | void, rest: Partial<EventSink> = {}): EventSink => ({
  name: 'sink',
  process,
  ...rest,
});
