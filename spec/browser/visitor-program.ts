/** Runs in a real page: a collector with a visitor, by the URL's query: `consent=STATE`, `cookie`, `domain=DOMAIN`. */
import { BehaviorSubject } from 'rxjs';
import { cookieStorage, withVisitor, type Visitor } from '../../lib/browser/index.js';
import { EventCollector, type AnalyticsEvent, type ConsentState } from '../../lib/index.js';

declare global {
  interface Window {
    visited: {
      readonly visitor: Visitor;
      readonly consent$: BehaviorSubject<ConsentState>;
      /** The collected events, in order. */
      readonly events: readonly AnalyticsEvent[];
      readonly track: () => void;
    };
  }
}

const query = new URLSearchParams(location.search);
const domain = query.get('domain') ?? undefined;
const consent$ = new BehaviorSubject((query.get('consent') ?? 'granted') as ConsentState);
const collector = new EventCollector({ sinks: [], consent$ });
const events: AnalyticsEvent[] = [];
collector.events$.subscribe((event) => events.push(event));
const visitor = withVisitor(collector, query.has('cookie') ? { storage: cookieStorage({ domain }) } : {});
const track = (): void => {
  collector.track('feature_used');
};
window.visited = { visitor, consent$, events, track };
