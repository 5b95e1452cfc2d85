import pino from 'pino';
import { BATCH } from '../workload.mjs';

/** `pino`, which formats a line at once and gathers nothing: the lines of a hundred events are handed over. No ids. */
export function pinoLogger(destination) {
  let lines = [];
  const hand = () => {
    const batch = lines;
    lines = [];
    return destination(batch.length, batch);
  };
  const logger = pino(
    { base: { sessionId: 'bench', os: 'linux', arch: 'x64' } },
    {
      write(line) {
        if (lines.push(line) === BATCH) void hand();
      },
    },
  );
  return {
    collect({ type, data }) {
      logger.info({ type, data });
    },
    async close() {
      if (lines.length > 0) await hand();
    },
  };
}
