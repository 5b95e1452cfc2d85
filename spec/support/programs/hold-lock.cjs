/** A worker that has a database to itself for 200 ms: `new Worker(…, { workerData: path })`. It posts a message once it holds the lock. */
const { parentPort, workerData } = require('node:worker_threads');

const HELD_MS = 200;

function driver() {
  const own = process.getBuiltinModule('node:sqlite');
  if (own !== undefined) return own.DatabaseSync;
  try {
    return require('@photostructure/sqlite').DatabaseSync;
  } catch {
    return require('better-sqlite3');
  }
}

const database = new (driver())(workerData);
database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
parentPort.postMessage('held');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HELD_MS);
database.exec('COMMIT');
database.close();
