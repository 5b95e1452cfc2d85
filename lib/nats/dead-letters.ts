import { anInteger } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { aSubject } from './a-subject.js';
import type { JetStreamMessage } from './jet-stream-consumer.js';
import { aPublisher, type JetStreamPublisher } from './jet-stream-publisher.js';

export interface DeadLetterOptions {
  /** Publishes the dead letters, and waits for their acknowledgement. */
  readonly js: JetStreamPublisher;
  /** A subject of a stream; the consumer must not receive it. */
  readonly subject: string;
  /** Deliveries after which a message is given up. @default 10 */
  readonly afterDeliveries?: number | undefined;
}

export const DEAD_LETTERS = /* @__PURE__ */ optionsOf<DeadLetterOptions>(() => ({
  js: aPublisher,
  subject: aSubject,
  afterDeliveries: [anInteger(1), 10],
}));

/** Why a message is given up: it is no event, or its event was not delivered. */
export type DeadLetterReason = 'invalid' | 'undelivered';

/**
 * Publishes a message as a dead letter: the same data, under an id of its own, with the header `Dead-Letter-Reason` if the message had headers.
 *
 * The id is that of the message in its stream. The event's id would make the letter a duplicate of the message, if both are in one stream.
 */
export function publishDeadLetter(
  { js, subject }: DeadLetterOptions,
  message: JetStreamMessage,
  reason: DeadLetterReason,
): Promise<unknown> {
  const { data, headers, info } = message;
  // Those of the server apply to the publication that they came with: its id, the expected stream.
  for (const name of headers?.keys() ?? []) if (name.toLowerCase().startsWith('nats-')) headers?.delete(name);
  headers?.set('Dead-Letter-Reason', reason);
  const msgID = `${info.stream}-${String(info.streamSequence)}-${String(info.timestampNanos)}`;
  return js.publish(subject, data, { msgID, ...(headers !== undefined && { headers }) });
}
