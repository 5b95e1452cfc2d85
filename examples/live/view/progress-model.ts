import type { Snapshot } from '../output/output.js';

export interface Estimate {
  /** From 0 to 1. */
  readonly share: number;
  /** `undefined` while nothing can be said. */
  readonly remainingMs: number | undefined;
}

/** How much of the input is done, and how long the rest will take if it goes on like this; nothing where its size is unknown. */
export function estimate({ progress, activeMs }: Pick<Snapshot, 'progress' | 'activeMs'>): Estimate | undefined {
  if (progress === undefined) return undefined;
  const { readBytes, totalBytes } = progress;
  const share = totalBytes === 0 ? 1 : Math.min(1, readBytes / totalBytes);
  return { share, remainingMs: share > 0 ? (activeMs / share) * (1 - share) : undefined };
}
