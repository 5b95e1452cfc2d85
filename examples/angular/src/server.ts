import { AngularNodeAppEngine, createNodeRequestHandler, isMainModule, writeResponseToNodeResponse } from '@angular/ssr/node';
import express from 'express';
import { join } from 'node:path';
import { EventCollector } from 'rx-event-collector';
import { ingestHandler, nodeListener } from 'rx-event-collector/ingest';
import { ndjsonFileSink, withProcessLifecycle } from 'rx-event-collector/node';

/** Receives the browsers' events. They were admitted and sampled there: this collector keeps all of them. */
const collector = new EventCollector({
  config: {
    privacyLevel: 'full',
    batch: { maxAgeMs: 1_000 },
    categories: { performance: { minPriority: 'low', sampling: { rate: 1 } }, system: { minPriority: 'low' } },
  },
  sinks: [ndjsonFileSink({ path: process.env['EVENTS'] ?? 'events.ndjson' })],
});
withProcessLifecycle(collector);

const app = express();
const engine = new AngularNodeAppEngine({ allowedHosts: ['localhost', '127.0.0.1'] });

app.use('/events', nodeListener(ingestHandler({ collector, authorize: () => true })));
app.get('/help-desk', (_request, response) => void response.status(503).end());
app.use(express.static(join(import.meta.dirname, '../browser'), { maxAge: '1y', index: false, redirect: false }));
app.use((request, response, next) => {
  engine
    .handle(request)
    .then((rendered) => (rendered ? writeResponseToNodeResponse(rendered, response) : next()))
    .catch(next);
});

if (isMainModule(import.meta.url)) {
  const server = app.listen(Number(process.env['PORT'] ?? 4000), () => {
    const address = server.address();
    console.log(`http://localhost:${typeof address === 'object' ? address?.port : address}`);
  });
}

export const reqHandler = createNodeRequestHandler(app);
