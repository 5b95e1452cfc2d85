import { aFunction, anArray, checkArgument } from '../internal/check-option.js';
import type { EventSink } from '../sink/sink.js';
import type { EventCollectorFeature } from './event-collector-feature.js';

/**
 * Sinks that are made in the injection context, after those of the options; may be given more than once.
 *
 * A sink may use `HttpClient`: `withHttpTiming` doesn't time what a sink requests at once. What it requests after it has waited for something else, such as
 * a token, needs `UNTIMED`. But Angular takes its requests for work of the application, which is not stable meanwhile, and whose rendering on a server
 * waits for them; and once the application has ended there is no client any more, so that what is left then fails. On servers, and for
 * what matters at the end, use `httpSink`, which uses `fetch`.
 *
 * @throws TypeError for what is no function; when the collector is first injected, if it gives no array
 */
export function withSinks(sinks: () => readonly EventSink[]): EventCollectorFeature {
  checkArgument('sinks', sinks, aFunction);
  const made = (): readonly EventSink[] => {
    const given = sinks();
    checkArgument('sinks()', given, anArray);
    return given;
  };
  return { providers: [], sinks: made };
}
