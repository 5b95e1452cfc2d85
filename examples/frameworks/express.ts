import express, { type RequestHandler } from 'express';
import { EventCollector } from 'rx-event-collector';
import { httpSink } from 'rx-event-collector/http';
import { withProcessLifecycle } from 'rx-event-collector/node';

const collector = new EventCollector({
  sinks: [httpSink({ url: process.env['EVENTS_URL'] ?? 'https://events.example.com/' })],
  metadata: { service: 'shop' },
});
withProcessLifecycle(collector);

/** An event for each request. The route's pattern takes the place of the path, which may contain personal data. */
const measureRequests: RequestHandler = (request, response, next) => {
  const startedAt = performance.now();
  response.once('close', () => {
    const { path: route = 'none' } = (request.route ?? {}) as { path?: string };
    const outcome = response.writableFinished ? 'ok' : 'cancelled';
    const tags = { method: request.method, route, status: String(response.statusCode), outcome };
    collector.track('response_latency', { metric: 'http_server', value: performance.now() - startedAt, unit: 'ms', tags });
  });
  next();
};

const app = express();
app.use(measureRequests);
app.get('/orders/:id', (request, response) => {
  collector.track('order_viewed', { order: request.params.id });
  response.json({ id: request.params.id });
});
app.listen(process.env['PORT'] ?? 3000);
