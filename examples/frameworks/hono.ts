import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { EventCollector } from 'rx-event-collector';
import { httpSink } from 'rx-event-collector/http';
import { withProcessLifecycle } from 'rx-event-collector/node';

const collector = new EventCollector({
  sinks: [httpSink({ url: process.env['EVENTS_URL'] ?? 'https://events.example.com/' })],
  metadata: { service: 'shop' },
});
withProcessLifecycle(collector);

/** An event for each response, and the collector for the handlers. */
const events = createMiddleware<{ Variables: { collector: EventCollector } }>(async (c, next) => {
  const startedAt = performance.now();
  c.set('collector', collector);
  await next();
  const tags = { method: c.req.method, route: routePath(c, -1), status: String(c.res.status) };
  collector.track('response_latency', { metric: 'http_server', value: performance.now() - startedAt, unit: 'ms', tags });
});

const app = new Hono();
app.get('/orders/:id', events, (c) => {
  c.var.collector.track('order_viewed', { order: c.req.param('id') });
  return c.json({ id: c.req.param('id') });
});
serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000) });
