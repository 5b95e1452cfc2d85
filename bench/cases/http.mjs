import { pipelineOf } from './ours.mjs';

const { EventCollector } = await import(`${process.env.LIBRARY}/index.js`);
const { httpSink } = await import(`${process.env.LIBRARY}/http.js`);
const { nodeHttpTransport } = await import(`${process.env.LIBRARY}/node.js`);

/**
 * `httpSink` over `node:http`. The destination counts what was delivered, and how much of it went over the network: nothing does before
 * `connect`.
 */
export function oursOverHttp(destination, { port, concurrency }) {
  const network = nodeHttpTransport();
  let isConnected = false;
  const nowhere = { status: 204, header: () => undefined, discard: () => {} };
  const transport = (request) => (isConnected ? network(request) : Promise.resolve(nowhere));
  const sink = httpSink({ name: 'bench', url: `http://127.0.0.1:${port}/`, transport });
  const pipeline = pipelineOf(new EventCollector({ sinks: [sink], lane: { concurrency } }));
  pipeline.collector.deliveries$.subscribe(({ status, batch }) => {
    if (status === 'delivered') destination(batch.events.length, isConnected);
  });
  return {
    ...pipeline,
    connect() {
      isConnected = true;
    },
  };
}
