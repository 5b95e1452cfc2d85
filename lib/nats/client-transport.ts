import type { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import { isObject } from '../internal/check-option.js';
import { tryGet } from '../internal/try-get.js';
import { CLOSED, DISCONNECTED, DRAINING } from './connection-fault.js';
import type { JetStreamPublisher } from './jet-stream-publisher.js';
import type { EventMessage, MessageTransport } from './message-transport.js';
import { NO_STREAM, NOT_AN_ACK, NOT_PERMITTED, NOT_PUBLISHED, refusal, TOO_LARGE, type PublishFault } from './publish-fault.js';
import { Unacknowledged } from './unacknowledged.js';

/** Publishes through `publish` of a JetStream client, which creates a promise and a timer for each message. */
export class ClientTransport implements MessageTransport {
  readonly #js: JetStreamPublisher;
  readonly #expect: { readonly streamName?: string };

  constructor(js: JetStreamPublisher, stream: string | undefined) {
    this.#js = js;
    this.#expect = stream === undefined ? {} : { streamName: stream };
  }

  open<E>(batch: EventBatch<E>, onEnd: (error: SinkError | undefined) => void): Unacknowledged<E> {
    return new Unacknowledged(batch, '', onEnd);
  }

  send(attempt: Unacknowledged<unknown>, index: number, { subject, json, id }: EventMessage): PublishFault | undefined {
    try {
      this.#js.publish(subject, json, { msgID: id, expect: { ...this.#expect } }).then(
        () => {
          attempt.settle(index);
        },
        (error: unknown) => {
          attempt.settle(index, clientFault(error));
        },
      );
    } catch (error) {
      return clientFault(error);
    }
    return undefined;
  }

  close(): void {
    // Nothing to close: the client belongs to the user.
  }
}

/** Faults by the name of the client's error. */
const FAULTS: Readonly<Record<string, PublishFault>> = {
  ClosedConnectionError: CLOSED,
  ConnectionError: DISCONNECTED,
  DrainingConnectionError: DRAINING,
  JetStreamError: NOT_AN_ACK,
  JetStreamNotEnabled: NO_STREAM,
  NoResponders: NO_STREAM,
  PermissionViolationError: NOT_PERMITTED,
  SyntaxError: NOT_AN_ACK,
  TimeoutError: { kind: 'timeout', code: 'NATS_TIMEOUT', message: 'The server did not acknowledge the message' },
};

/** The fault that an error of the client, even an unreadable one, means for its message. A `RequestError` has the reason as its cause. */
function clientFault(error: unknown): PublishFault {
  const known = tryGet(() => (isRequestError(error) ? (faultOf(error.cause) ?? DISCONNECTED) : faultOf(error)));
  return { ...(known ?? NOT_PUBLISHED), cause: error };
}

const isRequestError = (error: unknown): error is Error => error instanceof Error && error.name === 'RequestError';

function faultOf(error: unknown): PublishFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  // The server has answered with an error.
  const answer = tryGet(() => (error as Partial<ApiError>).apiError?.());
  if (isObject(answer)) return refusal(answer);
  if (name === 'InvalidArgumentError' && message.includes('max_payload')) return TOO_LARGE;
  return Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
}

/** A `JetStreamApiError` of the client. */
interface ApiError extends Error {
  apiError(): unknown;
}
