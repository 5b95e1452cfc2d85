'use client';

import { useEffect } from 'react';
import { createCollector, type Collector } from 'rx-event-collector';
import { fromErrors, fromPageViews, pageSend, withPageLifecycle } from 'rx-event-collector/browser';
import { postSink } from 'rx-event-collector/http';
import { merge } from 'rxjs';

let collector: Collector | undefined;

/** One collector per page load. Components are rendered on the server as well, so call it in effects and handlers only. */
export function pageCollector(): Collector {
  if (collector === undefined) {
    const created = createCollector({ sinks: [postSink({ url: '/events', send: pageSend() })] });
    withPageLifecycle(created);
    // For the life of the page: an effect runs twice in React's strict mode, and would collect the first view twice.
    merge(fromPageViews(), fromErrors()).subscribe((event) => created.collect(event));
    collector = created;
  }
  return collector;
}

/** Collects page views, those of the router as well, and uncaught errors. Its place is the root layout. */
export function EventCollection(): null {
  useEffect(() => void pageCollector(), []);
  return null;
}
