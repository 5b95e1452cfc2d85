import { join, relative, resolve } from 'node:path';
import {
  asyncScheduler,
  BehaviorSubject,
  distinct,
  interval,
  lastValueFrom,
  merge,
  NEVER,
  ReplaySubject,
  share,
  skip,
  skipUntil,
  Subject,
  Subscription,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { EventCollector, isSinkError } from 'rx-event-collector';
import type { DevtoolsTable } from 'rx-event-collector/devtools';
import type { EventStore } from 'rx-event-collector/node';
import { closeCollector } from './closing.js';
import { remoteSinks } from './destinations.js';
import { faultySink } from './faulty-sink.js';
import { BadLines } from './input/bad-lines.js';
import { FieldUse } from './input/field-use.js';
import { collectMachine, collectRecords } from './input/collecting.js';
import { findInput } from './input/find-input.js';
import type { Io } from './io.js';
import { openStore } from './open-store.js';
import type { LiveOptions } from './options.js';
import { isBalanced } from './output/equations.js';
import { outputFor } from './output/output-for.js';
import type { Run, Snapshot } from './output/output.js';
import { Tally } from './output/tally.js';
import { RateHistory } from './rate-history.js';
import { changed, configOf, initialSettings } from './settings.js';
import { destinations } from './sinks.js';
import { Stopwatch } from './stopwatch.js';
import { answersOf, answerTables, questionLines } from './store-questions.js';
import { storeLines } from './store-report.js';
import { openWebPage } from './web/web-page.js';

/** npm hands on a Ctrl-C that the program gets from the terminal as well: the two are one request. */
const ECHO_MS = 500;

/**
 * Passes events from an input to their destinations, and shows the progress. Returns the exit code.
 *
 * @throws UsageError for an invalid destination, and a fault of an unknown sink
 */
export async function run(options: LiveOptions, io: Io): Promise<number> {
  const { stdin, cwd } = io;
  const startedAt = asyncScheduler.now();
  const out = resolve(cwd, options.out ?? join('.events', `${new Date(startedAt).toISOString().replaceAll(/[:.]/g, '-')}.ndjson`));
  const remotes = remoteSinks(options.to);
  const storePath = options.store === false ? undefined : resolve(cwd, options.store);
  const { store, notice: noStore } = storePath === undefined ? {} : openStore(storePath);
  const spool = options.spool === undefined ? undefined : resolve(cwd, options.spool);
  const sinks = destinations(out, store, options.overflow, { remotes, spool });
  const settings$ = new BehaviorSubject(
    initialSettings(
      options,
      sinks.map(({ sink }) => sink.name),
    ),
  );
  const { input, notice } = await findInput(options.input, stdin);
  const isDrawn = io.terminal !== undefined && !options.plain && !options.json;
  const keyboard = isDrawn ? io.keyboard : undefined;
  // Standard input can't be both.
  const keys = input === '-' && keyboard === stdin ? undefined : keyboard;
  const output = await outputFor(options, io, keys);
  if (input !== '-' && keys !== stdin) stdin.destroy();

  const collector = new EventCollector({
    enrichers: (event) => ({ ...event, metadata: { ...event.metadata, source: input ?? 'machine' } }),
    config: { ...configOf(settings$.value), batch: { maxAgeMs: 1_000 } },
  });
  for (const { sink, lane } of sinks) {
    collector.registerSink(
      faultySink(sink, () => settings$.value.healths[sink.name] ?? 'ok'),
      lane,
    );
  }

  const tally = new Tally();
  const badLines = new BadLines();
  const fields = new FieldUse({ type: options.typeField, time: options.timeField, id: options.idField });
  const collecting =
    input === undefined
      ? collectMachine(collector, settings$, cwd, (path) => path === out || (storePath !== undefined && path.startsWith(storePath)))
      : collectRecords(collector, settings$, input, io, options, badLines, fields, () => {
          for (const line of fields.lines()) output.say(line);
        });
  const history = new RateHistory(startedAt);
  const active = new Stopwatch();
  let isClosing = false;
  const snapshot = (): Snapshot => {
    const at = asyncScheduler.now();
    return {
      elapsedMs: at - startedAt,
      activeMs: active.elapsedMs(at),
      stats: collector.stats(),
      settings: settings$.value,
      rates: history.rates,
      progress: collecting.progress(),
      isClosing,
    };
  };

  const problems: string[] = [];
  const say = (line: string): void => {
    problems.push(line);
    output.say(line);
  };
  /** Every request to stop: the first ends the input, the second the wait for pending events. */
  const asked$ = new Subject<unknown>();
  const stop$ = new ReplaySubject<unknown>(1);
  const running = new Subscription();
  running.add(io.stop$.subscribe((request) => asked$.next(request)));
  running.add(merge(asked$, options.seconds === undefined ? NEVER : timer(options.seconds * 1_000)).subscribe(stop$));
  running.add(
    settings$.subscribe(({ isPaused }) => {
      if (isPaused) active.stop(asyncScheduler.now());
      else active.run(asyncScheduler.now());
    }),
  );
  running.add(settings$.pipe(skip(1)).subscribe((settings) => collector.updateConfig(configOf(settings))));
  running.add(
    collector.deadLetters$
      .pipe(distinct(({ sink }) => sink))
      .subscribe(({ sink, error }) => say(`${sink}: delivery failed: ${error.message}`)),
  );
  collector.subscribe((event) => tally.add(event));

  const from = input === '-' ? 'standard input' : (input ?? machineIn(cwd, options));
  const change: Run['change'] = (each) => settings$.next(changed(settings$.value, each));
  const answers$ = new ReplaySubject<readonly DevtoolsTable[]>(1);
  const page = options.web ? await openWebPage({ collector, settings$, change, answers$ }, `npm start · ${from}`) : undefined;
  const shown: Run = {
    from,
    to: relative(cwd, out),
    page: page?.url,
    collector,
    seconds$: interval(1_000).pipe(
      tap(() => history.record(asyncScheduler.now(), collector.stats().eventsReceived)),
      share(),
    ),
    settings$,
    snapshot,
    change,
    stop: () => asked$.next('key'),
  };
  // Rates are recorded without a view, too.
  running.add(shown.seconds$.subscribe());
  running.add(output.follow(shown));
  for (const each of [notice, noStore]) if (each !== undefined) say(each);
  if (options.paused && keys === undefined) {
    say('Not paused: there are no keys to go on with.');
    shown.change({ type: 'pause' });
  }

  let isComplete = store !== undefined || !options.isStoreAsked;
  try {
    await lastValueFrom(collecting.outcomes$.pipe(takeUntil(stop$)), { defaultValue: undefined });
  } catch (error) {
    isComplete = false;
    say(`input failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  for (const line of problemsOf(badLines, fields)) {
    isComplete = false;
    say(line);
  }
  isClosing = true;
  await closeCollector(collector, options.grace * 1_000, asked$.pipe(skipUntil(timer(ECHO_MS))));
  running.unsubscribe();
  const { stored, tables } = store === undefined ? { stored: [], tables: [] } : lastWordsOf(store);
  answers$.next(tables);
  answers$.complete();
  const last = snapshot();
  await page?.close();

  const exitCode = isComplete && hasArrived(last) && isBalanced(last.stats) ? 0 : 1;
  output.end({ from: shown.from, to: shown.to, snapshot: last, tally, badLines, fields, stored, problems, exitCode });
  keys?.destroy();
  return exitCode;
}

/** Why an input that could be read to its end was of no use. */
function problemsOf(badLines: BadLines, fields: FieldUse): string[] {
  if (badLines.count > 0 && fields.records === 0) return ['no line of the input is a JSON object: it has to be NDJSON, one object a line'];
  return fields.missing();
}

/** A summary of a store, as lines and tables, which is closed then; or the reason why it can't be read: a damaged store must not hide the rest of the report. */
function lastWordsOf(store: EventStore): { readonly stored: readonly string[]; readonly tables: readonly DevtoolsTable[] } {
  try {
    const answers = answersOf(store);
    return { stored: [...storeLines(store), ...questionLines(answers)], tables: answerTables(answers) };
  } catch (error) {
    if (!isSinkError(error)) throw error;
    return { stored: [`stored  can't be told: ${error.message}`], tables: [] };
  } finally {
    store.close();
  }
}

function machineIn(folder: string, { seconds }: LiveOptions): string {
  return `this machine and ${folder}, ${seconds === undefined ? 'until Ctrl-C' : `for ${String(seconds)} s`}`;
}

function hasArrived({ stats }: Snapshot): boolean {
  const lost = Object.values(stats.sinks).map(({ failed, dropped, kept, pending }) => failed + dropped + kept + pending);
  return lost.reduce((a, b) => a + b, stats.eventsDropped) === 0;
}
