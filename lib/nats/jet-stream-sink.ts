import { EMPTY } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, aNonEmptyString, isFunction, isObject, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { EventSink } from '../sink/sink.js';
import { aSubject, aSubjectOrFunction, isSubject } from './a-subject.js';
import { AckInbox } from './ack-inbox.js';
import { connectionFault } from './connection-fault.js';
import { EventPublisher } from './event-publisher.js';
import type { NatsClient, NatsHeaders } from './nats-client.js';
import { faultError } from './publish-fault.js';

export interface JetStreamSinkOptions<E = AnalyticsEvent> {
  /** An open connection. The sink does not close it. Connect with `maxReconnectAttempts: -1`, or it closes for good during an outage. */
  readonly connection: NatsClient;
  /** The function `headers` of the same client. */
  readonly headers: () => NatsHeaders;
  /** Where events are published to, the same for all or by event. A stream must have it. */
  readonly subject: string | ((event: E) => string);
  /** The name of the stream. An event whose subject another stream has is then refused. @default any stream */
  readonly stream?: string | undefined;
  /** The option `inboxPrefix` of the connection, for users who may subscribe to that only. @default '_INBOX' */
  readonly inboxPrefix?: string | undefined;
  /** Unique within a collector. @default 'jetstream' */
  readonly name?: string | undefined;
}

const aConnection: Expectation = {
  expected: 'a NATS connection',
  accepts: (value) => isObject(value) && ['publish', 'subscribe', 'status', 'isClosed'].every((method) => isFunction(value[method])),
};

const aStreamName: Expectation = {
  expected: 'the name of a stream: without white space, dots and wildcards',
  accepts: (value) => isSubject(value) && !value.includes('.'),
};

const OPTIONS = /* @__PURE__ */ optionsOf<JetStreamSinkOptions<never>, 'stream'>(() => ({
  connection: aConnection,
  headers: aFunction,
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
 * stream       a✓b✓c✗           all are published at once; answers arrive in any order
 * attempt      -----✗           SinkError with `failed: [c]`
 * ```
 *
 * The message is the event's JSON, the header `Nats-Msg-Id` its id: the stream stores an event once, however often it is sent within the
 * stream's `duplicate_window`. Ids that are no header values are escaped or hashed.
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
 * | no answer: another program subscribes to the subject, and no stream has it; the server stands still | none: the lane's timeout ends it |
 *
 * The sink never retries, times out or logs: its lane does. It keeps the connection open, and unsubscribes its inbox when it is closed. Close the
 * connection after the collector. docs/nats.md shows it with `fromJetStream`.
 *
 * @throws TypeError for an invalid or unknown option
 */
export function jetStreamSink<E extends AnalyticsEvent = AnalyticsEvent>(options: JetStreamSinkOptions<E>): EventSink<E> {
  const { connection, headers, subject, stream, inboxPrefix, name } = OPTIONS.parse(options);
  const subjectOf = typeof subject === 'function' ? (subject as (event: E) => unknown) : () => subject;
  const publisher = new EventPublisher(connection, subjectOf, headers(), stream);
  let inbox: AckInbox | undefined;
  let isClosed = false;

  /** @throws SinkError if nothing can be published now */
  function openInbox(): AckInbox {
    if (isClosed) throw new SinkError('write_failed', 'The JetStream sink is closed', { code: 'SINK_CLOSED', retryable: false });
    const opened = inbox?.isClosed === false ? inbox : undefined;
    const fault = connectionFault(connection) ?? opened?.fault;
    if (fault !== undefined) throw faultError(fault);
    return (inbox = opened ?? new AckInbox(connection, inboxPrefix));
  }

  return {
    name,
    process(batch, context) {
      const acks = openInbox();
      if (batch.events.length === 0) return undefined;
      return new Promise<void>((resolve, reject) => {
        const { onAbort } = context;
        // A lane's context is not asked for its signal, which would be created for it.
        const signal = onAbort === undefined ? context.signal : undefined;
        const attempt = acks.open(batch, (error) => {
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
      inbox?.close();
      return EMPTY;
    },
  };
}
