import { createServer } from 'node:http';
import { occurrences } from './occurrences.mjs';

/** Takes batches, in a process of its own, and counts their events; tells its port at first, and the count when asked. */
let events = 0;
const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    events += occurrences(Buffer.concat(chunks), '"weight":');
    response.writeHead(204).end();
  });
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => process.send({ events }));
process.on('disconnect', () => process.exit());
