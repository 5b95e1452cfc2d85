import type { CollectorStats } from 'rx-event-collector';
import { equations, type Equation } from '../output/equations.js';
import { formatCount } from './format.js';
import { packed } from './packed.js';

/** A line of the ledger, and whether the equation that it belongs to holds. */
export interface LedgerLine {
  readonly text: string;
  readonly holds: boolean;
}

/** Where there is less room, terms that are zero are left out. */
const ROOMY = 76;

/** The ledger's equations, as lines of at most `width`. */
export function ledgerLines(stats: CollectorStats, width: number): readonly LedgerLine[] {
  return equations(stats).flatMap((equation) =>
    packed(pieces(equation, width), ({ length }) => length, width, 1).map((line, index) => ({
      text: `${index > 0 ? '  ' : ''}${line.join(' ')}`.slice(0, width),
      holds: equation.holds,
    })),
  );
}

function pieces({ name, sum, what, terms, total, holds }: Equation, width: number): readonly string[] {
  const shown = width >= ROOMY ? terms : terms.filter(([count]) => count > 0);
  return [
    ...(name === '' ? [] : [`${name}:`]),
    `${formatCount(sum)} ${what}`,
    ...(shown.length === 0 ? ['= 0'] : shown.map(([count, term], index) => `${index === 0 ? '=' : '+'} ${formatCount(count)} ${term}`)),
    holds ? '✓' : `✗ ${formatCount(total)}`,
  ];
}
