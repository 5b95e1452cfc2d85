/**
 * A page that collects events, and its server: run `npm run example:browser`, then open the printed URL.
 *
 * ```
 * page.ts     clicks, views, errors ─► EventCollector ─► httpSink over pageTransport
 *                                                          │ POST /events
 * index.ts    NDJSON file ◄─ EventCollector ◄─ ingestHandler ◄┘
 *                                 └─► GET /live (server-sent events) ─► the page, which shows them
 * ```
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { firstValueFrom } from 'rxjs';
import { EventCollector } from 'rx-event-collector';
import { ingestHandler, nodeListener } from 'rx-event-collector/ingest';
import { ndjsonFileSink } from 'rx-event-collector/node';
import { ledgerLines } from '../live/output/report.js';
import { stopRequests } from '../live/stop-requests.js';
import { liveView } from './live-view.js';
import { pageScripts } from './page-scripts.js';

export interface BrowserExampleOptions {
  /** 0: any free port. @default 8080 */
  readonly port?: number;
  /** Where the server writes events. @default '.events/browser.ndjson' */
  readonly out?: string;
  readonly print?: (line: string) => void;
}

/** The running example. */
export interface BrowserExample {
  readonly url: string;
  /** Delivers the remaining events, and prints the ledger. */
  close(): Promise<void>;
}

export async function main(options: BrowserExampleOptions = {}): Promise<BrowserExample> {
  const { port = 8080, out = join('.events', 'browser.ndjson'), print = console.log } = options;
  const collector = new EventCollector({ sinks: [ndjsonFileSink({ path: out })], config: { batch: { maxAgeMs: 1_000 } } });
  const ingest = nodeListener(ingestHandler({ collector, path: '/events' }));
  const watch = liveView(collector);
  const files = new Map([
    ['/', { type: 'text/html; charset=utf-8', content: await readFile(join(import.meta.dirname, 'page.html'), 'utf8') }],
    ...Array.from(await pageScripts(), ([name, content]) => [`/${name}`, { type: 'text/javascript; charset=utf-8', content }] as const),
  ]);

  const server = createServer((request, response) => {
    const { method, url = '/' } = request;
    const file = files.get(new URL(url, 'http://localhost').pathname);
    if (method === 'POST') ingest(request, response);
    else if (url === '/live') watch(response);
    else if (file !== undefined) response.writeHead(200, { 'content-type': file.type }).end(file.content);
    else response.writeHead(404).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://localhost:${String((server.address() as AddressInfo).port)}/`;
  print(`open  ${url}`);
  print(`file  ${relative('.', out)}`);

  return {
    url,
    async close() {
      server.close();
      await collector.shutdown({ timeoutMs: 5_000 });
      server.closeAllConnections();
      for (const line of ledgerLines(collector.stats())) print(line);
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' } } });
  const example = await main({ port: Number(values.port) });
  await firstValueFrom(stopRequests());
  await example.close();
}
