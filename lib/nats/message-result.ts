import type { Settlement } from '../features/settlement.js';
import type { DeadLetterReason } from './dead-letters.js';
import type { JetStreamMessage } from './jet-stream-consumer.js';

/** What happened to one message, or to the requests for messages. */
export type JetStreamResult =
  /** Its event is settled: delivered by every sink, or excluded by policy. */
  | { readonly kind: 'acknowledged'; readonly message: JetStreamMessage; readonly settlement: Settlement }
  /** It was delivered again although it was acknowledged, and has been acknowledged again. Its event was not collected again. */
  | { readonly kind: 'repeated'; readonly message: JetStreamMessage }
  /** Its event was not delivered: the message will be delivered again after `delayMs`. */
  | {
      readonly kind: 'delayed';
      readonly message: JetStreamMessage;
      readonly delayMs: number;
      readonly settlement?: Settlement | undefined;
      /** Why the message is no event, or what failed. */
      readonly error?: unknown;
    }
  /** It was published as a dead letter, and will not be delivered again. */
  | {
      readonly kind: 'dead_lettered';
      readonly message: JetStreamMessage;
      readonly reason: DeadLetterReason;
      readonly settlement?: Settlement | undefined;
      readonly error?: unknown;
    }
  /** The collector is shut down: another consumer of the stream may have it at once. */
  | { readonly kind: 'returned'; readonly message: JetStreamMessage }
  /** Requesting messages failed. It is tried again after a delay. */
  | { readonly kind: 'interrupted'; readonly error: unknown }
  /** The configuration may lose events. */
  | { readonly kind: 'warning'; readonly text: string };
