import Fastify, { type FastifyInstance } from 'fastify';
import { EventCollector } from 'rx-event-collector';
import { httpSink } from 'rx-event-collector/http';

declare module 'fastify' {
  interface FastifyInstance {
    readonly collector: EventCollector;
  }
}

/** Decorates the server with a collector, and collects an event for each response. `app.close()` delivers what is pending. */
function eventCollector(app: FastifyInstance): void {
  const collector = new EventCollector({
    sinks: [httpSink({ url: process.env['EVENTS_URL'] ?? 'https://events.example.com/' })],
    metadata: { service: 'shop' },
  });
  app.decorate('collector', collector);
  app.addHook('onResponse', async (request, reply) => {
    const tags = { method: request.method, route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) };
    collector.track('response_latency', { metric: 'http_server', value: reply.elapsedTime, unit: 'ms', tags });
  });
  app.addHook('onClose', async () => {
    await collector.shutdown({ timeoutMs: 5_000 });
  });
}

const app = Fastify();
eventCollector(app);
app.get<{ Params: { id: string } }>('/orders/:id', async ({ params }) => {
  app.collector.track('order_viewed', { order: params.id });
  return { id: params.id };
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close());
await app.listen({ port: Number(process.env['PORT'] ?? 3000) });
