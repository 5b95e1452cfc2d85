import type { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import { AckInbox } from './ack-inbox.js';
import { CLOSED, connectionFault } from './connection-fault.js';
import type { EventMessage, MessageTransport } from './message-transport.js';
import type { NatsClient } from './nats-client.js';
import { faultError, NOT_PUBLISHED, TOO_LARGE, type PublishFault } from './publish-fault.js';
import type { Unacknowledged } from './unacknowledged.js';

const encoder = /* @__PURE__ */ new TextEncoder();

/** Publishes on the connection directly, with one subscription for all acknowledgements. */
export class ConnectionTransport implements MessageTransport {
  readonly #connection: NatsClient;
  readonly #inboxPrefix: string;
  /** The headers up to the id. */
  readonly #head: string;
  #inbox: AckInbox | undefined;
  #isWatched = false;

  constructor(connection: NatsClient, stream: string | undefined, inboxPrefix: string) {
    this.#connection = connection;
    this.#inboxPrefix = inboxPrefix;
    this.#head = `NATS/1.0\r\n${stream === undefined ? '' : `Nats-Expected-Stream: ${stream}\r\n`}Nats-Msg-Id: `;
  }

  open<E>(batch: EventBatch<E>, onEnd: (error: SinkError | undefined) => void): Unacknowledged<E> {
    const opened = this.#inbox?.isClosed === false ? this.#inbox : undefined;
    const fault = connectionFault(this.#connection) ?? opened?.fault;
    if (fault !== undefined) throw faultError(fault);
    this.#watchEnd();
    this.#inbox = opened ?? new AckInbox(this.#connection, this.#inboxPrefix);
    return this.#inbox.open(batch, onEnd);
  }

  send(attempt: Unacknowledged<unknown>, index: number, { subject, json, id }: EventMessage): PublishFault | undefined {
    const headers = encoder.encode(`${this.#head}${id}\r\n\r\n`);
    const maxBytes = (this.#connection.info?.max_payload ?? Infinity) - headers.length;
    // A UTF-16 unit takes at most three bytes in UTF-8, so most events needn't be measured.
    if (json.length * 3 > maxBytes && encoder.encode(json).length > maxBytes) return TOO_LARGE;
    attempt.subjects[index] = subject;
    try {
      this.#connection.publish(subject, json, { headers: { encode: () => headers }, reply: attempt.replyPrefix + String(index) });
    } catch (cause) {
      return connectionFault(this.#connection) ?? { ...NOT_PUBLISHED, cause };
    }
    return undefined;
  }

  close(): void {
    this.#inbox?.close();
  }

  /** Called once per connection: an inbox may be refused repeatedly, and a promise keeps its callbacks. */
  #watchEnd(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    void this.#connection.closed().then((cause) => {
      this.#inbox?.fail(cause instanceof Error ? { ...CLOSED, cause } : CLOSED);
    });
  }
}
