import type { JetStreamMessage } from './jet-stream-consumer.js';

/** Identifies a message of a stream. Contains the time, because a recreated stream counts from 1 again. */
export interface MessagePosition {
  readonly streamSequence: number;
  readonly timestampNanos: number;
}

/**
 * A message's position, the same as in `message.info`. `info` splits the whole reply subject into eleven values, which takes 0.6 µs; this function
 * takes 0.2 µs.
 *
 * ```
 * $JS.ACK.                  STREAM.CONSUMER.DELIVERIES.SEQUENCE.CONSUMER_SEQUENCE.NANOS.PENDING
 * $JS.ACK.DOMAIN.ACCOUNT.   STREAM.CONSUMER.DELIVERIES.SEQUENCE.CONSUMER_SEQUENCE.NANOS.PENDING.TOKEN
 * ```
 *
 * Source: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md
 */
export function positionOf(message: JetStreamMessage): MessagePosition {
  const { reply } = message;
  if (reply?.startsWith(PREFIX) !== true) return message.info;
  let dots = 0;
  for (let at = reply.indexOf('.', PREFIX.length); at !== -1; at = reply.indexOf('.', at + 1)) dots += 1;
  if (dots !== DOTS && dots < DOMAIN_DOTS) return message.info;
  const sequence = after(reply, PREFIX.length, dots === DOTS ? 3 : 5);
  const streamSequence = numberAt(reply, sequence);
  const timestampNanos = numberAt(reply, after(reply, sequence, 2));
  return Number.isNaN(streamSequence + timestampNanos) ? message.info : { streamSequence, timestampNanos };
}

const PREFIX = '$JS.ACK.';
/** Number of dots in the first form, after the prefix. */
const DOTS = 6;
/** Minimum number of dots in the second form. */
const DOMAIN_DOTS = 8;

/** The index after the given number of dots. */
function after(text: string, start: number, dots: number): number {
  let at = start;
  for (let left = dots; left > 0; left -= 1) at = text.indexOf('.', at) + 1;
  return at;
}

/** The number up to the next dot, or NaN. Nanoseconds since 1970 exceed the precision of a number; equal ones are rounded equally. */
function numberAt(text: string, start: number): number {
  let value = 0;
  for (let at = start; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit === DOT) return value;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return NaN;
}

/** The character code of a dot minus that of the digit 0. */
const DOT = -2;
