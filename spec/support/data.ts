import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Recorded events and texts are in a folder beside the repository, or in RX_EVENT_COLLECTOR_DATA. */
const FOLDER = resolve(import.meta.dirname, '../..', process.env.RX_EVENT_COLLECTOR_DATA ?? '../shared/data');

/** The recorded files that specs read. */
export type DataFile = 'github-events.ndjson.gz' | 'ubi-clickstream.ndjson.gz' | 'pii-spans.ndjson' | 'blns.json';

/**
 * The path of a recorded file. Where it is absent, the test (or the suite, from `before`) that asks for it is skipped, and listed as such.
 *
 * @example
 * it('parses every line', async function () {
 *   const path = dataFile(this, 'github-events.ndjson.gz');
 * });
 */
export function dataFile(context: Mocha.Context, name: DataFile): string {
  const path = resolve(FOLDER, name);
  if (!existsSync(path)) context.skip();
  return path;
}
