import { endWith, ignoreElements, map, Observable, startWith, Subject, takeUntil, throttleTime } from 'rxjs';
import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { CollectorStats } from '../ledger/ledger.js';
import { fillOnce } from './fill-once.js';

const INTERVAL_MS = 1_000;

/** The members that `withStats` adds. */
export interface WithStats {
  /** The ledger: its current state, then changes at most once a second, and its final state. Costs nothing without a subscriber. */
  readonly stats$: Observable<CollectorStats>;
}

/** Adds `stats$`: the ledger as a stream. */
export function withStats<E extends AnalyticsEvent = AnalyticsEvent>(): CollectorFeature<WithStats, E> {
  return kernelFeature((kernel) => {
    const { facts, recorder, trampoline } = kernel;
    fillOnce(facts.hasStats === true, 'withStats');
    facts.hasStats = true;
    const changes = new Subject<void>();
    const onChange = (): void => {
      changes.next();
    };
    let observers = 0;
    /** `onChange` is set only while there is a subscriber. */
    const count = (more: 1 | -1): void => {
      observers += more;
      recorder.onChange = trampoline.onEnd = observers > 0 ? onChange : undefined;
    };
    const changes$ = new Observable<void>((subscriber) => {
      count(1);
      subscriber.add(() => {
        count(-1);
      });
      subscriber.add(changes.subscribe(subscriber));
    });
    kernel.onComplete(() => {
      changes.complete();
    });
    const end$ = changes.pipe(ignoreElements(), endWith(undefined));
    const stats$ = changes$.pipe(
      startWith(undefined),
      throttleTime(INTERVAL_MS, kernel.observerScheduler, { leading: true, trailing: true }),
      // A throttle would delay the end until its timer fires.
      takeUntil(end$),
      endWith(undefined),
      map(() => kernel.stats()),
    );
    return { stats$ };
  });
}
