/** A page with a collector whose sink fails on request, and its devtools. */
import { BehaviorSubject, concat, NEVER, Subject, startWith, switchMap, take, type Subscription } from 'rxjs';
import {
  attachDevtools,
  defineDevtools,
  devtoolsSource,
  type AttachDevtoolsOptions,
  type DevtoolsSource,
} from '../../lib/devtools/index.js';
import { defaultRedaction, EventCollector, SinkError, type CollectorStats, type ConsentState } from '../../lib/index.js';

declare global {
  interface Window {
    readonly shop: {
      readonly collector: EventCollector;
      readonly fault$: BehaviorSubject<string>;
      stats(): CollectorStats;
      attach(options?: AttachDevtoolsOptions): void;
      detach(): void;
      define(): void;
      /** A source that emits once, and never ends: an interrupted connection. */
      readonly silent: DevtoolsSource;
      /** A source whose connection is opened again by `reconnect`. */
      readonly interrupted: DevtoolsSource;
      reconnect(): void;
    };
  }
}

const consent$ = new BehaviorSubject<ConsentState>('granted');
const fault$ = new BehaviorSubject('ok');
const answer = (kind: 'rejected' | 'unavailable') => () => {
  if (fault$.value === 'failing') throw new SinkError(kind, '<img src=x onerror="window.injected=1">');
};
const collector = new EventCollector({
  consent$,
  redaction: defaultRedaction(),
  sinks: [
    { name: 'warehouse', process: answer('rejected') },
    { name: 'crm', process: answer('unavailable') },
  ],
  lane: { split: false, breaker: { failures: 2, openMs: 60_000 } },
  config: { batch: { maxCount: 20, maxAgeMs: 500 }, privacyLevel: 'balanced' },
});

const source = devtoolsSource(collector, { title: 'Shop' });
const reconnected$ = new Subject<void>();
const send: DevtoolsSource['send'] = (command) => source.send(command);
let attached: Subscription | undefined;
Object.assign(window, {
  shop: {
    collector,
    fault$,
    stats: () => collector.stats(),
    attach: (options: AttachDevtoolsOptions = {}) => {
      attached = attachDevtools(collector, {
        title: 'Shop',
        setConsent: (state) => {
          consent$.next(state);
        },
        controls: [
          { name: 'fault', label: 'Fault', values: ['ok', 'failing'], value: () => fault$.value, set: (value) => fault$.next(value) },
        ],
        ...options,
      });
    },
    detach: () => attached?.unsubscribe(),
    define: defineDevtools,
    silent: {
      snapshots$: concat(source.snapshots$.pipe(take(1)), NEVER),
      send,
    },
    interrupted: {
      snapshots$: reconnected$.pipe(
        startWith(undefined),
        switchMap(() => source.snapshots$),
      ),
      send,
    },
    reconnect: () => {
      reconnected$.next();
    },
  } satisfies Window['shop'],
});
