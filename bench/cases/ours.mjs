/** The build, which `harness/prepare.mjs` made. */
const { defaultRedaction, EventCollector, sampling } = await import(`${process.env.LIBRARY}/index.js`);
const { httpSink } = await import(`${process.env.LIBRARY}/http.js`);
const { nodeHttpTransport } = await import(`${process.env.LIBRARY}/node.js`);

/** The default configuration, one sink. */
export const ours = (destination) => start(destination, {});

/** Somebody watched the live events, and left. */
export function oursWatched(destination) {
  const pipeline = start(destination, {});
  pipeline.collector.events$.subscribe(() => undefined).unsubscribe();
  return pipeline;
}

/** As many live subscribers, each of which counts. */
export function oursWithSubscribers(destination, { count }) {
  const pipeline = start(destination, {});
  const { events$ } = pipeline.collector;
  const readers = Array.from({ length: count }, () => {
    let seen = 0;
    events$.subscribe(() => {
      seen += 1;
    });
    return () => seen;
  });
  return {
    ...pipeline,
    check() {
      const { eventsProcessed, eventsBuffered } = pipeline.collector.stats();
      if (readers.some((seen) => seen() !== eventsProcessed + eventsBuffered)) throw new Error('A live subscriber missed events');
    },
  };
}

/** Half of it arrives. What stands in the open batch at the end of a round is not waited for. */
export const oursWithConsistentSampling = (destination) => ({
  ...start(destination, { sampling: sampling.consistent({ rate: 0.5, key: ({ data }) => data.user }) }),
  isSynchronous: true,
});

export const oursWithRedaction = (destination) => start(destination, { redaction: defaultRedaction() });

export const oursWithByteLimit = (destination) => start(destination, { config: { batch: { maxBytes: 1_000_000 } } });

/** As many events as the measurement wants to see buffered. */
export const oursWithRoom = (destination, { room }) => start(destination, { config: { queue: { maxEvents: room } } });

/** The real sink; the destination only counts what it has delivered. */
export function oursOverHttp(destination, { port }) {
  const transport = nodeHttpTransport();
  const pipeline = start(destination, {}, httpSink({ name: 'bench', url: `http://127.0.0.1:${port}/`, transport }));
  pipeline.collector.deliveries$.subscribe(({ status, batch }) => {
    if (status === 'delivered') destination(batch.events.length);
  });
  return pipeline;
}

function start(destination, options, sink = { name: 'bench', process: ({ events }) => destination(events.length, events) }) {
  const collector = new EventCollector({ ...options, sinks: [sink] });
  let told = 0;
  return {
    collector,
    collect(input) {
      collector.collect(input);
    },
    /** Adds up what `diagnostics$` says was lost; costs while it is watched, hence not always. */
    listen() {
      collector.diagnostics$.subscribe((diagnostic) => {
        if (diagnostic.type === 'loss') told += diagnostic.count;
      });
    },
    accounts() {
      const { eventsSampledOut, eventsDropped, sinks } = collector.stats();
      return { sampledOut: eventsSampledOut, dropped: eventsDropped + sinks.bench.dropped + sinks.bench.failed, told };
    },
    async close() {
      await collector.shutdown();
    },
  };
}
