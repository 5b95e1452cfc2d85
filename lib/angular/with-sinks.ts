import { aFunction, anArray, checkArgument } from '../internal/check-option.js';
import type { EventSink } from '../sink/sink.js';
import type { EventCollectorFeature } from './event-collector-feature.js';

/**
 * Adds sinks that are created in the injection context, after those of the options. May be passed more than once.
 *
 * A sink may use `HttpClient`, with three limits. `withHttpTiming` ignores requests that a sink makes synchronously; later ones, as after waiting for
 * a token, need `UNTIMED`. Angular counts the requests as the application's: it is not stable meanwhile, and server-side rendering waits for them.
 * After the application ends, the client is destroyed, so remaining events fail. On servers, and for events that matter at the end, use `httpSink` or
 * `postSink`, which use `fetch`.
 *
 * @throws TypeError if `sinks` is not a function; if it returns no array, when the collector is first injected
 */
export function withSinks(sinks: () => readonly EventSink[]): EventCollectorFeature {
  checkArgument('sinks', sinks, aFunction);
  const created = (): readonly EventSink[] => {
    const given = sinks();
    checkArgument('sinks()', given, anArray);
    return given;
  };
  return { providers: [], sinks: created };
}
