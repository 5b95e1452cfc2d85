import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts the loopback server in a process of its own. `stop` resolves with the number of events it has received. */
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
