import { resolve } from 'node:path';
import {
  concatMap,
  defer,
  distinctUntilChanged,
  EMPTY,
  first,
  map,
  NEVER,
  switchMap,
  type BehaviorSubject,
  type Observable,
  type ObservableInput,
} from 'rxjs';
import type { CollectOutcome, EventCollector, EventInput } from 'rx-event-collector';
import { fromNdjson } from 'rx-event-collector/node';
import type { Io } from '../io.js';
import type { LiveOptions } from '../options.js';
import type { Settings } from '../settings.js';
import type { BadLines } from './bad-lines.js';
import type { FieldUse } from './field-use.js';
import { fileSource, type FileSource } from './file-source.js';
import { machineSource } from './machine-source.js';
import { pace } from './pace.js';
import { recordReader } from './record-to-event.js';

export interface Collecting {
  /** Collects while it is subscribed to. */
  readonly outcomes$: Observable<CollectOutcome>;
  readonly progress: FileSource['progress'];
}

/** Events of this machine. They can't wait: in a pause they are not observed, and events beyond the capacity are dropped and counted. */
export function collectMachine(
  collector: EventCollector,
  settings$: BehaviorSubject<Settings>,
  folder: string,
  isOwn: (path: string) => boolean,
): Collecting {
  const outcomes$ = settings$.pipe(
    map(({ isPaused }) => isPaused),
    distinctUntilChanged(),
    switchMap((isPaused) => (isPaused ? NEVER : machineSource(folder, isOwn))),
    map((event) => collector.collect(event)),
  );
  return { outcomes$, progress: () => undefined };
}

/** The records of a file or of standard input, one by one: each waits for capacity, for its time, and for the end of a pause. */
export function collectRecords(
  collector: EventCollector,
  settings$: BehaviorSubject<Settings>,
  input: string,
  { stdin, cwd }: Pick<Io, 'stdin' | 'cwd'>,
  options: LiveOptions,
  badLines: BadLines,
  fields: FieldUse,
  onFirstRecord: () => void,
): Collecting {
  const running$ = settings$.pipe(first(({ isPaused }) => !isPaused));
  const collect = (event: EventInput): ObservableInput<CollectOutcome> =>
    settings$.value.isPaused ? running$.pipe(concatMap(() => collector.collectAsync(event))) : collector.collectAsync(event);
  const paced = options.rate === undefined ? defer : pace(options.rate);
  const toEvent = recordReader(options, fields);
  let progress: FileSource['progress'] = () => undefined;
  const outcomes$ = defer(() => {
    const source = input === '-' ? { bytes: stdin, progress } : fileSource(resolve(cwd, input));
    progress = source.progress;
    return fromNdjson(source.bytes, {
      project: (line) => {
        const event = line.ok ? toEvent(line.value) : undefined;
        if (event !== undefined) {
          if (fields.records === 1) onFirstRecord();
          return paced(() => collect(event));
        }
        badLines.add(line.line, line.ok ? 'not an object' : line.error);
        return EMPTY;
      },
    });
  });
  return { outcomes$, progress: () => progress() };
}
