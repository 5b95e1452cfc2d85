import { escaped, figure, rows, stackedBars, tableOf, type Series } from './charts.js';
import { SHARES, type Questions } from './questions.js';

const MAX_SERIES = 5;
const MAX_ROWS = 20;
const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 };
/** Maximum number of bars: more would be indistinguishable, and a wrong clock would need millions. */
const MAX_COLUMNS = 240;

const STYLE = `
:root { color-scheme: light dark; --text: #1a1c20; --dim: #5b616b; --line: #c9ced6; --back: #fff; }
@media (prefers-color-scheme: dark) { :root { --text: #e8eaed; --dim: #a3abb8; --line: #444b57; --back: #15171b; } }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; color: var(--text); background: var(--back); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; } h2 { margin-top: 2.5rem; font-size: 1.15rem; } p { color: var(--dim); max-width: 45rem; }
dl { display: flex; flex-wrap: wrap; gap: 0.5rem 2.5rem; } dt { color: var(--dim); font-size: 0.85rem; } dd { margin: 0; font-size: 1.25rem; }
figure { margin: 0; } svg { display: block; width: 100%; height: 216px; border-bottom: 1px solid var(--line); } .axis { display: flex; justify-content: space-between; margin: 0.25rem 0; max-width: none; font-size: 0.8rem; }
.bars { padding: 0; list-style: none; } .bars li { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; padding: 0.2rem 0; } .bars span { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } .bars em { font-style: normal; font-variant-numeric: tabular-nums; } .bars i { grid-column: 1 / -1; height: 0.8rem; background: #2f7ed8; }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; padding: 0; list-style: none; font-size: 0.9rem; overflow-wrap: anywhere; } .legend span { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.4em; }
.tone0 { fill: #2f7ed8; background: #2f7ed8; } .tone1 { fill: #d9822b; background: #d9822b; } .tone2 { fill: #29a37a; background: #29a37a; }
.tone3 { fill: #a064c9; background: #a064c9; } .tone4 { fill: #c94b63; background: #c94b63; } .tone5 { fill: #8a919c; background: #8a919c; }
.wide { overflow-x: auto; max-height: 24rem; } table { border-collapse: collapse; font-size: 0.85rem; } th, td { padding: 0.2rem 0.7rem; border-bottom: 1px solid var(--line); text-align: right; font-variant-numeric: tabular-nums; }
th[scope=row] { text-align: left; font-weight: normal; } summary { cursor: pointer; color: var(--dim); font-size: 0.9rem; }`;

/** One HTML file that loads nothing: its content security policy forbids it. */
export function reportPage(name: string, questions: Questions): string {
  const { stats, unit, types, percentiles, by, isSampled, funnel, withinMs, cohorts } = questions;
  const bound = isSampled ? ' Sampled events are missing: these numbers are lower bounds.' : '';
  const sections =
    stats.events === 0
      ? ['<p>The store is empty.</p>']
      : [
          section(
            `Events per ${unit}, by type`,
            'By weight: the number of events offered that the stored ones represent.',
            eventsOverTime(questions),
          ),
          section(
            'Types',
            types.length > MAX_ROWS ? `The ${String(MAX_ROWS)} heaviest of ${figure(types.length)}.` : '',
            rows(types.slice(0, MAX_ROWS).map(({ key, count, weight }) => ({ name: key, value: weight, ...noteOf(count, weight) }))),
          ),
          percentiles.length === 0
            ? ''
            : section(
                'Percentiles of data.value',
                'Weighted; of the events that have a number there.',
                tableOf(
                  ['type', 'events', ...SHARES.map((share) => `p${String(share * 100)}`)],
                  percentiles.slice(0, MAX_ROWS).map(({ key, count, values }) => [key, figure(count), ...values.map(figure)]),
                ),
              ),
          section(`Different ${by} per ${unit}`, bound, actorsOverTime(questions)),
          section(
            'Funnel',
            `How many ${by} took these steps in order, within ${figure(withinMs / 60_000)} minutes.${bound}`,
            rows(funnel.map(({ type, count }) => ({ name: type, value: count, note: percentOf(count, funnel[0]?.count) }))),
          ),
          section(
            `Retention per ${unit}`,
            `By the ${unit} of the first event: the share of ${by} with an event in each ${unit} after it.${bound}`,
            tableOf(
              [
                unit,
                by,
                ...Array.from(
                  { length: Math.max(...cohorts.map(({ values }) => values.length)) - 1 },
                  (_, index) => `+${String(index + 1)}`,
                ),
              ],
              cohorts
                .slice(0, MAX_COLUMNS)
                .map(({ key, count, values: [, ...later] }) => [
                  timeOf(key),
                  figure(count),
                  ...later.map((value) => percentOf(value, count)),
                ]),
            ),
          ),
        ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(name)}</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(name)}</h1><dl>
