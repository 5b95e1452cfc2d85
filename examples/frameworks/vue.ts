import type { EventCollector } from 'rx-event-collector';
import type { Observable } from 'rxjs';
import { inject, onScopeDispose, shallowRef, type App, type InjectionKey, type ShallowRef } from 'vue';

const COLLECTOR: InjectionKey<EventCollector> = Symbol('collector');

/** `app.use(collectorPlugin, collector)`: also collects errors of components. */
export function collectorPlugin(app: App, collector: EventCollector): void {
  app.provide(COLLECTOR, collector);
  app.config.errorHandler = (error, _instance, info) => {
    collector.track('error_occurred', { name: error instanceof Error ? error.name : typeof error, info });
    console.error(error);
  };
}

export function useCollector(): EventCollector {
  const collector = inject(COLLECTOR);
  if (collector === undefined) throw new Error('Expected `app.use(collectorPlugin, collector)`');
  return collector;
}

/** The latest value of an Observable, such as `collector.stats$`, until the component is unmounted. */
export function useLatest<T>(values$: Observable<T>, initial: T): Readonly<ShallowRef<T>> {
  const latest = shallowRef(initial);
  const subscription = values$.subscribe((value) => (latest.value = value));
  onScopeDispose(() => subscription.unsubscribe());
  return latest;
}
