/** Graceful shutdown: `npx tsx examples/13-graceful-shutdown.ts`. One deadline for all sinks, every loss is reported, and no timer or subscription is left. */
import { NEVER, timer } from 'rxjs';
import { EventCollector, type EventSink } from 'rx-event-collector';

/** Slow; has `flush` and `close`. */
const file: EventSink = {
  name: 'file',
  process: () => timer(20),
  flush: () => Promise.resolve(console.log('file: flushed')),
  close: () => Promise.resolve(console.log('file: closed')),
};

/** Never answers. */
const dead: EventSink = { name: 'dead', process: () => NEVER };

export async function main(): Promise<void> {
  const collector = new EventCollector({ sinks: [file, dead] });
  collector.events$.subscribe({ complete: () => console.log('events$ has completed') });
  collector.diagnostics$.subscribe((diagnostic) => {
    if (diagnostic.type === 'loss') console.log(`lost: ${String(diagnostic.count)} (${diagnostic.reason})`, diagnostic.sink ?? '');
  });
  collector.collectBatch([{ type: 'a' }, { type: 'b' }, { type: 'c' }]);

  // In a service: process.once('SIGTERM', () => void stop()). The process stays alive until it resolves.
  const stop = async (): Promise<void> => {
    const { timedOut, sinks } = await collector.shutdown({ timeoutMs: 100 });
    console.log('in time:', !timedOut, sinks);
  };
  await stop();
  console.log(collector.track('too_late'), collector.stats().eventsClosed);
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// file: flushed
// file: closed
// lost: 3 (shutdown) dead
// events$ has completed
// in time: false {
//   file: { delivered: 3, failed: 0, dropped: 0, pending: 0 },
//   dead: { delivered: 0, failed: 0, dropped: 3, pending: 0 }
// }
// closed 1
