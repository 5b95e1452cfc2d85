import { inject, InjectionToken, type Provider } from '@angular/core';
import { EMPTY, isObservable, Observable } from 'rxjs';
import type { EventSink } from '../sink/sink.js';
import { observeOutside, type Outside } from './outside.js';

/** Whether a sink is working right now: its requests are not the application's, and are not timed. */
export interface OwnWork {
  isRunning: boolean;
}

export const OWN_WORK = /* @__PURE__ */ new InjectionToken<OwnWork>('rx-event-collector own work');

/** Shared by all collectors of an application: one of them may time the `HttpClient` that a sink of another one uses. */
export const OWN_WORK_PROVIDER: Provider = {
  provide: OWN_WORK,
  useFactory: () => inject(OWN_WORK, { skipSelf: true, optional: true }) ?? { isRunning: false },
};

/** The same sink, but `ownWork` is set during its methods, and while an Observable that it returns is subscribed to. Results arrive outside the zone. */
export function markSink<E>(sink: EventSink<E>, ownWork: OwnWork, outside: Outside): EventSink<E> {
  const working = <T>(work: () => T): T => {
    const wasRunning = ownWork.isRunning;
    ownWork.isRunning = true;
    try {
      return work();
    } finally {
      ownWork.isRunning = wasRunning;
    }
  };
  const resultOf = <T>(call: () => T): T => {
    const result = working(call);
    if (!isObservable(result)) return result;
    const result$ = new Observable((subscriber) => working(() => result.subscribe(subscriber)));
    return result$.pipe(observeOutside(outside)) as T;
  };
  // Returned unchanged if it is not a sink: the collector refuses it.
  if (typeof (sink as Partial<EventSink<E>> | undefined)?.process !== 'function') return sink;
  return {
    name: sink.name,
    process: (batch, context) => resultOf(() => sink.process(batch, context)),
    flush: () => resultOf(() => sink.flush?.() ?? EMPTY),
    close: () => resultOf(() => sink.close?.() ?? EMPTY),
  };
}
