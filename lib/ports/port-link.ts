import { filter, Observable, take, type Subscriber } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import { endOf, messagesOf, type MessagePortLike } from './message-port.js';
import { isReply, toMessage, type Reply, type Request } from './port-messages.js';

/** What is asked over a port, by kind. */
type Question = Omit<Extract<Request, { kind: 'events' }>, 'id'> | Omit<Extract<Request, { kind: 'flush' }>, 'id'>;

/** The capturing side's end of a port: sends what it is told, and gives each question its answer. */
export interface PortLink {
  send(message: Request): void;
  /** Asks at subscription. Errors when the question can't be cloned, and, as `rejected`, when nobody is there to answer. */
  ask(question: Question): Observable<Reply>;
  close(): void;
}

export function portLink(port: MessagePortLike): PortLink {
  const waiting = new Map<number, Subscriber<Reply>>();
  let lastId = 0;
  let isClosed = false;

  const close = (): void => {
    isClosed = true;
    listening.unsubscribe();
    for (const each of [...waiting.values()]) each.error(nobodyThere());
  };
  const listening = messagesOf(port)
    .pipe(filter(isReply))
    .subscribe((reply) => {
      if (reply.kind === 'closed') close();
      else waiting.get(reply.id)?.next(reply);
    });
  listening.add(endOf(port).subscribe(close));

  return {
    send(message) {
      port.postMessage(toMessage(message));
    },
    ask: (question) =>
      new Observable<Reply>((subscriber) => {
        if (isClosed) throw nobodyThere();
        const id = (lastId += 1);
        port.postMessage(toMessage({ ...question, id }));
        waiting.set(id, subscriber);
        return () => waiting.delete(id);
      }).pipe(take(1)),
    close,
  };
}

const nobodyThere = (): SinkError => new SinkError('rejected', 'No collector listens at the other end of the port');
