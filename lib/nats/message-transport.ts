import type { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import type { PublishFault } from './publish-fault.js';
import type { Unacknowledged } from './unacknowledged.js';

/** The message of an event. */
export interface EventMessage {
  readonly subject: string;
  readonly json: string;
  /** The value of the header `Nats-Msg-Id`. */
  readonly id: string;
}

/** Sends the messages of attempts, and settles each when its acknowledgement arrives. */
export interface MessageTransport {
  /**
   * Starts an attempt, which lasts until `onEnd` is called.
   *
   * @throws SinkError if nothing can be sent now
   */
  open<E>(batch: EventBatch<E>, onEnd: (error: SinkError | undefined) => void): Unacknowledged<E>;
  /** Sends the message of one event. Returns a fault if it can't be sent. */
  send(attempt: Unacknowledged<unknown>, index: number, message: EventMessage): PublishFault | undefined;
  close(): void;
}
