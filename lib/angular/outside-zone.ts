import type { NgZone } from '@angular/core';
import { EMPTY, isObservable, Observable } from 'rxjs';
import type { CollectorOptions } from '../collector/collector-options.js';
import { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import type { CollectorStats, CollectOutcome } from '../ledger/ledger.js';
import type { EventSink } from '../sink/sink.js';
import { arriving, outsideOf, type Outside } from './outside.js';

export interface OutsideZoneOptions {
  readonly zone: NgZone;
  /** Set while sinks are at work. */
  readonly ownWork: { isRunning: boolean };
  /** Called before each event. */
  readonly beforeCollect: (() => void) | undefined;
}

/**
 * A collector none of whose work is Angular's business: timers, requests of sinks and answers to them run outside of the zone, so that they
 * neither cause change detection nor keep the application from becoming stable. Subscribers, too, are called out there. So is whatever consent
 * or a sink's answer sets off that comes from inside; and no effect or computed signal depends on what is read on the way.
 */
export function collectorOutsideZone<E extends AnalyticsEvent>(
  options: CollectorOptions<E>,
  { zone, ownWork, beforeCollect }: OutsideZoneOptions,
): EventCollector<E> {
  const outside = outsideOf(zone);

  class OutsideZone extends EventCollector<E> {
    override collect(event: EventInput<E>): CollectOutcome {
      return outside(() => {
        beforeCollect?.();
        return super.collect(event);
      });
    }

    override collectAsync(event: EventInput<E>): Promise<CollectOutcome> {
      return outside(() => {
        beforeCollect?.();
        return super.collectAsync(event);
      });
    }

    override registerSink(...[sink, lane]: Parameters<EventCollector<E>['registerSink']>): void {
      outside(() => {
        super.registerSink(marked(sink, ownWork, outside), lane);
      });
    }

    override unregisterSink(...args: Parameters<EventCollector<E>['unregisterSink']>): ReturnType<EventCollector<E>['unregisterSink']> {
      return outside(() => super.unregisterSink(...args));
    }

    override redeliver(...args: Parameters<EventCollector<E>['redeliver']>): boolean {
      return outside(() => super.redeliver(...args));
    }

    override updateConfig(...args: Parameters<EventCollector<E>['updateConfig']>): void {
      outside(() => {
        super.updateConfig(...args);
      });
    }

    override flush(...args: Parameters<EventCollector<E>['flush']>): ReturnType<EventCollector<E>['flush']> {
      return outside(() => super.flush(...args));
    }

    override shutdown(...args: Parameters<EventCollector<E>['shutdown']>): ReturnType<EventCollector<E>['shutdown']> {
      return outside(() => super.shutdown(...args));
    }
  }
  const { consent$, sinks } = options;
  const collector = outside(
    () =>
      new OutsideZone({
        ...options,
        // The constructor refuses anything else.
        ...(Array.isArray(sinks) && { sinks: sinks.map((sink: EventSink<E>) => marked(sink, ownWork, outside)) }),
        ...(isObservable(consent$) && { consent$: consent$.pipe(arriving(outside)) }),
      }),
  );
  const { stats$ } = collector;
  // Of all that can be subscribed to, it alone starts a timer by that.
  return Object.assign(collector, { stats$: new Observable<CollectorStats>((subscriber) => outside(() => stats$.subscribe(subscriber))) });
}

/**
 * The same sink, which tells while it is at work: in its methods, and while an Observable that it gave is being subscribed to. What such a one
 * answers arrives outside.
 */
function marked<E>(sink: EventSink<E>, ownWork: { isRunning: boolean }, outside: Outside): EventSink<E> {
  const working = <T>(work: () => T): T => {
    const wasRunning = ownWork.isRunning;
    ownWork.isRunning = true;
    try {
      return work();
    } finally {
      ownWork.isRunning = wasRunning;
    }
  };
  const answerOf = <T>(call: () => T): T => {
    const answer = working(call);
    if (!isObservable(answer)) return answer;
    const answer$ = new Observable((subscriber) => working(() => answer.subscribe(subscriber)));
    return answer$.pipe(arriving(outside)) as T;
  };
  // What is no sink is left to be refused.
  if (typeof (sink as Partial<EventSink<E>> | undefined)?.process !== 'function') return sink;
  return {
    name: sink.name,
    process: (batch, context) => answerOf(() => sink.process(batch, context)),
    flush: () => answerOf(() => sink.flush?.() ?? EMPTY),
    close: () => answerOf(() => sink.close?.() ?? EMPTY),
  };
}
