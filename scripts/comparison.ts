/** As `bench/results.md` calls them, in the order of the README's columns. */
const LIBRARIES = ['rx-event-collector', '@opentelemetry/sdk-logs', 'posthog-node', '@segment/analytics-node'];

/** The README's comparison, from the results of the benchmark. */
export function comparisonOf(results: string): string {
  const perEvent = tableOf(results, 'Per event');
  const [overload, dead] = [tableOf(results, 'Overload'), tableOf(results, 'With a destination that never answers')];
  const kept = tableOf(results, 'Memory');
  const row = (title: string, cell: (library: string) => string): string => `| ${[title, ...LIBRARIES.map(cell)].join(' | ')} |`;
  return [
    row('', (library) => `\`${library}\``),
    `|---|${'---|'.repeat(LIBRARIES.length)}`,
    row('processor time per event', (library) => cellOf(perEvent, library, 'of ours')),
    row('… against a hand-written loop', (library) => cellOf(perEvent, library, 'of the loop')),
    row('kept per buffered event', (library) => cellOf(kept, library, 'kept per buffered event')),
    row('too much at once: delivered', (library) => cellOf(overload, library, 'delivered')),
    row('… dropped', (library) => cellOf(overload, library, 'dropped')),
    row('… of which reported', (library) => cellOf(overload, library, 'reported as dropped')),
    row('… batches in flight', (library) => cellOf(overload, library, 'batches in flight')),
    row('… heap meanwhile', (library) => cellOf(overload, library, 'heap')),
    row('a dead destination: kept after 100,000 events', (library) => `${cellOf(dead, library, '100,000')} MB`),
  ].join('\n');
}

type Table = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The first table after a line that begins so: by row, by column. */
function tableOf(results: string, start: string): Table {
  const [, after] = results.split(new RegExp(`^(?:## )?${start}.*$`, 'm'));
  const lines = /(?:^\|.*\n)+/m
    .exec(after ?? '')?.[0]
    .trimEnd()
    .split('\n');
  if (lines === undefined) throw new Error(`Expected bench/results.md to have a table after \`${start}\``);
  const [head = [], , ...rows] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return new Map(rows.map(([name = '', ...cells]) => [name, new Map(cells.map((cell, index) => [head[index + 1] ?? '', cell]))]));
}

function cellOf(table: Table, row: string, column: string): string {
  const cell = table.get(row)?.get(column);
  // Where a library could not be measured, the benchmark leaves it out.
  return cell === undefined || cell === '' ? '–' : cell;
}
