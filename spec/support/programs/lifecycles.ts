/**
 * Programs for `spec/node/process-lifecycle.process.spec.ts`, each run as a process of its own: `node --import tsx lifecycles.ts NAME`. A slow sink
 * prints the delivered events; `ready` means that the parent may send signals.
 */
import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { NEVER } from 'rxjs';
import { EventCollector, type EventSink } from '../../../lib/index.js';
import { withProcessLifecycle } from '../../../lib/node/process-lifecycle.js';

const say = (text: string): void => void writeSync(1, `${text}\n`);
const slow = (name = 'slow'): EventSink => ({
  name,
  process: async ({ events }) => {
    await setTimeout(30);
    say(`${name} ${events.map(({ data }) => String(data)).join(' ')}`);
  },
  close: async () => {
    await setTimeout(5);
    say(`${name} closed`);
  },
});
const hanging: EventSink = { name: 'hanging', process: () => NEVER };
const atOnce: EventSink = { name: 'atOnce', process: ({ events }) => say(`atOnce ${events.map(({ data }) => String(data)).join(' ')}`) };
const atOnceSilently: EventSink = { name: 'silent', process: () => undefined };
const HOUR_MS = 3_600_000;

const collecting = (sink: EventSink, timeoutMs = 10_000): EventCollector => {
  const collector = new EventCollector({ sinks: [sink] });
  withProcessLifecycle(collector, { timeoutMs });
  collector.track('feature_used', 1);
  collector.track('feature_used', 2);
  return collector;
};
const stay = async (): Promise<void> => {
  say('ready');
  await setTimeout(HOUR_MS);
};

const programs: Readonly<Record<string, () => unknown>> = {
  nothing: () => collecting(slow()),
  stays: () => {
    collecting(slow());
    return stay();
  },
  'two collectors': () => {
    collecting(slow('one'));
    collecting(slow('two'));
    return stay();
  },
  'a hanging sink, briefly': () => {
    collecting(hanging, 50);
    return stay();
  },
  'two signals': async () => {
    collecting(hanging, HOUR_MS);
    process.kill(process.pid, 'SIGTERM');
    await setTimeout(700);
    process.kill(process.pid, 'SIGINT');
    return stay();
  },
  'eleven collectors': async () => {
    const events = ['exit', 'SIGTERM', 'SIGINT', 'uncaughtExceptionMonitor'];
    const before = events.map((event) => process.listenerCount(event));
    const collectors = Array.from({ length: 11 }, () => collecting(atOnceSilently));
    say(events.map((event, index) => process.listenerCount(event) - (before[index] ?? 0)).join(' '));
    await Promise.all(collectors.map((each) => each.shutdown()));
  },
  'a shutdown of its own': () => {
    void collecting(hanging, 50).shutdown({ timeoutMs: HOUR_MS });
    return stay();
  },
  'another collector, later': () => {
    process.once('SIGTERM', () => {
      collecting(slow('late'), 1_000);
    });
    collecting(slow(), 1_000);
    return stay();
  },
  'others listen': () => {
    collecting(slow());
    process.once('SIGTERM', () => void setTimeout(300).then(() => process.exit(7)));
    return stay();
  },
  'others only listen': () => {
    collecting(slow(), 400);
    process.on('SIGTERM', () => {
      say('heard');
      void setTimeout(1_200).then(() => say('too late'));
    });
    return stay();
  },
  throws: () => {
    collecting(slow());
    throw new RangeError('not caught');
  },
  rejects: () => {
    collecting(slow());
    void Promise.reject(new RangeError('not caught'));
    return stay();
  },
  'is heard throwing': () => {
    collecting(slow());
    process.on('uncaughtException', () => void setTimeout(300).then(() => process.exit(8)));
    throw new RangeError('caught by a listener');
  },
  exits: () => {
    collecting(atOnce);
    process.exit(5);
  },
  'shuts down': async () => {
    const count = (): string =>
      ['beforeExit', 'exit', 'SIGTERM', 'SIGINT', 'uncaughtExceptionMonitor'].map((event) => process.listenerCount(event)).join();
    const before = count();
    await collecting(slow()).shutdown();
    say(String(count() === before));
  },
};

await programs[process.argv[2] ?? '']?.();
