import type { Settlement } from '../features/settlement.js';
import type { DeadLetterReason } from './dead-letters.js';
import type { JetStreamMessage } from './jet-stream-consumer.js';

/** The outcome of one message, or a report about the requests for messages. */
export type JetStreamResult =
  /** The message's event is settled: delivered by every sink, or excluded by policy. */
  | { readonly kind: 'acknowledged'; readonly message: JetStreamMessage; readonly settlement: Settlement }
  /** The message was delivered again although it was acknowledged. It was acknowledged again, and its event not collected again. */
  | { readonly kind: 'repeated'; readonly message: JetStreamMessage }
  /** The message's event was not delivered: the message will be delivered again after `delayMs`. */
  | {
      readonly kind: 'delayed';
      readonly message: JetStreamMessage;
      readonly delayMs: number;
      readonly settlement?: Settlement | undefined;
      /** Why the message is not a valid event, or the error that occurred. */
      readonly error?: unknown;
    }
  /** The message was published as a dead letter, and will not be delivered again. */
  | {
      readonly kind: 'dead_lettered';
      readonly message: JetStreamMessage;
      readonly reason: DeadLetterReason;
      readonly settlement?: Settlement | undefined;
      readonly error?: unknown;
    }
  /** The collector was shut down: the message was returned, and can be delivered to another process immediately. */
  | { readonly kind: 'returned'; readonly message: JetStreamMessage }
  /** A request for messages failed, and is repeated after a delay. */
  | { readonly kind: 'interrupted'; readonly error: unknown }
  /** Events may be lost with the consumer's configuration. */
  | { readonly kind: 'warning'; readonly text: string };
