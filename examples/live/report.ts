import type { EventCollector } from 'rx-event-collector';

type Stats = ReturnType<EventCollector['stats']>;

/** One line on how things stand. */
export function progressLine(seconds: number, { eventsReceived, eventsBuffered, sinks }: Stats): string {
  const lanes = Object.entries(sinks).map(
    ([name, { delivered, pending }]) => `${name}: ${String(delivered)} delivered, ${String(pending)} pending`,
  );
  return `${String(seconds).padStart(4)} s  ${String(eventsReceived)} received, ${String(eventsBuffered)} buffered · ${lanes.join(' · ')}`;
}

/** The books as two equations, worked out anew from their terms, and whether both hold. */
export function ledgerLines(stats: Stats): { readonly lines: readonly string[]; readonly isBalanced: boolean } {
  const equations = [
    equation('', [stats.eventsReceived, 'received'], {
      filtered: stats.eventsFiltered,
      'sampled out': stats.eventsSampledOut,
      dropped: stats.eventsDropped,
      invalid: stats.eventsInvalid,
      closed: stats.eventsClosed,
      buffered: stats.eventsBuffered,
      processed: stats.eventsProcessed,
    }),
    ...Object.entries(stats.sinks).map(([name, { offered, delivered, failed, dropped, pending }]) =>
      equation(`${name}: `, [offered, 'offered'], { delivered, failed, dropped, pending }),
    ),
  ];
  const isBalanced = equations.every(({ holds }) => holds);
  const verdict = isBalanced ? 'books balanced' : 'BOOKS NOT BALANCED';
  return { lines: [...equations.map(({ line }) => `  ${line}`), `  ${verdict}`], isBalanced };
}

function equation(name: string, [sum, what]: readonly [number, string], terms: Readonly<Record<string, number>>) {
  const total = Object.values(terms).reduce((a, b) => a + b, 0);
  const line = `${name}${String(sum)} ${what} = ${Object.entries(terms)
    .map(([term, count]) => `${String(count)} ${term}`)
    .join(' + ')}`;
  return { line: sum === total ? line : `${line}   (${String(total)})`, holds: sum === total };
}
