import { eventJson } from '../event/event-json.js';
import type { AnalyticsEvent } from '../event/event.js';
import { tryGet } from '../internal/try-get.js';
import { aSubject, isSubject } from './a-subject.js';
import { messageId } from './message-id.js';
import type { MessageTransport } from './message-transport.js';
import { NOT_ENCODABLE, type PublishFault } from './publish-fault.js';
import type { Unacknowledged } from './unacknowledged.js';

const NO_SUBJECT: PublishFault = {
  kind: 'rejected',
  code: 'NATS_INVALID_SUBJECT',
  message: `Expected the function \`subject\` to return ${aSubject.expected}`,
};

/** Publishes events as messages with their ids. */
export class EventPublisher<E extends AnalyticsEvent> {
  readonly #transport: MessageTransport;
  readonly #subjectOf: (event: E) => unknown;

  constructor(transport: MessageTransport, subjectOf: (event: E) => unknown) {
    this.#transport = transport;
    this.#subjectOf = subjectOf;
  }

  /** Never throws; an event that can't be published is settled with its fault. */
  publish(attempt: Unacknowledged<E>): void {
    for (const [index, event] of attempt.batch.events.entries()) {
      let id: string | Promise<string>;
      try {
        id = messageId(event.id);
      } catch (cause) {
        attempt.settle(index, { ...NOT_ENCODABLE, cause });
        continue;
      }
      if (typeof id === 'string') this.#tryPublish(attempt, index, event, id);
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
    return isSubject(subject) ? this.#transport.send(attempt, index, { subject, json, id }) : NO_SUBJECT;
  }
}
