/**
 * `npm run report -- STORE`: answers about an event store as one HTML file, with charts, without a network.
 *
 * Only `rx-event-collector/node` is used to ask; `page.ts` and `charts.ts` draw.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isSinkError } from 'rx-event-collector';
import { openEventStore, type EventActorKey } from 'rx-event-collector/node';
import { reportPage } from './page.js';
import { questionsTo } from './questions.js';

export const USAGE = `Writes what is in an event store into one HTML file.

  npm run report -- STORE.db [options]

  --out FILE       the page; default: STORE.html
  --by KEY         what stands for a user: sessionId, or a path such as
                   data.user_id; default: the first of some usual ones
  --steps A,B,C    the steps of the funnel; default: the most frequent types
  --within SECONDS time for all steps; default: 3600`;

/** Returns the exit code: 0, 1 for a store that can't be read, 2 for invalid arguments. */
export function main(argv: readonly string[], print: (line: string) => void): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { out: { type: 'string' }, by: { type: 'string' }, steps: { type: 'string' }, within: { type: 'string' } },
    });
    const [path, ...others] = positionals;
    if (path === undefined || others.length > 0) throw new TypeError('Expected the path of one store');
    if (!existsSync(path)) throw new TypeError(`There is no store ${path}`);
    const store = openEventStore({ path });
    try {
      const questions = questionsTo(store, {
        by: values.by as EventActorKey | undefined,
        steps: values.steps?.split(','),
        withinMs: values.within === undefined ? undefined : Number(values.within) * 1_000,
      });
      const out = values.out ?? `${path}.html`;
      writeFileSync(out, reportPage(path, questions));
      print(out);
    } finally {
      store.close();
    }
    return 0;
  } catch (error) {
    if (isSinkError(error)) print(error.message);
    else if (error instanceof TypeError) print(`${error.message}\n\n${USAGE}`);
    else throw error;
    return isSinkError(error) ? 1 : 2;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2), (line) => console.log(line));
