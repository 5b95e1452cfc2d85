import { createContext, useContext, useEffect, useState } from 'react';
import type { EventCollector } from 'rx-event-collector';
import type { Observable } from 'rxjs';

const CollectorContext = createContext<EventCollector | undefined>(undefined);

export const CollectorProvider = CollectorContext.Provider;

/** The collector of the nearest provider: for handlers and effects, not for rendering, which React may repeat. */
export function useCollector(): EventCollector {
  const collector = useContext(CollectorContext);
  if (collector === undefined) throw new Error('Expected a <CollectorProvider value={collector}> around this component');
  return collector;
}

/** The latest value of an Observable that stays the same between renderings, such as `collector.stats$`. */
export function useLatest<T>(values$: Observable<T>, initial: T): T {
  const [latest, setLatest] = useState(() => initial);
  useEffect(() => {
    const subscription = values$.subscribe((value) => setLatest(() => value));
    return () => subscription.unsubscribe();
  }, [values$]);
  return latest;
}
