import type { DeadLetterOptions } from './dead-letters.js';
import type { JetStreamConsumerConfig } from './jet-stream-consumer.js';

/** The server's default of `ack_wait`. */
const ACK_WAIT_MS = 30_000;

const NANOS_PER_MS = 1e6;

/** The shortest time after which the server delivers an unanswered message again. */
export function ackWaitMs({ ack_wait: ackWait, backoff = [] }: JetStreamConsumerConfig): number {
  const waits = [ackWait ?? ACK_WAIT_MS * NANOS_PER_MS, ...backoff].filter((nanos) => nanos > 0);
  return Math.min(...waits) / NANOS_PER_MS;
}

/** @throws TypeError for a consumer whose messages can't be acknowledged one by one, or have no data */
export function checkConsumer({ ack_policy: policy, headers_only: isEmpty }: JetStreamConsumerConfig): void {
  if (policy !== 'explicit') throw new TypeError(`Expected a consumer with \`ack_policy: 'explicit'\`, got \`'${policy}'\``);
  if (isEmpty === true) throw new TypeError('Expected a consumer without `headers_only`: its messages have no data');
}

/** Warnings about settings with which messages may be lost. */
export function consumerWarnings({ max_deliver: max = -1 }: JetStreamConsumerConfig, deadLetters: DeadLetterOptions | undefined): string[] {
  if (max <= 0) return [];
  const needed = deadLetters?.afterDeliveries ?? Infinity;
  if (max > needed) return [];
  return [
    `The consumer delivers a message at most ${String(max)} times (max_deliver), and then no more: ` +
      (needed === Infinity ? 'set it to -1, or pass `deadLetters`' : `set it above the ${String(needed)} deliveries of \`deadLetters\``),
  ];
}
