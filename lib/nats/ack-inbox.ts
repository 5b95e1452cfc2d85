import type { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import { newId } from '../event/new-id.js';
import { tryGet } from '../internal/try-get.js';
import { DISCONNECTED } from './connection-fault.js';
import type { NatsClient, NatsMessage, NatsStatus } from './nats-client.js';
import { NOT_PERMITTED, publishFault, type PublishFault } from './publish-fault.js';
import { Unacknowledged } from './unacknowledged.js';

/** Matches the position of a message in its batch. */
const DIGITS = /^\d+$/;

const NO_ANSWERS: PublishFault = {
  kind: 'rejected',
  code: 'NATS_NO_ANSWERS',
  message: 'The NATS user may not subscribe to the inbox of acknowledgements: see `inboxPrefix`',
};
/**
 * Receives the acknowledgements of all messages through one subscription.
 *
 * ```
 * attempt 7, event 2   ─ publish, reply _INBOX.ID.7.2 ─►  stream
 * _INBOX.ID.>          ◄─ to _INBOX.ID.7.2 ────────────   { stream, seq } | { error }
 * ```
 *
 * A `request` of the client would create a promise, a timer, an `Error` and an entry for each message. Here these exist once per batch, and the timer
 * is the lane's.
 */
export class AckInbox {
  readonly #connection: NatsClient;
  readonly #prefix: string;
  readonly #attempts = new Map<string, Pick<Unacknowledged<unknown>, 'settle' | 'settleRest' | 'settleSubject'>>();
  readonly #subscription: { unsubscribe(): void };
  #statuses: (AsyncIterable<NatsStatus> & { readonly stop?: () => void }) | undefined;
  #count = 0;
  #fault: PublishFault | undefined;
  #isClosed = false;

  constructor(connection: NatsClient, inboxPrefix: string) {
    this.#connection = connection;
    this.#prefix = `${inboxPrefix}.${newId()}.`;
    this.#subscription = connection.subscribe(`${this.#prefix}>`, {
      callback: (error, message) => {
        if (error === null) this.#receive(message);
        else this.fail(NO_ANSWERS);
      },
    });
    void this.#watch();
  }

  /** The reason why no message can be sent now; otherwise `undefined`. */
  get fault(): PublishFault | undefined {
    return this.#fault;
  }

  /** Whether the inbox was closed, or its subscription refused by the server. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Starts to receive the acknowledgements of an attempt, until `onEnd` is called. */
  open<E>(batch: EventBatch<E>, onEnd: (error: SinkError | undefined) => void): Unacknowledged<E> {
    this.#count += 1;
    const key = String(this.#count);
    const attempt = new Unacknowledged(batch, `${this.#prefix}${key}.`, (error) => {
      this.#attempts.delete(key);
      onEnd(error);
    });
    this.#attempts.set(key, attempt);
    return attempt;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Throws if the connection is closed, which has ended the subscription.
    tryGet(() => {
      this.#subscription.unsubscribe();
    });
    this.#statuses?.stop?.();
  }

  /** Closes the inbox, and ends every open attempt. */
  fail(fault: PublishFault): void {
    if (this.#isClosed) return;
    this.close();
    this.#fault = fault;
    this.#settleAll(fault);
  }

  #receive(message: NatsMessage): void {
    const { subject } = message;
    const dot = subject.indexOf('.', this.#prefix.length);
    const attempt = this.#attempts.get(subject.slice(this.#prefix.length, dot));
    const position = subject.slice(dot + 1);
    if (DIGITS.test(position)) attempt?.settle(Number(position), publishFault(message));
  }

  #settleAll(fault: PublishFault): void {
    for (const attempt of [...this.#attempts.values()]) attempt.settleRest(fault);
  }

  async #watch(): Promise<void> {
    this.#statuses = this.#connection.status();
    for await (const status of this.#statuses) {
      if (this.#isClosed) return;
      this.#onStatus(status);
    }
  }

  #onStatus({ type, error }: NatsStatus): void {
    if (type === 'disconnect') {
      // Answers are lost with the connection. Messages that are published now are dropped by the client when it next tries to connect.
      this.#fault = DISCONNECTED;
      this.#settleAll(DISCONNECTED);
    } else if (type === 'reconnect') {
      // Attempts may have started while there was no connection.
      this.#settleAll(DISCONNECTED);
      this.#fault = undefined;
    } else if (type === 'error' && error !== undefined) this.#onRefusedPublication(error);
  }

  /** Fails all open messages of the refused subject: the server doesn't name the message. */
  #onRefusedPublication(error: Error): void {
    const { operation, subject } = error as { readonly operation?: unknown; readonly subject?: unknown };
    if (operation !== 'publish') return;
    for (const attempt of [...this.#attempts.values()]) attempt.settleSubject(subject, { ...NOT_PERMITTED, cause: error });
  }
}
