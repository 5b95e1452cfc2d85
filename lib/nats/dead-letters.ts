import { anInteger } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { aSubject } from './a-subject.js';
import type { JetStreamMessage } from './jet-stream-consumer.js';
import { aPublisher, type JetStreamPublisher } from './jet-stream-publisher.js';

export interface DeadLetterOptions {
  /** Publishes the dead letters, and waits for their acknowledgement. */
  readonly js: JetStreamPublisher;
  /** A subject of a stream. The consumer must not receive its messages. */
  readonly subject: string;
  /** Number of deliveries after which an undelivered message becomes a dead letter. @default 10 */
  readonly afterDeliveries?: number | undefined;
}

export const DEAD_LETTERS = /* @__PURE__ */ optionsOf<DeadLetterOptions>(() => ({
  js: aPublisher,
  subject: aSubject,
  afterDeliveries: [anInteger(1), 10],
}));

/** Why a message became a dead letter: it is not a valid event, or its event was not delivered. */
export type DeadLetterReason = 'invalid' | 'undelivered';

/**
 * Publishes a message as a dead letter: the same data, with its own id, and with the header `Dead-Letter-Reason` if the message had headers.
 *
 * The id consists of the stream and the message's sequence. With the event's id, the letter would count as a duplicate of the message if both are in
 * one stream.
 */
export function publishDeadLetter(
  { js, subject }: DeadLetterOptions,
  message: JetStreamMessage,
  reason: DeadLetterReason,
): Promise<unknown> {
  const { data, headers, info } = message;
  // Leave out `Nats-` headers, such as id and expected stream: they apply to the original publication only.
  for (const name of headers?.keys() ?? []) if (name.toLowerCase().startsWith('nats-')) headers?.delete(name);
  headers?.set('Dead-Letter-Reason', reason);
  const msgID = `${info.stream}-${String(info.streamSequence)}-${String(info.timestampNanos)}`;
  return js.publish(subject, data, { msgID, ...(headers !== undefined && { headers }) });
}
