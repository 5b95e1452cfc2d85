import { filter, Observable, take, type Subscriber } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import { newId } from '../event/new-id.js';
import { endOf, messagesOf, type MessagePortLike } from './message-port.js';
import { isReply, toMessage, type Reply, type Request } from './port-messages.js';

/** A request without its ids. */
type Question = Omit<Extract<Request, { kind: 'events' }>, 'id' | 'from'> | Omit<Extract<Request, { kind: 'flush' }>, 'id' | 'from'>;

/** The port on the sending side: matches replies to requests. */
export interface PortLink {
  /** Sends the other side the counts of this side, in shared memory if possible. */
  greet(tally: Float64Array): void;
  /** Sends on subscription. Fails if the question can't be cloned, and with `rejected` if there is no other side. */
  ask(question: Question): Observable<Reply>;
  close(): void;
}

export function portLink(port: MessagePortLike): PortLink {
  const from = newId();
  const waiting = new Map<string, Subscriber<Reply>>();
  let asked = 0;
  let isClosed = false;

  const send = (message: Request): void => {
    port.postMessage(toMessage(message));
  };
  /** The other side still answers the requests that it is processing. If they failed here, their events would be counted twice. */
  const close = (pending: readonly string[] = []): void => {
    isClosed = true;
    const answered = new Set(pending);
    for (const [id, each] of [...waiting]) if (!answered.has(id)) each.error(noReceiver());
    release();
  };
  const release = (): void => {
    if (isClosed && waiting.size === 0) listening.unsubscribe();
  };
  const listening = messagesOf(port)
    .pipe(filter(isReply))
    .subscribe((reply) => {
      if (reply.kind === 'closed') close(reply.inHand);
      else waiting.get(reply.id)?.next(reply);
    });
  listening.add(
    endOf(port).subscribe(() => {
      close();
    }),
  );

  return {
    greet(tally) {
      send({ kind: 'hello', from, tally });
    },
    ask: (question) =>
      new Observable<Reply>((subscriber) => {
        if (isClosed) throw noReceiver();
        asked += 1;
        const id = `${from}/${String(asked)}`;
        send({ ...question, from, id });
        waiting.set(id, subscriber);
        return () => {
          waiting.delete(id);
          release();
        };
      }).pipe(take(1)),
    close: () => {
      close();
    },
  };
}

const noReceiver = (): SinkError => new SinkError('rejected', 'No collector listens at the other end of the port');
