/** The parts of the screen, the most needed first. */
const PANELS = ['ledger', 'sinks', 'title', 'keys', 'rate', 'progress', 'pipeline', 'notices', 'recent'] as const;
export type PanelName = (typeof PANELS)[number];

/** They are shown even if not all of their lines fit. */
const CUT: ReadonlySet<PanelName> = new Set(['ledger', 'keys']);

export interface Layout {
  /** Lines that each part gets; 0: it isn't shown. */
  readonly lines: Readonly<Record<PanelName, number>>;
  /** Whether there is space for a blank line between parts. */
  readonly isAiry: boolean;
}

/** Fewer lines than this of recent events are not worth a blank line elsewhere. */
const AIRY_RECENT = 4;
const GAPS = 5;

/** Deals out the lines of a screen: each part gets what it needs as long as there is enough; the recent events get what is left. */
export function layoutOf(height: number, needs: Readonly<Record<Exclude<PanelName, 'recent'>, number>>, airyRecent = AIRY_RECENT): Layout {
  const lines = Object.fromEntries(PANELS.map((name) => [name, 0])) as Record<PanelName, number>;
  let left = Math.max(0, height);
  for (const name of PANELS) {
    if (name === 'recent') continue;
    lines[name] = needs[name] <= left || CUT.has(name) ? Math.min(needs[name], left) : 0;
    left -= lines[name];
  }
  const isAiry = left >= GAPS + airyRecent;
  lines.recent = isAiry ? left - GAPS : left;
  return { lines, isAiry };
}
