/** The additional time that a limit has had. */
export interface Grace {
  /** It was restarted after a gap, in which the process or machine was stopped. */
  isExtended?: boolean;
  /** How often it waited for answers that arrived before its timer could fire. */
  readings?: number;
}

/** Largest delay of an on-time timer. If it fires later, the process was busy, and unread answers may be waiting. */
const PUNCTUAL_MS = 20;
/** Time to read those answers before the limit ends. */
export const READING_MS = 50;
/** A process that is always busy must not put a limit off forever. */
const MAX_READINGS = 3;

/**
 * Milliseconds that a time limit gets when its timer has fired `lateMs` late; 0 if the time is up.
 *
 * After a gap it gets its whole time again, once, and at least the time to read what has arrived: in a hidden tab every timer is late, and the limit would otherwise never be reached.
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
