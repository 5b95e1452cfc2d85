import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const PROGRAM = join(import.meta.dirname, 'programs/hold-lock.cjs');

/** Lets another thread lock a database for 200 ms: no other connection can read it meanwhile. Returns the thread once it holds the lock. */
export async function heldDatabase(path: string): Promise<Worker> {
  const worker = new Worker(PROGRAM, { workerData: path, execArgv: [] });
  await once(worker, 'message');
  return worker;
}
