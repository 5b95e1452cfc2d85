import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The loopback server: where it listens, how many events it has counted, and its end. */
export async function startServer() {
  const child = fork(fileURLToPath(new URL('server.mjs', import.meta.url)));
  const [{ port }] = await once(child, 'message');
  return {
    port,
    async stop() {
      child.send('count');
      const [{ events }] = await once(child, 'message');
      child.disconnect();
      return events;
    },
  };
}
