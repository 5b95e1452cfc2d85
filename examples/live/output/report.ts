import type { CollectorStats } from 'rx-event-collector';
import { equations, isBalanced, type Equation } from './equations.js';
import type { Report } from './output.js';

/** What is printed at the end. */
export function reportLines({ to, snapshot, tally, fields, badLines, stored }: Report): readonly string[] {
  return [
    '',
    ...tally.lines(),
    ...fields.lines(),
    ...badLines.lines(),
    '',
    ...stored,
    ...(stored.length > 0 ? [''] : []),
    ...ledgerLines(snapshot.stats),
    `  ${to}`,
  ];
}

/** The ledger as equations, recomputed from their terms, the reasons of drops, and whether the equations hold. */
export function ledgerLines(stats: CollectorStats): readonly string[] {
  return [
    ...equations(stats).map((equation) => `  ${lineOf(equation)}`),
    ...lossLines(stats),
    `  ${isBalanced(stats) ? 'books balanced' : 'BOOKS NOT BALANCED'}`,
  ];
}

function lineOf({ name, sum, what, terms, total, holds }: Equation): string {
  const line = `${name === '' ? '' : `${name}: `}${String(sum)} ${what} = ${listed(terms, ' + ')}`;
  return holds ? line : `${line}   (${String(total)})`;
}

function lossLines({ dropped, sinks }: CollectorStats): string[] {
  const losses = [['collector', dropped] as const, ...Object.entries(sinks).map(([name, { droppedBy }]) => [name, droppedBy] as const)];
  return losses.flatMap(([name, counts]) => {
    const reasons = Object.entries(counts).flatMap(([reason, count]) => (count > 0 ? [[count, reason] as const] : []));
    return reasons.length === 0 ? [] : [`  ${name} dropped for: ${listed(reasons, ', ')}`];
  });
}

function listed(terms: Equation['terms'], separator: string): string {
  return terms.map(([count, what]) => `${String(count)} ${what}`).join(separator);
}
