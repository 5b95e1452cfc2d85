import type { ServerResponse } from 'node:http';
import { live, type EventCollector } from 'rx-event-collector';
import { ledgerLines } from '../live/output/report.js';

/** Streams a collector's events and ledger as server-sent events. A slow reader misses events, and gets their number. */
export function liveView(collector: EventCollector): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const send = (name: string, content: unknown): boolean => response.write(`event: ${name}\ndata: ${JSON.stringify(content)}\n\n`);
    const books = collector.stats$.subscribe((stats) => send('books', ledgerLines(stats)));
    const events = live(collector.events$, { capacity: 100 });
    response.once('close', () => {
      books.unsubscribe();
      void events.return();
    });
    void show();

    async function show(): Promise<void> {
      for await (const { type, data, timestamp } of events) {
        const isRoomy = send('event', { type, data, at: timestamp, missed: events.missed });
        if (!isRoomy) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
      }
      response.end();
    }
  };
}
