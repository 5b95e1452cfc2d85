import { createServer } from 'node:http';
import { occurrences } from './occurrences.mjs';

/** A server process that counts the events of the batches it receives. Sends its port when it listens, and the count on request. */
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
