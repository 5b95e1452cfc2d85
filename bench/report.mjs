import { readFileSync } from 'node:fs';
import { SIZES, boundsTable, slope } from './bounds.mjs';
import { labelOf } from './cases.mjs';
import { machine } from './harness/machine.mjs';
import { table } from './harness/table.mjs';
import { count, kilobytes, megabytes, milliseconds, nanoseconds, times } from './harness/units.mjs';
import { plot } from './plot.mjs';

const PACKAGES = ['rxjs', 'uuid', '@opentelemetry/sdk-logs', 'posthog-node', '@segment/analytics-node', 'pino', 'effect'];

/** Everything that was measured, as Markdown and as a plot. Parts that were not measured are left out. */
export async function report(results) {
  const sections = Object.entries(SECTIONS).map(([part, section]) => results[part] && section(results[part], results));
  const markdown = [
    `# What it costs\n\n${machine(PACKAGES)}`,
    `## Bounds\n\n${boundsTable(results)}${results.hasKernel ? '' : '\n\nSkipped: `createCollector`, which this build does not export.'}`,
    ...sections.filter((section) => section !== undefined),
    readFileSync(new URL('notes.md', import.meta.url), 'utf8').trimEnd(),
  ].join('\n\n');
  return { markdown, svg: results.perEvent && (await plot(bars(results.perEvent))) };
}

const SECTIONS = {
  perEvent: (perEvent, results) => `## Per event

![Processor time per event](results.svg)

${eventsTable(perEvent)}

${lossesOf(results)}`,

  promises: (promises) => `## A sink that returns a promise

Warm processes. The loop has the same sink.

${clocksTable(promises, nanoseconds, 'an event')}`,

  cold: ({ many, first, hundred, phases }) => `## Cold start

Each figure is the first run of a fresh process, imports excluded where not listed. *All threads* counts garbage collection and compilation.

320,000 events into a sink that returns a promise. *Process* is all processor time since Node started, imports included:

${clocksTable(many, nanoseconds, 'an event')}

Constructor and first event:

${clocksTable(first, fromNanoseconds, 'in all')}

Import, constructor, 100 events, flush:

${clocksTable(hundred, fromNanoseconds, 'in all')}

Where it goes, all threads:

${phasesTable(phases)}`,

  http: (http) => `## HTTP

Batches of 100 over loopback; the bare client sends one at a time.

${clocksTable(http, nanoseconds, 'an event', 'http')}`,

  spool: ({ process, disk }) => `## Durable lanes

Each batch of 100 is stored, delivered and removed, one by one.

${clocksTable(process, nanoseconds, 'an event', 'spool')}

${clocksTable(disk, nanoseconds, 'an event', 'disk')}`,

  overload: (overload) => `## Overload

120,000 events as fast as they can be offered, to a destination that takes 20 ms for each batch of 100.

${overloadTable(overload)}`,

  kept: (kept) => `## Memory

${memoryTable(kept)}`,

  growth: (growth, { decades }) => `With a destination that never answers, MB kept after so many events:

${growthTable(growth, decades)}`,

  delay: (delay) => `## Event loop

20,000 events a second, to a destination that takes 2 ms for each batch.

${delayTable(delay)}`,

  sizes: (sizes) => `## Size

${sizeTable(sizes)}`,
};

const fromNanoseconds = (value) => milliseconds(value / 1e6);

const LABELS = {
  'ours-collect': '… `collect()` alone, sink answers later',
  'kernel-collect': '… `collect()` alone, sink answers later',
  'ours-loaded': '… rxjs imported before',
  'kernel-loaded': '… rxjs imported before',
  'http reference': 'a bare client of `node:http`',
  'http ours': '`httpSink` over `node:http`',
  'http ours-2': '… concurrency 2',
  'spool reference': 'NDJSON file sink',
  'spool file': '`fileSpool`',
  'spool sqlite': '`sqliteSpool`',
  'disk reference': 'JSON, write and fdatasync by hand',
  'disk file': '`fileSpool`, durable on disk',
  'disk sqlite': '`sqliteSpool`, durable on disk',
  idle: 'nothing',
};
const label = (key, part) => LABELS[`${part} ${key}`] ?? LABELS[key] ?? labelOf(key);

