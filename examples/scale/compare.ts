/** How often each id is where it should be once. */
export interface Comparison {
  readonly place: string;
  readonly events: number;
  readonly missing: readonly string[];
  /** Ids that were never offered. */
  readonly strange: readonly string[];
  readonly repeated: readonly string[];
}

/** Compares the ids that are found in a place with those that were offered. */
export function compare(place: string, offered: ReadonlySet<string>, found: readonly string[]): Comparison {
  const once = new Set<string>();
  const repeated = new Set<string>();
  for (const id of found) (once.has(id) ? repeated : once).add(id);
  return {
    place,
    events: found.length,
    missing: [...offered].filter((id) => !once.has(id)),
    strange: [...once].filter((id) => !offered.has(id)),
    repeated: [...repeated],
  };
}

export const isEqual = ({ missing, strange, repeated }: Comparison): boolean => missing.length + strange.length + repeated.length === 0;

export function comparisonLine(comparison: Comparison): string {
  const { place, events, missing, strange, repeated } = comparison;
  const faults = Object.entries({ missing, strange, repeated }).flatMap(([fault, { length }]) =>
    length > 0 ? [`${String(length)} ${fault}`] : [],
  );
  return `${place.padEnd(10)} ${events.toLocaleString('en')} events: ${faults.join(', ') || 'each offered event once'}`;
}
