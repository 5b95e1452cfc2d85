import { table } from './harness/table.mjs';
import { count, kilobytes, megabytes, nanoseconds, percent, times } from './harness/units.mjs';

/** Events that a lane holds by default. */
const MAX_EVENTS = 10_000;

/** Every bound of what was measured: `must` holds a release, `aim` is the goal. A bound of something the build lacks is listed as skipped. */
export function boundsTable(results) {
  const rows = Object.entries(BOUNDS).flatMap(([part, boundsOf]) => (results[part] === undefined ? [] : boundsOf(results[part], results)));
  return table(['', 'must', 'aim', 'measured', ''], rows);
}

const BOUNDS = {
  perEvent: ({ of }) => {
    const timesOurs = (key) => of[key].ratio / of.ours.ratio;
    return [
      atMost('`collect()`, synchronous part, against the loop', 1.1, 1, of['ours-collect'].ratio, times),
      atMost('collect → no-op sink, against the loop', 1.12, 1, of.ours.ratio, times),
      atMost('… `createCollector`, `collect()`', 1.1, 1, of['kernel-collect']?.ratio, times),
      atMost('… `createCollector`, collect → no-op sink', 1.12, 1, of.kernel?.ratio, times),
      atLeast('… faster than the obvious RxJS composition', 15, 20, timesOurs('rxjs'), times),
      atLeast('… faster than @opentelemetry/sdk-logs', 4, 5, timesOurs('otel'), times),
      atLeast('… faster than posthog-node', 60, 80, timesOurs('posthog'), times),
      atLeast('… faster than @segment/analytics-node', 200, 240, timesOurs('segment'), times),
    ];
  },

  promises: ({ of }) => [
    atMost('sink that returns a promise, warm, against the loop', 1.3, 1.15, of.ours.ratio, times),
    atMost('… `createCollector`', 1.3, 1.15, of.kernel?.ratio, times),
  ],

  cold: ({ many, first, hundred }) => {
    const faster = (key, clock) => many.of.otel.byClock[clock].ratio / many.of[key].byClock[clock].ratio;
    return [
      atMost('320,000 events from a cold start, sink that returns a promise, against the loop', 1.7, 1.3, many.of.ours.ratio, times),
      atMost('… main thread only', 1.7, 1.3, many.of.ours.byClock.mainNs.ratio, times),
      atMost('… `createCollector`', 1.7, 1.3, many.of.kernel?.ratio, times),
      atLeast('… faster than @opentelemetry/sdk-logs', 3.5, 5, faster('ours', 'cpuNs'), times),
      atLeast('… … main thread only', 3.5, 5, faster('ours', 'mainNs'), times),
      atMost('constructor and first event, cold, against @opentelemetry/sdk-logs', 1, 0.3, first.of.ours.ratio, times),
      atMost('… `createCollector`', 1, 0.3, first.of.kernel?.ratio, times),
      atMost('import to flush of 100 events, against @opentelemetry/sdk-logs', 1.3, 1, hundred.of.ours.ratio, times),
      atMost('… rxjs imported before', 0.4, 0.25, hundred.of['ours-loaded'].ratio, times),
      atMost('… `createCollector`', 1.3, 1, hundred.of.kernel?.ratio, times),
      atMost('… `createCollector`, rxjs imported before', 0.4, 0.25, hundred.of['kernel-loaded']?.ratio, times),
    ];
  },

  http: ({ of }) => [
    atLeast('batches a second over loopback HTTP, against the bare client', 0.9, 0.95, 1 / of.ours.ratio, times),
    atLeast('… concurrency 2', 1.05, 1.2, 1 / of['ours-2'].ratio, times),
  ],

  ndjson: ({ of }) => [atLeast('NDJSON with datasync per 1,000, against without', 0.75, 0.9, 1 / of.sync.ratio, times)],

  sqlite: ({ of }) => [atLeast('SQLite sink, against a bare loop of the same inserts', 0.8, 0.95, 1 / of.ours.ratio, times)],

  spool: ({ process, disk }) => [
    atMost('`fileSpool`, store and settle a batch, against the NDJSON sink', 1.3, 1.1, process.of.file.ratio, times),
    atMost('… durable on disk, against JSON, write and fdatasync', 2, 1.3, disk.of.file.ratio, times),
    atMost('`sqliteSpool`, store and settle a batch, against the NDJSON sink', 1.3, 1.1, process.of.sqlite.ratio, times),
    atMost('… durable on disk, against JSON, write and fdatasync', 2, 1.3, disk.of.sqlite.ratio, times),
  ],

  watched: ({ ratio }, { perEvent }) => [
    atMost('after the only live subscriber left, against never having one', 0.03, 0.03, ratio - 1, percent),
    ...(perEvent === undefined ? [] : [atMost('each of 100 live subscribers', 25, 12, subscriberNs(perEvent), nanoseconds)]),
  ],

  kept: (kept) => [
    atMost('bytes kept per buffered event, against the bare event', 1.8, 1.4, slope(kept['ours-roomy']) / slope(kept.bare), times),
  ],

  growth: ({ ours }, { kept }) => {
    if (kept === undefined) return [];
    const { events, bytes } = ours.heaps.at(-1);
    const limit = 1.5 * MAX_EVENTS * slope(kept['ours-roomy']);
    return [atMost(`heap after ${count(events)} events into a dead sink`, limit / 1e6, limit / 1e6, bytes / 1e6, megabytes)];
  },

  sizes: (sizes) =>
    SIZES.flatMap(([key, label, must, aim]) => [
      atMost(`${label}, own code`, must[0], aim[0], sizes[key] && sizes[key].own / 1_000, kilobytes),
      ...(must.length === 1 ? [] : [atMost('… with rxjs and uuid', must[1], aim[1], sizes[key] && sizes[key].withBoth / 1_000, kilobytes)]),
    ]),
};

/** Profile, label, bounds in kB: own code, with rxjs and uuid. */
export const SIZES = [
  ['kernel', '`createCollector`', [9.1, 15.5], [8, 13.5]],
  ['typical', '`createCollector` + `postSink` + `pageSend` + `withPageLifecycle`', [11.4, 18], [10, 16]],
  ['full', '`createCollector` + `httpSink` + `pageTransport` + `withPageLifecycle`', [14, 20.8], [12.5, 19]],
  ['private', '`postSink`, `pageSend`, `withPageLifecycle`, `withConsent`, `withRedaction`', [18, 24.8], [16, 22.5]],
  ['collector', '`EventCollector`', [18.7, 25.6], [17.5, 24]],
  ['batch', '`batch`', [2.7], [1.5]],
  ['batch-deliver', '`batch` + `deliver`', [8], [6]],
];

/** What one of 100 subscribers adds to an event. */
const subscriberNs = ({ of }) => ((of['ours-100'].ratio - of.ours.ratio) * of.reference.ns) / 100;

/** Bytes per event between two checkpoints. */
export const slope = ({ heaps: [first, last] }) => (last.bytes - first.bytes) / (last.events - first.events);

const atMost = (what, must, aim, value, unit) => row(what, '≤', must, aim, value, unit, (bound) => value <= bound);
const atLeast = (what, must, aim, value, unit) => row(what, '≥', must, aim, value, unit, (bound) => value >= bound);

function row(what, sign, must, aim, value, unit, meets) {
  const bounds = [what, `${sign} ${unit(must)}`, `${sign} ${unit(aim)}`];
  if (value === undefined) return [...bounds, '', 'skipped'];
  return [...bounds, unit(value), meets(aim) ? 'aim' : meets(must) ? 'must' : 'MISSED'];
}
