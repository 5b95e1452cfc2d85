/**
 * Prints the files on the way of an event, from `collect()` to `sink.process`, in a collector with default options: from the stack at
 * `sink.process`, and from each function that was called on the way and returned before. `npm run event-path`.
 */
import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventCollector, type EventSink } from '../lib/index.js';

const LIB = fileURLToPath(new URL('../lib/', import.meta.url));
/** Folders whose files count; helpers of events, configuration, ledger and options are called from there. */
const COUNTED = ['collector', 'features', 'lane', 'operators', 'consent'];
const MAX_FILES = 12;

let stack: string[] = [];
const sink: EventSink = {
  name: 'sink',
  process() {
    Error.stackTraceLimit = 200;
    stack = filesOf(new Error().stack ?? '');
  },
};
const collector = new EventCollector({ sinks: [sink], config: { batch: { maxCount: 1 } } });
collector.track('feature_used');

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
collector.track('feature_used');
const { result } = await session.post('Profiler.takePreciseCoverage');
session.disconnect();
const called = result.flatMap(({ url, functions }) =>
  url.includes('/lib/') && functions.some(({ ranges: [range], functionName }) => functionName !== '' && (range?.count ?? 0) > 0)
    ? filesOf(url)
    : [],
);
await collector.shutdown();

const isCounted = (file: string): boolean => COUNTED.includes(file.split('/')[0] ?? '');
console.log('On the stack at `sink.process`, from collect():');
for (const file of stack) console.log(`  ${file}`);
console.log('Called on the way, and returned:');
for (const file of [...new Set(called)].filter((each) => !stack.includes(each)).sort())
  console.log(`  ${file}${isCounted(file) ? '' : '  (helper)'}`);
const onStack = stack.filter(isCounted);
console.log(`${String(onStack.length)} files of ${COUNTED.join(', ')} on the stack (at most ${String(MAX_FILES)})`);
process.exitCode = onStack.length > MAX_FILES ? 1 : 0;

/** Paths within lib, the first occurrence of each, outermost first. */
function filesOf(text: string): string[] {
  const paths = [...text.matchAll(/(?:file:\/\/)?(\/[^\s()]+\.ts)/g)]
    .map(([, path = '']) => relative(LIB, path))
    .filter((path) => !path.startsWith('..'));
  return [...new Set(paths.reverse())];
}
