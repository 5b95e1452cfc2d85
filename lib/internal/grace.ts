/** The extensions that a time limit has had. */
export interface Grace {
  /** Whether the limit was restarted after a gap, in which the process or machine was stopped. */
  isExtended?: boolean;
  /** How often the limit was extended to read answers that arrived before its timer could fire. */
  readings?: number;
}

/** If a timer fires later than this, the process was busy, and unread answers may be waiting. */
const PUNCTUAL_MS = 20;
/** Time to read those answers before the limit ends. */
export const READING_MS = 50;
/** Limits the extensions for reading: a process that is always busy would extend the limit forever. */
const MAX_READINGS = 3;

/**
 * The extension of a time limit whose timer has fired `lateMs` late, in milliseconds; 0 if the time is up.
 *
 * After the first gap, the limit starts again. After any other gap it is extended only by the time for reading answers: in a hidden tab every timer
 * is late, and the limit would never be reached.
 */
export function graceMs(grace: Grace, limitMs: number, lateMs: number, isGap: boolean): number {
  if (isGap && grace.isExtended !== true) {
    grace.isExtended = true;
    return Math.max(limitMs, READING_MS);
  }
  const { readings = 0 } = grace;
  if (lateMs <= PUNCTUAL_MS || readings === MAX_READINGS) return 0;
  grace.readings = readings + 1;
  return READING_MS;
}
