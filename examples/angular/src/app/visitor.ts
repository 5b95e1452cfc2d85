import { inject, makeStateKey, TransferState } from '@angular/core';
import { provideEventCollector, withPageLifecycle, withVisitor } from 'rx-event-collector/angular';

/** Set by the server, if it has an id: `inject(TransferState).set(VISITOR_ID, id)`. */
export const VISITOR_ID = makeStateKey<string>('visitor-id');

export const visitorCollector = provideEventCollector(
  { sinks: [] },
  withPageLifecycle(),
  withVisitor(() => ({ anonymousId: inject(TransferState).get(VISITOR_ID, undefined) })),
);
