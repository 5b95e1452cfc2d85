import { epochMs } from '../event/epoch-ms.js';

/** The server's view of one request's times. */
export interface ClientClock {
  /** When the request arrived, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** How far ahead of `receivedAt` an event may be. */
  readonly maxAheadMs: number;
}

/**
 * The time of an event by the server's clock.
 *
 * The difference between `sentAt` and the arrival shows how far the client's clock is off; it is added, as Segment does. A time that is still too far
 * ahead is replaced by the time of arrival: retention would keep such an event forever.
 *
 * @param sentAt by the client's clock; ignored if it is not a valid time
 */
export function serverTime(timestamp: number, sentAt: unknown, { receivedAt, maxAheadMs }: ClientClock): number {
  const sent = epochMs(sentAt);
  const corrected = sent === undefined ? timestamp : timestamp + (receivedAt - sent);
  // Before 1970: `sentAt` is wrong by decades.
  const time = corrected < 0 ? timestamp : corrected;
  return time > receivedAt + maxAheadMs ? receivedAt : time;
}
