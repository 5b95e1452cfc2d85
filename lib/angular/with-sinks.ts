import type { EventSink } from '../sink/sink.js';
import { FEATURE_SINKS, type EventCollectorFeature } from './event-collector-feature.js';

/**
 * Sinks that are made in the injection context, after those of the options; may be given more than once.
 *
 * A sink may use `HttpClient`: `withHttpTiming` doesn't time what a sink requests.
 */
export function withSinks(sinks: () => readonly EventSink[]): EventCollectorFeature {
  return { providers: [{ provide: FEATURE_SINKS, useFactory: sinks, multi: true }] };
}
