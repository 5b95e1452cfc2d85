import type { Snapshot } from '../output/output.js';

export interface Estimate {
  /** From 0 to 1. */
  readonly share: number;
  /** `undefined` while unknown. */
  readonly remainingMs: number | undefined;
}

/** The processed share of the input, and the remaining time at the current speed; `undefined` if the size is unknown. */
export function estimate({ progress, activeMs }: Pick<Snapshot, 'progress' | 'activeMs'>): Estimate | undefined {
  if (progress === undefined) return undefined;
  const { readBytes, totalBytes } = progress;
  const share = totalBytes === 0 ? 1 : Math.min(1, readBytes / totalBytes);
  return { share, remainingMs: share > 0 ? (activeMs / share) * (1 - share) : undefined };
}
