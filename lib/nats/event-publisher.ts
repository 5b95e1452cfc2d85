import { eventJson } from '../event/event-json.js';
import type { AnalyticsEvent } from '../event/event.js';
import { tryGet } from '../internal/try-get.js';
import { aSubject, isSubject } from './a-subject.js';
import { connectionFault } from './connection-fault.js';
import { messageId } from './message-id.js';
import type { NatsClient, NatsHeaders } from './nats-client.js';
import type { PublishFault } from './publish-fault.js';
import type { Unacknowledged } from './unacknowledged.js';

const NOT_ENCODABLE: PublishFault = { kind: 'rejected', code: 'NOT_ENCODABLE', message: 'Events cannot be encoded' };
const NO_SUBJECT: PublishFault = {
  kind: 'rejected',
  code: 'NATS_INVALID_SUBJECT',
  message: `Expected the function \`subject\` to return ${aSubject.expected}`,
};
const TOO_LARGE: PublishFault = { kind: 'too_large', code: 'NATS_MAX_PAYLOAD', message: 'An event is longer than a message may be' };
const NOT_PUBLISHED: PublishFault = { kind: 'write_failed', code: 'NATS_NOT_PUBLISHED', message: 'The NATS client failed to publish' };

const ID = 'Nats-Msg-Id';
const STREAM = 'Nats-Expected-Stream';

/** Publishes events as messages, each with its id and a reply subject of its own. */
export class EventPublisher<E extends AnalyticsEvent> {
  readonly #connection: NatsClient;
  readonly #subjectOf: (event: E) => unknown;
  /** One object for all messages: the client encodes it within the call. */
  readonly #headers: NatsHeaders;
  /** Without the id. */
  readonly #headerBytes: number;

  constructor(connection: NatsClient, subjectOf: (event: E) => unknown, headers: NatsHeaders, stream: string | undefined) {
    this.#connection = connection;
    this.#subjectOf = subjectOf;
    this.#headers = headers;
    if (stream !== undefined) headers.set(STREAM, stream);
    const streamLine = stream === undefined ? '' : `${STREAM}: ${stream}\r\n`;
    this.#headerBytes = new TextEncoder().encode(`NATS/1.0\r\n${ID}: \r\n${streamLine}\r\n`).length;
  }

  /** Never throws; an event that can't be published is settled with its fault. */
  publish(attempt: Unacknowledged<E>): void {
    for (const [index, event] of attempt.batch.events.entries()) {
      const id = tryGet(() => messageId(event.id));
      if (typeof id === 'string') this.#tryPublish(attempt, index, event, id);
      else if (id === undefined) attempt.settle(index, NOT_ENCODABLE);
      else {
        id.then(
          (digest) => {
            if (!attempt.isOver) this.#tryPublish(attempt, index, event, digest);
          },
          (cause: unknown) => {
            attempt.settle(index, { ...NOT_ENCODABLE, cause });
          },
        );
      }
    }
  }

  #tryPublish(attempt: Unacknowledged<E>, index: number, event: E, id: string): void {
    let fault: PublishFault | undefined;
    try {
      fault = this.#publish(attempt, index, event, id);
    } catch (cause) {
      fault = { ...NOT_ENCODABLE, cause };
    }
    if (fault !== undefined) attempt.settle(index, fault);
  }

  #publish(attempt: Unacknowledged<E>, index: number, event: E, id: string): PublishFault | undefined {
    const json = eventJson(event);
    const subject = tryGet(() => this.#subjectOf(event));
    if (!isSubject(subject)) return NO_SUBJECT;
    const maxBytes = (this.#connection.info?.max_payload ?? Infinity) - this.#headerBytes - id.length;
    // A UTF-16 unit takes at most three bytes: most events don't have to be measured.
    if (json.length * 3 > maxBytes && new TextEncoder().encode(json).length > maxBytes) return TOO_LARGE;
    attempt.subjects[index] = subject;
    this.#headers.set(ID, id);
    try {
      this.#connection.publish(subject, json, { headers: this.#headers, reply: attempt.replyPrefix + String(index) });
    } catch (cause) {
      return connectionFault(this.#connection) ?? { ...NOT_PUBLISHED, cause };
    }
    return undefined;
  }
}
