import { filter, Observable, take, type Subscriber } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import { newId } from '../event/new-id.js';
import { endOf, messagesOf, type MessagePortLike } from './message-port.js';
import { isReply, toMessage, type Reply, type Request } from './port-messages.js';

/** What is asked over a port, by kind. */
type Question = Omit<Extract<Request, { kind: 'events' }>, 'id' | 'from'> | Omit<Extract<Request, { kind: 'flush' }>, 'id' | 'from'>;

/** The capturing side's end of a port: gives each question its answer. */
export interface PortLink {
  /** Tells the other end where to read what this side has counted. */
  greet(tally: Float64Array): void;
  /** Asks at subscription. Errors when the question can't be cloned, and, as `rejected`, when nobody is there to answer. */
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
  /** What the other end has in hand it still answers: failed here, it would be in two places. */
  const close = (inHand: readonly string[] = []): void => {
    isClosed = true;
    const answered = new Set(inHand);
    for (const [id, each] of [...waiting]) if (!answered.has(id)) each.error(nobodyThere());
    letGo();
  };
  const letGo = (): void => {
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
        if (isClosed) throw nobodyThere();
        asked += 1;
        const id = `${from}/${String(asked)}`;
        send({ ...question, from, id });
        waiting.set(id, subscriber);
        return () => {
          waiting.delete(id);
          letGo();
        };
      }).pipe(take(1)),
    close: () => {
      close();
    },
  };
}

const nobodyThere = (): SinkError => new SinkError('rejected', 'No collector listens at the other end of the port');
