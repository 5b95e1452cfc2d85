import { importRxjs, load } from '../cases.mjs';
import { mainThreadMs, processMs, startClocks } from '../harness/clocks.mjs';
import { INPUTS, MASK } from '../workload.mjs';

/** Events offered before waiting for their delivery: fits the default bound of each pipeline. */
const BURST = 1_000;

/**
 * Nanoseconds for the first use in a fresh process. The harness has imported nothing that a case could profit from.
 *
 * | span | timed |
 * |---|---|
 * | `first-event` | constructor, first event |
 * | `hundred` | import, constructor, 100 events, flush |
 * | `phases` | processor time of each part of `hundred`, rxjs apart |
 * | `many` | constructor, `events` events in bursts of 1,000, delivery to a sink that returns a promise; per event |
 *
 * @param rxjs `hundred`: import rxjs before the clocks start; `phases`: import it first
 */
export async function start({ name, span, events = 320_000, rxjs = false }) {
  // Compiles the clocks themselves.
  startClocks()();
  let delivered = 0;
  let offered = 0;
  let target = Infinity;
  let onTarget = () => {};
  const destination = async (count) => {
    await undefined;
    delivered += count;
    if (delivered >= target) onTarget();
  };
  const collect = (pipeline) => {
    pipeline.collect(INPUTS[offered & MASK]);
    offered += 1;
  };
  let pipeline;

  const SPANS = {
    async 'first-event'() {
      const open = await load(name);
      const read = startClocks();
      pipeline = open(destination);
      collect(pipeline);
      return nanoseconds(read(), 1);
    },

    async hundred() {
      if (rxjs) await importRxjs();
      const read = startClocks();
      const open = await load(name);
      pipeline = open(destination);
      for (let index = 0; index < 100; index += 1) collect(pipeline);
      await pipeline.drain();
      return nanoseconds(read(), 1);
    },

    async phases() {
      const figures = {};
      let read = startClocks();
      const lap = (phase) => {
        figures[phase] = read().cpuMs * 1e6;
        read = startClocks();
      };
      if (rxjs) await importRxjs();
      lap('rxjs');
      const open = await load(name);
      lap('library');
      pipeline = open(destination);
      lap('constructor');
      collect(pipeline);
      lap('first');
      for (let index = 1; index < 100; index += 1) collect(pipeline);
      lap('more');
      await pipeline.drain();
      lap('flush');
      return figures;
    },

    async many() {
      const open = await load(name);
      const mainMs = mainThreadMs();
      const read = startClocks();
      pipeline = open(destination);
      while (offered < events) {
        for (let index = 0; index < BURST; index += 1) collect(pipeline);
        await new Promise((resolve) => {
          target = offered;
          onTarget = resolve;
          if (delivered >= target) resolve();
        });
        target = Infinity;
      }
      const figures = nanoseconds(read(), events);
      return { ...figures, mainNs: ((mainThreadMs() - mainMs) * 1e6) / events, processNs: (processMs() * 1e6) / events };
    },
  };

  return {
    round: () => SPANS[span](),
    async end() {
      await pipeline.close();
      return { offered, lost: offered - delivered };
    },
  };
}

const nanoseconds = ({ wallMs, cpuMs }, count) => ({ wallNs: (wallMs * 1e6) / count, cpuNs: (cpuMs * 1e6) / count });
