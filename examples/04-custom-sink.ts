/** A sink of your own: `npx tsx examples/04-custom-sink.ts`. It describes one attempt; its lane decides when, how often and for how long. */
import { EventCollector, SinkError, type AnalyticsEvent, type EventSink } from 'rx-event-collector';
import { describeSinkContract } from 'rx-event-collector/testing';

interface ListClient {
  rPush(key: string, lines: string[]): Promise<unknown>;
  quit(): Promise<unknown>;
}

/** Appends each event to a list in Redis, by any client with these two methods. */
export function redisSink(client: ListClient, key: string): EventSink {
  return {
    name: `redis ${key}`,
    async process({ events }) {
      const lines = events.map(toLine).filter((line) => line !== undefined);
      if (lines.length > 0) {
        await client.rPush(key, lines).catch((cause: unknown) => {
          throw new SinkError('unavailable', 'Redis does not answer', { cause });
        });
      }
      const failed = events.filter((event) => toLine(event) === undefined);
      if (failed.length > 0) throw new SinkError('rejected', 'No JSON', { failed }); // only these fail
    },
    close: () => client.quit(),
  };
}

function toLine(event: AnalyticsEvent): string | undefined {
  try {
    return JSON.stringify(event);
  } catch {
    return undefined;
  }
}

const fakeRedis = (list: string[]): ListClient => ({
  rPush: (_key, lines) => Promise.resolve(list.push(...lines)),
  quit: () => Promise.resolve('OK'),
});

/** Tests everything that a sink must do, with any `describe` and `it`. */
export function contract(): void {
  let list: string[] = [];
  describeSinkContract('redisSink', {
    create: () => redisSink(fakeRedis((list = [])), 'events'),
    received: () => list.map((line) => (JSON.parse(line) as AnalyticsEvent).id),
    failing: () => redisSink({ ...fakeRedis([]), rPush: () => Promise.reject(new Error('ECONNREFUSED')) }, 'events'),
  });
}

export async function main(): Promise<void> {
  const collector = new EventCollector({ sinks: [redisSink(fakeRedis([]), 'events')] });
  collector.collectBatch([{ type: 'cache_hit' }, { type: 'disk_usage', data: { value: 1n } }, { type: 'cache_miss' }]);
  console.log((await collector.shutdown()).sinks);
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// { 'redis events': { delivered: 2, failed: 1, dropped: 0, pending: 0 } }
