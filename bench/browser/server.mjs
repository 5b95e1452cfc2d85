import { createServer } from 'node:http';
import { once } from 'node:events';
import { occurrences } from '../harness/occurrences.mjs';
import { MARK } from './page-script.mjs';

/** Serves an empty page, answers every SDK's requests, and counts their events by a mark in the payload. */
export async function startServer() {
  let events = 0;
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      events += occurrences(Buffer.concat(chunks), MARK);
      if (request.method === 'GET' && request.url === '/') {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>bench</title>');
      } else {
        // An empty object satisfies every SDK's parser, that of configuration included.
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${String(server.address().port)}`,
    /** Events since the last call. */
    takeCount() {
      const count = events;
      events = 0;
      return count;
    },
    count: () => events,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