<div><dt>events</dt><dd>${figure(stats.events)}</dd></div><div><dt>represent</dt><dd>${figure(stats.weight)}</dd></div>
<div><dt>from</dt><dd>${stats.oldest === undefined ? '–' : timeOf(stats.oldest)}</dd></div><div><dt>to</dt><dd>${stats.newest === undefined ? '–' : timeOf(stats.newest)}</dd></div>
<div><dt>megabytes</dt><dd>${figure(stats.bytes / 1_000_000)}</dd></div></dl>
${sections.join('\n')}
</main></body></html>
`;
}

function eventsOverTime({ overTime, types, unit, stats }: Questions): string {
  const starts = startsOf(unit, stats);
  const names = types.slice(0, MAX_SERIES).map(({ key }) => key);
  const series = new Map<string, number[]>([...names, ...(types.length > MAX_SERIES ? ['others'] : [])].map((name) => [name, []]));
  for (const { key, weight } of overTime) {
    const [start, type] = key;
    const column = starts.indexOf(start);
    const values = series.get(names.includes(type) ? type : 'others');
    if (column >= 0 && values !== undefined) values[column] = (values[column] ?? 0) + weight;
  }
  return stackedBars(
    `Events per ${unit}`,
    starts.map(timeOf),
    Array.from(series, ([name, values]): Series => ({ name, values })),
  );
}

function actorsOverTime({ actors, unit, by, stats }: Questions): string {
  const starts = startsOf(unit, stats);
  const counts = new Map(actors.map(({ key, count }) => [key, count]));
  return stackedBars(`Different ${by} per ${unit}`, starts.map(timeOf), [
    { name: by, values: starts.map((start) => counts.get(start) ?? 0) },
  ]);
}

/** The starts of the newest intervals, those without events included. */
function startsOf(unit: Questions['unit'], { oldest = 0, newest = 0 }: Questions['stats']): number[] {
  const ms = UNIT_MS[unit];
  // 1970 began on a Thursday; weeks begin on Monday.
  const origin = unit === 'week' ? 4 * UNIT_MS.day : 0;
  const startOf = (time: number): number => Math.floor((time - origin) / ms) * ms + origin;
  const length = Math.min(MAX_COLUMNS, (startOf(newest) - startOf(oldest)) / ms + 1);
  return Array.from({ length }, (_, index) => startOf(newest) - (length - 1 - index) * ms);
}

const section = (title: string, text: string, content: string): string =>
  `<section><h2>${escaped(title)}</h2>${text === '' ? '' : `<p>${escaped(text)}</p>`}${content}</section>`;
const noteOf = (count: number, weight: number): { readonly note?: string } => (count === weight ? {} : { note: `${figure(count)} stored` });
const percentOf = (value: number, whole = 0): string => (whole === 0 ? '' : `${String(Math.round((100 * value) / whole))} %`);
/** A store may hold times outside the range of dates. */
const timeOf = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().slice(0, 16).replace('T', ' ') : figure(ms));