function lossesOf({ perEvent, promises, cold, http, ndjson, sqlite, spool, delay }) {
  const compared = [perEvent, promises, ...Object.values(cold ?? {}), http, ndjson, sqlite, ...Object.values(spool ?? {})];
  const lost = compared.flatMap((part) => part?.lost ?? []);
  for (const [key, { lost: missing, offered }] of Object.entries(delay ?? {}))
    if (missing !== 0) lost.push(`${key}: ${String(missing)} of ${String(offered)}`);
  if (lost.length > 0) return `Lost: ${lost.join('; ')}.`;
  return 'No event was lost in any of these cases, nor under *A sink that returns a promise*, *Cold start*, *HTTP* or *Event loop*, nor by the file and SQLite sinks.';
}

function eventsTable({ of }) {
  const rows = Object.entries(of).map(([key, { ns, ratio, low, high, byClock }]) => [
    label(key === 'reference' ? 'loop' : key),
    nanoseconds(ns),
    times(ratio),
    key === 'reference' ? '' : `${low.toFixed(2)} – ${high.toFixed(2)}`,
    times(byClock.wallNs.ratio),
    times(ratio / of.ours.ratio),
  ]);
  return table(['', 'an event', 'of the loop', 'middle half', 'by the wall clock', 'of ours'], rows);
}

const CLOCKS = { cpuNs: 'all threads', mainNs: 'main thread', wallNs: 'wall clock', processNs: 'process' };

/** Time and ratio to the reference, by every clock that was read. */
function clocksTable({ of, reference }, unit, per, part) {
  const clocks = Object.keys(CLOCKS).filter((clock) => Number.isFinite(of.reference.byClock[clock]?.ns));
  const rows = Object.entries(of).map(([key, { byClock }]) => [
    label(part === undefined && key === 'reference' ? reference : key, part),
    ...clocks.flatMap((clock) => [unit(byClock[clock].ns), times(byClock[clock].ratio)]),
  ]);
  return table([per, ...clocks.flatMap((clock) => [CLOCKS[clock], ''])], rows);
}

const PHASES = {
  rxjs: 'import rxjs',
  library: 'import library',
  constructor: 'constructor',
  first: 'first event',
  more: '99 more',
  flush: 'flush',
};

function phasesTable({ of, reference }) {
  const rows = Object.entries(of).map(([key, { byClock }]) => [
    label(key === 'reference' ? reference : key),
    ...Object.keys(PHASES).map((phase) => fromNanoseconds(byClock[phase].ns)),
  ]);
  return table(['', ...Object.values(PHASES)], rows);
}

const bars = ({ of }) =>
  Object.entries(of)
    .filter(([key]) => !/^(ours|kernel)-/.test(key))
    .map(([key, { ns }]) => ({ label: label(key === 'reference' ? 'loop' : key), ns, isOurs: key === 'ours' || key === 'kernel' }))
    .sort((a, b) => a.ns - b.ns);

function overloadTable(overload) {
  const rows = Object.entries(overload).map(([key, { delivered, dropped, reported, lost, maxInFlight, heapMb }]) => [
    label(key),
    count(delivered),
    count(dropped + lost),
    `${count(reported)}${REPORTED[key] === undefined ? '' : ` ${REPORTED[key]}`}`,
    count(maxInFlight),
    megabytes(heapMb),
  ]);
  return table(['', 'delivered', 'dropped', 'reported as dropped', 'batches in flight', 'heap'], rows);
}

/** Where drops are reported. */
const REPORTED = { ours: '(`diagnostics$`, `stats()`)', otel: '(to a meter, if one is passed)', effect: '(returned by the call)' };

function memoryTable(kept) {
  const bare = slope(kept.bare);
  const rows = Object.entries(kept).map(([key, figures]) => [label(key), `${slope(figures).toFixed(0)} B`, times(slope(figures) / bare)]);
  return table(['', 'kept per buffered event', 'of the bare event'], rows);
}

function growthTable(growth, decades) {
  const rows = Object.entries(growth).map(([key, { heaps }]) => [
    label(key),
    ...decades.map((_, index) => (heaps[index] === undefined ? '' : (heaps[index].bytes / 1e6).toFixed(1))),
    nanoseconds(heaps.at(-1).cpuNs),
  ]);
  return table(['', ...decades.map(count), 'an event, at last'], rows);
}

function delayTable(delay) {
  return table(
    ['', 'median', 'p99'],
    Object.entries(delay).map(([key, { p50Ms, p99Ms }]) => [label(key), milliseconds(p50Ms), milliseconds(p99Ms)]),
  );
}

function sizeTable(sizes) {
  const rows = SIZES.filter(([key]) => sizes[key] !== undefined).map(([key, name]) => [
    name,
    kilobytes(sizes[key].own / 1_000),
    kilobytes(sizes[key].withBoth / 1_000),
  ]);
  return table(['minified and gzipped', 'own code', 'with rxjs and uuid'], rows);
}
