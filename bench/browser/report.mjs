import { readFileSync } from 'node:fs';
import { machine } from '../harness/machine.mjs';
import { median, quantile } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';
import { kilobytes, milliseconds, times } from '../harness/units.mjs';
import { CASES } from './cases.mjs';

const REFERENCE = 'opentelemetry';
/** Evaluate, start and 100 events, against the reference, throttled. */
const BOUND = { must: 1.3, aim: 0.9 };

export function report({ names, skipped, bundles, pages, version, rounds }) {
  /** The median of a figure over the rounds of a case. */
  const of = (name, throttle, figure) => median(pages.get(`${name} ${String(throttle)}`).map((page) => page[figure]));
  /** The median of its ratios to the reference, round by round. */
  const ratios = (name, throttle, figure) => {
    const reference = pages.get(`${REFERENCE} ${String(throttle)}`);
    const empty = of('nothing', throttle, figure);
    return pages.get(`${name} ${String(throttle)}`).map((page, round) => (page[figure] - empty) / (reference[round][figure] - empty));
  };
  const hasReference = names.includes(REFERENCE);
  const against = (name, throttle, figure) => (hasReference ? times(median(ratios(name, throttle, figure))) : '');

  const speed = (throttle) =>
    table(
      ['', 'evaluate', 'start', 'first event', '99 more', 'processor time', 'of OpenTelemetry', 'middle half', 'until idle'],
      names.map((name) => [
        CASES[name].label,
        ...['evaluate', 'start', 'first', 'more'].map((figure) => milliseconds(of(name, throttle, figure))),
        milliseconds(of(name, throttle, 'total') - of('nothing', throttle, 'total')),
        against(name, throttle, 'total'),
        hasReference ? [0.25, 0.75].map((share) => quantile(ratios(name, throttle, 'total'), share).toFixed(2)).join(' – ') : '',
        milliseconds(of(name, throttle, 'main') - of('nothing', throttle, 'main')),
      ]),
    );

  const sizes = table(
    ['', 'minified and gzipped', 'of OpenTelemetry', 'heap kept', 'events delivered'],
    names.map((name) => {
      const { bytes } = bundles.get(name);
      return [
        CASES[name].label,
        kilobytes(bytes / 1_000),
        hasReference ? times(bytes / bundles.get(REFERENCE).bytes) : '',
        kilobytes((of(name, 1, 'heap') - of('nothing', 1, 'heap')) / 1_000),
        String(of(name, 1, 'delivered')),
      ];
    }),
  );

  return [
    `# In a browser\n\n${machine(['rxjs', 'uuid'], [...names.flatMap((name) => (CASES[name].packages ?? []).map(withVersion)), `Chromium ${version}`])}`,
    ...(hasReference ? [`## Bounds\n\n${bounds(names, ratios)}`] : []),
    ...(skipped.length === 0
      ? []
      : [skipped.map(({ name, missing }) => `Skipped: ${CASES[name].label} (this build lacks ${missing.join(', ')}).`).join('\n')]),
    `## Speed, processor throttled to a quarter\n\n${speed(4)}`,
    `## Speed, not throttled\n\n${speed(1)}`,
    `## Size and memory\n\n${sizes}`,
    notes(rounds),
  ].join('\n\n');
}

function bounds(names, ratios) {
  const rows = ['kernel', 'kernel-http', 'ours']
    .filter((name) => names.includes(name))
    .flatMap((name) => [
      [CASES[name].label, ...verdict(median(ratios(name, 4, 'total')))],
      ["… by the page's clock", ...verdict(median(ratios(name, 4, 'elapsed')))],
    ]);
  return table(['evaluate, start and 100 events, throttled, against OpenTelemetry with its exporter', 'must', 'aim', 'measured', ''], rows);
}

const verdict = (ratio) => [
  `≤ ${times(BOUND.must)}`,
  `≤ ${times(BOUND.aim)}`,
  times(ratio),
  ratio <= BOUND.aim ? 'aim' : ratio <= BOUND.must ? 'must' : 'MISSED',
];

function withVersion(name) {
  const manifest = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${JSON.parse(readFileSync(manifest, 'utf8')).version}`;
}

const notes = (rounds) => `## How it is measured

- One run of Chromium. Each page gets a context, and so a process, of its own, with empty caches and storage. Cases alternate, ${String(rounds)} rounds each, in the opposite order every other round. Figures are medians; ratios compare pages of the same round.
- *Evaluate* parses, compiles and runs the bundle (esbuild, minified). *Start* constructs the SDK. *First event* and *99 more* are calls that collect one event. These are synchronous, by the page's clock, which other load on the machine disturbs.
- *Processor time* is the main thread's, for these four together. *Until idle* goes on until everything has been sent and the page is idle: it includes what an SDK puts off, and sending. An empty page's is subtracted from both.
- *Heap kept* is measured at the end, after a garbage collection; an empty page's is subtracted.
- A loopback server answers each SDK, and counts its events. Each SDK batches, and captures nothing on its own where that can be turned off: PostHog has no automatic capture, recording, surveys or remote configuration; Segment's settings are passed instead of fetched; Sentry sends structured logs.`;
