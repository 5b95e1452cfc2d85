import { isBalanced } from './equations.js';
import type { Output, Run, Snapshot } from './output.js';

/**
 * For machines: one JSON object a line and nothing else, one a second and one at the end.
 *
 * ```
 * { "kind": "progress", …state }
 * { "kind": "report", "from", "to", "exitCode", "isBalanced", "types": { NAME: COUNT }, "fields", "badLines": COUNT, "problems": [TEXT], …state }
 * ```
 *
 * `fields` counts, for `type`, `time` and `id`, the fields of the records that they were read from.
 *
 * The state is `elapsedMs`, `perSecond` (events received in the last second), `isPaused`, `isClosing`, `sample`, `maxEvents`, `healths` by sink,
 * `readBytes` and `totalBytes` (null where the input's size is unknown), and `stats`, the collector's own.
 */
export function jsonLines(print: (line: string) => void): Output {
  const write = (object: object): void => {
    print(JSON.stringify(object));
  };
  return {
    follow: (run: Run) =>
      run.seconds$.subscribe(() => {
        write({ kind: 'progress', ...stateOf(run.snapshot()) });
      }),
    say: () => undefined,
    end({ from, to, exitCode, snapshot, tally, fields, badLines, problems }) {
      write({
        kind: 'report',
        from,
        to,
        exitCode,
        isBalanced: isBalanced(snapshot.stats),
        types: tally.counts(),
        fields: fields.counts(),
        badLines: badLines.count,
        problems,
        ...stateOf(snapshot),
      });
    },
  };
}

function stateOf({ elapsedMs, stats, settings, rates, progress, isClosing }: Snapshot): object {
  const { sample, maxEvents, healths, isPaused } = settings;
  return {
    elapsedMs,
    perSecond: Math.round(rates.at(-1) ?? 0),
    isPaused,
    isClosing,
    sample,
    maxEvents,
    healths,
    readBytes: progress?.readBytes ?? null,
    totalBytes: progress?.totalBytes ?? null,
    stats,
  };
}
