import type { CollectorStats } from 'rx-event-collector';

export const STREAM = 'EVENTS';
export const SUBJECT = 'events';
export const CONSUMER = 'workers';

/** What a producer or a worker reports to the process that started it. */
export interface Report {
  /** Events that a producer has offered in all its lives. */
  readonly offered?: number;
  /** The ledger since the process was started. */
  readonly stats: CollectorStats;
}

/** Sends the ledger at intervals, and ends with the process that started this one. The result sends it for the last time. */
export function reportToParent(report: () => Report): () => void {
  const send = (): void => {
    if (process.connected) process.send?.(report());
  };
  const endToo = (): never => process.exit(1);
  process.once('disconnect', endToo);
  const timer = setInterval(send, 200);
  return () => {
    clearInterval(timer);
    send();
    process.off('disconnect', endToo);
    process.disconnect();
  };
}
