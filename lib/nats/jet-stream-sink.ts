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
 * Publishes each event as a message of a JetStream stream.
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
        const attempt = acks.open(batch, (error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
        const abort = (): void => {
          attempt.end(new SinkError('timeout', 'The attempt was aborted'));
        };
        if (context.onAbort !== undefined) context.onAbort(abort);
        else if (context.signal.aborted) abort();
        else context.signal.addEventListener('abort', abort);
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
