import { SinkError, type SinkErrorKind } from '../errors/sink-error.js';
import { isObject } from '../internal/check-option.js';
import { tryGet } from '../internal/try-get.js';
import type { NatsMessage } from './nats-client.js';

/** The reason why an event was not stored. Not an `Error`, whose stack is expensive: thousands of messages may fail for one reason. */
export interface PublishFault {
  readonly kind: SinkErrorKind;
  readonly code: string;
  readonly message: string;
  readonly cause?: unknown;
}

export const NOT_ENCODABLE: PublishFault = { kind: 'rejected', code: 'NOT_ENCODABLE', message: 'Events cannot be encoded' };
export const TOO_LARGE: PublishFault = { kind: 'too_large', code: 'NATS_MAX_PAYLOAD', message: 'An event is longer than a message may be' };
export const NOT_PUBLISHED: PublishFault = {
  kind: 'write_failed',
  code: 'NATS_NOT_PUBLISHED',
  message: 'The NATS client failed to publish',
};
export const NOT_PERMITTED: PublishFault = {
  kind: 'rejected',
  code: 'NATS_NOT_PERMITTED',
  message: 'The NATS user may not publish to this subject',
};
export const NO_STREAM: PublishFault = {
  kind: 'unavailable',
  code: 'NATS_NO_STREAM',
  message: 'No stream has this subject, or JetStream is off',
};
export const NOT_AN_ACK: PublishFault = {
  kind: 'write_failed',
  code: 'NATS_NO_ACKNOWLEDGEMENT',
  message: 'The answer is no acknowledgement of a stream',
};

/** @param events the failed events; their failure is final if another attempt can't help. @default all events of the batch */
export function faultError({ kind, code, message, cause }: PublishFault, events?: readonly unknown[]): SinkError {
  const isFinal = events !== undefined && (kind === 'rejected' || kind === 'too_large');
  return new SinkError(kind, message, {
    code,
    ...(events !== undefined && { failed: events }),
    ...(isFinal && { rejected: events }),
    ...(cause !== undefined && { cause }),
  });
}

/** `{"stream":` */
const STORED = [0x7b, 0x22, 0x73, 0x74, 0x72, 0x65, 0x61, 0x6d, 0x22, 0x3a];

/**
 * The fault that an acknowledgement reports; `undefined` if the message is stored.
 *
 * | answer | kind |
 * |---|---|
 * | no stream has the subject (503 without data) | `unavailable` |
 * | code 5xx: stream full with `discard: new`, storage, leader | `unavailable` |
 * | 408, 429 | `unavailable` |
 * | the message or its headers are larger than the stream accepts | `too_large` |
 * | other codes | `rejected` |
 * | not an acknowledgement of JetStream | `write_failed`: another program answers on this subject |
 *
 * Source: the `io.nats.jetstream.api.v1.pub_ack_response` schema, and errors.json of nats-server.
 */
export function publishFault({ data, headers }: NatsMessage): PublishFault | undefined {
  if (STORED.every((byte, index) => data[index] === byte)) return undefined;
  if (data.length === 0 && headers?.code === 503) return NO_STREAM;
  const answer: unknown = tryGet((): unknown => JSON.parse(new TextDecoder().decode(data)));
  const error: unknown = isObject(answer) ? answer.error : undefined;
  if (isObject(error)) return refusal(error);
  if (isObject(answer) && typeof answer.stream === 'string' && answer.stream !== '') return undefined;
  return NOT_AN_ACK;
}

/** The message or its headers are larger than the stream accepts. */
const TOO_LARGE_CODES: readonly unknown[] = [10_054, 10_097];

/** The fault that an error of the server reports. */
export function refusal({ code, err_code: errCode, description }: Readonly<Record<string, unknown>>): PublishFault {
  const isTransient = typeof code !== 'number' || code >= 500 || code === 408 || code === 429;
  return {
    kind: TOO_LARGE_CODES.includes(errCode) ? 'too_large' : isTransient ? 'unavailable' : 'rejected',
    code: `NATS_${String(errCode ?? code)}`,
    message: `The stream refused: ${String(description)}`,
  };
}
