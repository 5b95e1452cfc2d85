/** Consistent sampling: `npx tsx examples/08-consistent-sampling.ts`. Whole sessions are kept or dropped, and weights estimate the total. */
import { EventCollector, sampling } from 'rx-event-collector';

const SESSIONS = Array.from({ length: 10_000 }, (_, n) => `session-${String(n)}`);

/** One of two independent processes. */
function startProcess(): { readonly collector: EventCollector; readonly kept: Set<string | undefined>; readonly estimate: () => number } {
  const collector = new EventCollector({
    sinks: [],
    // All errors are kept, with weight 1, and one session in ten of the rest, with weight 10.
    sampling: sampling.keepIf(
      ({ category }) => category === 'error',
      sampling.consistent({ rate: 0.1, key: ({ sessionId }) => sessionId }),
    ),
  });
  const kept = new Set<string | undefined>();
  let sum = 0;
  collector.events$.subscribe(({ category, sessionId, weight }) => {
    if (category !== 'error') kept.add(sessionId);
    sum += weight;
  });
  return { collector, kept, estimate: () => sum };
}

export async function main(): Promise<void> {
  const [page, server] = [startProcess(), startProcess()];
  for (const sessionId of SESSIONS) {
    page.collector.collectBatch([
      { type: 'page_viewed', sessionId },
      { type: 'cart_filled', sessionId },
    ]);
    server.collector.collect({ type: 'order_placed', sessionId });
  }
  server.collector.collect({ type: 'error_occurred', sessionId: 'session-0' });
  await Promise.all([page.collector.shutdown(), server.collector.shutdown()]);

  // The decision depends on the key only: both processes keep the same sessions.
  console.log('the page kept', page.kept.size, 'sessions');
  console.log('the same as the server:', [...page.kept].join() === [...server.kept].join());

  // The sum of weights estimates the number of offered events.
  console.log('page: 20000 offered, estimate', page.estimate());
  console.log('server: 10001 offered, estimate', server.estimate());
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// the page kept 994 sessions
// the same as the server: true
// page: 20000 offered, estimate 19880
// server: 10001 offered, estimate 9941
