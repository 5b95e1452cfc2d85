import { EMPTY } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aNonEmptyString, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { EventSink } from '../sink/sink.js';
import { aSubject, aSubjectOrFunction, isSubject } from './a-subject.js';
import { ClientTransport } from './client-transport.js';
import { ConnectionTransport } from './connection-transport.js';
import { EventPublisher } from './event-publisher.js';
import { aPublisher, connectionOf, type JetStreamPublisher } from './jet-stream-publisher.js';
import type { MessageTransport } from './message-transport.js';
import { aConnection, type NatsClient } from './nats-client.js';

export interface JetStreamSinkOptions<E = AnalyticsEvent> {
  /**
   * An open connection. The sink does not close it. Connect with `maxReconnectAttempts: -1`: otherwise it closes permanently during an outage. Either
   * this or `js` is required.
   */
  readonly connection?: NatsClient | undefined;
  /** A JetStream client, in place of its connection. */
  readonly js?: JetStreamPublisher | undefined;
  /** The subject to publish to, the same for all events or by event. It must belong to a stream. */
  readonly subject: string | ((event: E) => string);
  /** The name of the stream. An event whose subject belongs to another stream is then refused. @default any stream */
  readonly stream?: string | undefined;
  /** The connection's option `inboxPrefix`, for users who may only subscribe to that prefix. @default '_INBOX' */
  readonly inboxPrefix?: string | undefined;
  /** Unique within a collector. @default 'jetstream' */
  readonly name?: string | undefined;
}

const aStreamName: Expectation = {
  expected: 'the name of a stream: without white space, dots and wildcards',
  accepts: (value) => isSubject(value) && !value.includes('.'),
};

const OPTIONS = /* @__PURE__ */ optionsOf<JetStreamSinkOptions<never>, 'connection' | 'js' | 'stream'>(() => ({
  connection: [aConnection],
  js: [aPublisher],
  subject: aSubjectOrFunction,
  stream: [aStreamName],
  inboxPrefix: [aSubject, '_INBOX'],
  name: [aNonEmptyString, 'jetstream'],
}));

/**
 * Publishes each event as a message of a JetStream stream, and waits for all acknowledgements of a batch.
 *
 * ```
 * batch       (abc)
 * stream       a✓b✓c✗           all are published together; answers arrive in any order
 * attempt      -----✗           SinkError with `failed: [c]`
 * ```
 *
 * The message is the event's JSON, the header `Nats-Msg-Id` its id: the stream stores an event once even if it is sent repeatedly within the stream's
 * `duplicate_window`. Ids that are not valid header values are escaped or hashed.
 *
 * | what happens | the attempt |
 * |---|---|
 * | all messages are acknowledged, also as duplicates | succeeds |
 * | no stream has the subject (`NATS_NO_STREAM`); the stream is full with `discard: 'new'` (`NATS_10077`), or has no leader | `unavailable` |
 * | the connection is lost (`NATS_DISCONNECTED`), drained (`NATS_DRAINING`) or closed (`NATS_CLOSED`) | `unavailable`, immediately |
 * | an event is longer than the server (`NATS_MAX_PAYLOAD`) or the stream (`NATS_10054`) accepts | `too_large`, that event alone |
 * | an event has no JSON (`NOT_ENCODABLE`), or no valid subject (`NATS_INVALID_SUBJECT`) | `rejected`, that event alone |
 * | the user may not publish to the subject (`NATS_NOT_PERMITTED`), or not receive answers (`NATS_NO_ANSWERS`) | `rejected` |
 * | the stream refuses the message for another reason (`NATS_` and the server's code) | `rejected`, that event alone |
 * | no answer, because only another program subscribes to the subject, or because the server hangs | none: the lane's timeout ends it |
 *
 * The sink itself has no retries, timeouts or log: its lane has them. `close` unsubscribes the inbox, and leaves the connection open. Close the
 * connection after the collector. docs/nats.md shows it with `fromJetStream`.
 *
 * @throws TypeError for an invalid or unknown option
 */
export function jetStreamSink<E extends AnalyticsEvent = AnalyticsEvent>(options: JetStreamSinkOptions<E>): EventSink<E> {
  const parsed = OPTIONS.parse(options);
  const { subject, name } = parsed;
  const transport = transportOf(parsed);
  const publisher = new EventPublisher(transport, typeof subject === 'function' ? (subject as (event: E) => unknown) : () => subject);
  let isClosed = false;

  return {
    name,
    process(batch, context) {
      if (isClosed) throw new SinkError('write_failed', 'The JetStream sink is closed', { code: 'SINK_CLOSED', retryable: false });
      if (batch.events.length === 0) return undefined;
      return new Promise<void>((resolve, reject) => {
        const { onAbort } = context;
        // The signal of a lane's context is not read, since reading would create it.
        const signal = onAbort === undefined ? context.signal : undefined;
        const attempt = transport.open(batch, (error) => {
          signal?.removeEventListener('abort', abort);
          if (error === undefined) resolve();
          else reject(error);
        });
        function abort(): void {
          attempt.end(new SinkError('timeout', 'The attempt was aborted'));
        }
        signal?.addEventListener('abort', abort);
        if (signal?.aborted) abort();
        onAbort?.(abort);
        if (!attempt.isOver) publisher.publish(attempt);
      });
    },
    close() {
      isClosed = true;
      transport.close();
      return EMPTY;
    },
  };
}

/** @throws TypeError unless either `connection` or `js` is set */
function transportOf({ connection, js, stream, inboxPrefix }: ReturnType<typeof OPTIONS.parse>): MessageTransport {
  if (connection !== undefined && js !== undefined) throw new TypeError('Expected either `connection` or `js`, got both');
  const open = connection ?? connectionOf(js);
  if (open !== undefined) return new ConnectionTransport(open, stream, inboxPrefix);
  if (js !== undefined) return new ClientTransport(js, stream);
  throw new TypeError('Expected either `connection` or `js`, got neither');
}
