import { setTimeout } from 'node:timers/promises';

/** Waits until a condition holds, by asking every few milliseconds. Only for real processes, pages and sockets: the test's own time limit ends it. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(5);
}
