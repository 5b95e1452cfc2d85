/** The build made by `harness/prepare.mjs`. Only its core: cold cases time this import. */
const { defaultRedaction, EventCollector, sampling } = await import(`${process.env.LIBRARY}/index.js`);

/** The default configuration, one sink. */
export const ours = (destination) => start(destination, {});

/** A live subscriber subscribed and unsubscribed. */
export function oursWatched(destination) {
  const pipeline = start(destination, {});
  pipeline.collector.events$.subscribe(() => undefined).unsubscribe();
  return pipeline;
}

/** `count` live subscribers, each of which counts events. */
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

/** Half of the events are sampled out. A round doesn't wait for the open batch at its end. */
export const oursWithConsistentSampling = (destination) => ({
  ...start(destination, { sampling: sampling.consistent({ rate: 0.5, key: ({ data }) => data.user }) }),
  isSynchronous: true,
});

export const oursWithRedaction = (destination) => start(destination, { redaction: defaultRedaction() });

export const oursWithByteLimit = (destination) => start(destination, { config: { batch: { maxBytes: 1_000_000 } } });

/** Buffers up to `room` events. */
export const oursWithRoom = (destination, { room }) => start(destination, { config: { queue: { maxEvents: room } } });

const start = (destination, options) => pipelineOf(new EventCollector({ ...options, sinks: [sinkOf(destination)] }));

export const sinkOf = (destination) => ({ name: 'bench', process: ({ events }) => destination(events.length, events) });

/** The harness's interface over a collector with one sink named `bench`. */
export function pipelineOf(collector) {
  let reported = 0;
  return {
    collector,
    collect(input) {
      collector.collect(input);
    },
    drain: () => collector.flush(),
    /** Adds up the losses that `diagnostics$` reports. Not always on: a subscriber costs time. */
    listen() {
      collector.diagnostics$.subscribe((diagnostic) => {
        if (diagnostic.type === 'loss') reported += diagnostic.count;
      });
    },
    losses() {
      const { eventsSampledOut, eventsDropped, sinks } = collector.stats();
      return { sampledOut: eventsSampledOut, dropped: eventsDropped + sinks.bench.dropped + sinks.bench.failed, reported };
    },
    async close() {
      await collector.shutdown();
    },
  };
}
