import { inject, InjectionToken, type Provider } from '@angular/core';
import { EMPTY, isObservable, Observable } from 'rxjs';
import type { EventSink } from '../sink/sink.js';
import { observeOutside, type Outside } from './outside.js';

/** Whether a sink is working right now: its requests are not the application's, and are not timed. */
export interface OwnWork {
  isRunning: boolean;
}

export const OWN_WORK = /* @__PURE__ */ new InjectionToken<OwnWork>('rx-event-collector own work');

/** One for the collectors of all parts of an application: each of them may time the client that another's sinks use. */
export const OWN_WORK_PROVIDER: Provider = {
  provide: OWN_WORK,
  useFactory: () => inject(OWN_WORK, { skipSelf: true, optional: true }) ?? { isRunning: false },
};

/** The same sink, but `ownWork` is set during its methods, and while an Observable that it returns is subscribed to. Results arrive outside. */
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
  // The collector refuses anything else.
  if (typeof (sink as Partial<EventSink<E>> | undefined)?.process !== 'function') return sink;
  return {
    name: sink.name,
    process: (batch, context) => resultOf(() => sink.process(batch, context)),
    flush: () => resultOf(() => sink.flush?.() ?? EMPTY),
    close: () => resultOf(() => sink.close?.() ?? EMPTY),
  };
}
