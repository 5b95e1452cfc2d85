/** A tiny application that has the packed tarball, and a command in it that has to succeed. */
export interface Project {
  readonly name: string;
  /** Packages besides the tarball and RxJS. */
  readonly installs: readonly string[];
  /** By path. `package.json` is made from `manifest`. */
  readonly files: Readonly<Record<string, string>>;
  /** A program of `node_modules/.bin`, and its arguments. `node` is this version of Node unless a project installs another one. */
  readonly command: readonly [string, ...string[]];
  /** Fields of package.json. @default none */
  readonly manifest?: object;
  /** Packages whose install scripts run, because they fetch a program. @default none do */
  readonly runsScripts?: boolean;
}

/**
 * Sends an event from one collector to another: core, `./http`, `./ingest` and `./codecs`, with nothing but web standards. It rejects unless the event arrives, also
 * as what is printed.
 */
export const SENDS_AND_RECEIVES = `
import { EventCollector, MemorySink } from 'rx-event-collector';
import { eventCodec } from 'rx-event-collector/codecs';
import { fetchTransport, httpSink } from 'rx-event-collector/http';
import { ingestHandler } from 'rx-event-collector/ingest';

export async function sendAndReceive() {
  const received = new MemorySink();
  const server = new EventCollector({ sinks: [received] });
  const handle = ingestHandler({ collector: server });
  const transport = fetchTransport({ fetch: (url, init) => handle(new Request(url, { method: init.method, headers: init.headers, body: init.body })) });
  const client = new EventCollector({ sinks: [httpSink({ url: 'https://events.example/', transport })] });
  client.track('order_placed', { total: 12.5 });
  const { sinks } = await client.shutdown();
  await server.shutdown();
  const [event] = received.events;
  if (sinks.http.delivered !== 1 || event?.data.total !== 12.5 || !eventCodec().is(event)) throw new Error('Not received: ' + JSON.stringify([sinks, event]));
  return 'received';
}
`;
