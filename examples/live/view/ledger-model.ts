import type { CollectorStats } from 'rx-event-collector';
import { equations, type Equation } from '../output/equations.js';
import { printable } from '../output/printable.js';
import { formatCount } from './format.js';
import { packed } from './packed.js';

/** A line of the ledger. */
export interface LedgerLine {
  /** Before the first line of each equation; blank before the others. */
  readonly mark: '✓ ' | '✗ ' | '  ';
  readonly text: string;
  /** Whether the equation that the line belongs to holds. */
  readonly holds: boolean;
}

/** In less space, terms that are zero are left out. */
const ROOMY = 76;
const MARK_WIDTH = 2;

/** The ledger's equations, as lines of at most `width`. */
export function ledgerLines(stats: CollectorStats, width: number): readonly LedgerLine[] {
  const textWidth = Math.max(1, width - MARK_WIDTH);
  return equations(stats).flatMap((equation) =>
    packed(pieces(equation, width), ({ length }) => length, textWidth, 1).map((line, index): LedgerLine => {
      const { holds } = equation;
      return { mark: index > 0 ? '  ' : holds ? '✓ ' : '✗ ', text: line.join(' '), holds };
    }),
  );
}

function pieces({ name, sum, what, terms, total, holds }: Equation, width: number): readonly string[] {
  const shown = width >= ROOMY ? terms : terms.filter(([count]) => count > 0);
  return [
    ...(name === '' ? [] : [`${printable(name)}:`]),
    `${formatCount(sum)} ${what}`,
    ...(shown.length === 0 ? ['= 0'] : shown.map(([count, term], index) => `${index === 0 ? '=' : '+'} ${formatCount(count)} ${term}`)),
    ...(holds ? [] : [`(${formatCount(total)})`]),
  ];
}
