import type { Project } from './project.js';

const ANGULAR = `
import 'zone.js';
import '@angular/compiler';
import { DOCUMENT } from '@angular/common';
import { HttpBackend, HttpClient, HttpResponse, provideHttpClient } from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';
import { of } from 'rxjs';
import { provideTestCollector, TEST_COLLECTOR, withErrorHandler, withHttpTiming } from 'rx-event-collector/angular';

const document = { querySelectorAll: () => [], head: null, body: null, defaultView: null };
TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting([{ provide: DOCUMENT, useValue: document }]));
TestBed.configureTestingModule({
  providers: [
    provideHttpClient(),
    { provide: HttpBackend, useValue: { handle: () => of(new HttpResponse({ status: 200 })) } },
    provideTestCollector({}, withHttpTiming(), withErrorHandler()),
  ],
});
const { collector, sink } = TestBed.inject(TEST_COLLECTOR);
TestBed.inject(HttpClient).get('/orders?secret=1').subscribe();
await collector.flush();
const [event] = sink.events;
if (event?.type !== 'network_latency' || event.data.tags.url !== '/orders') throw new Error('Expected a timed request, got ' + JSON.stringify(sink.events));
`;

const NEXT_PAGE = `'use client';
import { useEffect } from 'react';
import { createCollector } from 'rx-event-collector';
import { fromPageViews, pageSend, withPageLifecycle } from 'rx-event-collector/browser';
import { postSink } from 'rx-event-collector/http';
export default function Page() {
  useEffect(() => {
    const collector = createCollector({ sinks: [postSink({ url: '/events', send: pageSend() })] });
    withPageLifecycle(collector);
    fromPageViews().subscribe((event) => collector.collect(event));
  }, []);
  return <h1>Shop</h1>;
}
`;
const NEXT_ROUTE = `import { initGlobalCollector } from 'rx-event-collector';
import { ingestHandler } from 'rx-event-collector/ingest';
import { ndjsonFileSink } from 'rx-event-collector/node';
const handle = ingestHandler({ collector: initGlobalCollector({ sinks: [ndjsonFileSink({ path: '/tmp/never-written.ndjson' })] }) });
export { handle as OPTIONS, handle as POST };
`;

export const FRAMEWORKS: readonly Project[] = [
  ...(
    [
      ['19', '5.8', '0.15'],
      ['20', '5.9', '0.15'],
      ['21', '5.9', '0.15'],
      ['22', '6', '0.16'],
    ] as const
  ).map(([version, typescript, zone]) => ({
    name: `angular-${version}`,
    installs: [
      ...['core', 'common', 'compiler', 'platform-browser', 'router'].map((name) => `@angular/${name}@${version}`),
      `zone.js@${zone}`,
      `typescript@${typescript}`,
    ],
    files: { 'a.mjs': ANGULAR },
    command: ['node', 'a.mjs'] as const,
  })),
  {
    name: 'next-16',
    installs: ['next@16', 'react@19', 'react-dom@19'],
    files: {
      'app/layout.jsx': 'export default ({ children }) => <html><body>{children}</body></html>;\n',
      'app/page.jsx': NEXT_PAGE,
      'app/events/route.js': NEXT_ROUTE,
    },
    command: ['next', 'build'],
  },
];
