import pino from 'pino';
import { BATCH } from '../workload.mjs';

/** `pino` formats each line immediately and gathers nothing; the case batches 100 lines. It creates no ids. */
export function pinoLogger(destination) {
  let lines = [];
  const send = () => {
    const batch = lines;
    lines = [];
    return destination(batch.length, batch);
  };
  const logger = pino(
    { base: { sessionId: 'bench', os: 'linux', arch: 'x64' } },
    {
      write(line) {
        if (lines.push(line) === BATCH) void send();
      },
    },
  );
  return {
    collect({ type, data }) {
      logger.info({ type, data });
    },
    async close() {
      if (lines.length > 0) await send();
    },
  };
}
