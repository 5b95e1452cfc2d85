import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { Subject } from 'rxjs';
import { createBatch } from '../../lib/event/batch-of.js';
import type { SinkError } from '../../lib/errors/sink-error.js';
import { AckInbox } from '../../lib/nats/ack-inbox.js';
import { DISCONNECTED } from '../../lib/nats/connection-fault.js';
import type { NatsClient, NatsMessage, NatsStatus } from '../../lib/nats/nats-client.js';
import type { Unacknowledged } from '../../lib/nats/unacknowledged.js';
import { anEvent } from '../support/an-event.js';

const STORED = new TextEncoder().encode('{"stream":"S","seq":1}');
const events = ['a', 'b'].map((id) => anEvent({ id }));

/** A connection whose answers and statuses the test emits. */
class Connection implements NatsClient {
  readonly statuses = new Subject<NatsStatus>();
  subscriptions: string[] = [];
  answer: (error: Error | null, message: NatsMessage) => void = () => undefined;

  publish(): void {
    throw new Error('Not used here');
  }

  subscribe(subject: string, options: Parameters<NatsClient['subscribe']>[1]): { unsubscribe(): void } {
    this.subscriptions.push(subject);
    this.answer = (error, message) => options.callback(error, message);
    return { unsubscribe: () => (this.subscriptions = this.subscriptions.filter((each) => each !== subject)) };
  }

  closed(): Promise<unknown> {
    return new Promise(() => undefined);
  }

  isClosed(): boolean {
    return false;
  }

  isDraining(): boolean {
    return false;
  }

  status(): AsyncIterable<NatsStatus> {
    const queue: NatsStatus[] = [];
    let wake = (): void => undefined;
    this.statuses.subscribe((status) => {
      queue.push(status);
      wake();
    });
    return {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          for (let next = queue.shift(); next !== undefined; next = queue.shift()) yield next;
          await new Promise<void>((resolve) => (wake = resolve));
        }
      },
    };
  }
}

describe('AckInbox', () => {
  let connection: Connection;
  let inbox: AckInbox;
  let ends: (SinkError | undefined)[];

  beforeEach(() => {
    connection = new Connection();
    inbox = new AckInbox(connection, '_INBOX');
    ends = [];
  });

  const open = (): Unacknowledged<(typeof events)[number]> => inbox.open(createBatch(events, 1), (error) => ends.push(error));
  const acknowledge = (subject: string): void => connection.answer(null, { subject, data: STORED });
  const emit = async (status: NatsStatus): Promise<void> => {
    connection.statuses.next(status);
    await setImmediate();
  };

  it('receives the answers of all attempts through one subscription', () => {
    const [first, second] = [open(), open()];
    const prefix = connection.subscriptions[0]!.slice(0, -1);
    expect(connection.subscriptions).to.have.length(1);
    expect(prefix).to.match(/^_INBOX\.[^.]+\.$/);
    expect([first.replyPrefix, second.replyPrefix]).to.deep.equal([`${prefix}1.`, `${prefix}2.`]);
    for (const subject of [`${prefix}2.0`, `${prefix}1.1`, `${prefix}2.1`]) acknowledge(subject);
    expect([first.isOver, second.isOver, ends]).to.deep.equal([false, true, [undefined]]);
  });

  it('ignores late answers, and messages to other subjects', () => {
    const attempt = open();
    const prefix = attempt.replyPrefix.slice(0, -2);
    for (const subject of [`${prefix}7.0`, `${prefix}1`, `${prefix}1.x`, `${prefix}1.0.0`, prefix]) acknowledge(subject);
    acknowledge(`${attempt.replyPrefix}1`);
    expect(attempt.isOver).to.equal(false);
    acknowledge(`${attempt.replyPrefix}0`);
    acknowledge(`${attempt.replyPrefix}0`);
    expect(ends).to.deep.equal([undefined]);
  });

  it('fails open messages when the connection is lost, and refuses others until it is restored', async () => {
    open();
    await emit({ type: 'disconnect' });
    expect(ends[0]).to.include({ kind: 'unavailable', code: 'NATS_DISCONNECTED' });
    expect(inbox.fault).to.equal(DISCONNECTED);
    open();
    await emit({ type: 'reconnect' });
    expect([ends.length, inbox.fault]).to.deep.equal([2, undefined]);
  });

  it('fails the messages of a subject that the user may not publish to', async () => {
    const attempt = open();
    attempt.subjects.push('x', 'y');
    await emit({ type: 'error', error: Object.assign(new Error('no'), { operation: 'subscription', subject: 'y' }) });
    await emit({ type: 'error', error: Object.assign(new Error('no'), { operation: 'publish', subject: 'x' }) });
    await emit({ type: 'error' });
    expect(ends).to.deep.equal([]);
    acknowledge(`${attempt.replyPrefix}1`);
    expect(ends[0]).to.include({ code: 'NATS_NOT_PERMITTED' });
    expect(ends[0]?.failed).to.deep.equal([events[0]]);
  });

  it('ends permanently if the user may not subscribe to it', () => {
    open();
    connection.answer(new Error('no'), { subject: '', data: STORED });
    expect(ends[0]).to.include({ kind: 'rejected', code: 'NATS_NO_ANSWERS' });
    expect([inbox.isClosed, inbox.fault?.code, connection.subscriptions]).to.deep.equal([true, 'NATS_NO_ANSWERS', []]);
  });

  it('leaves open attempts to their timeouts when it is closed, and follows the connection no longer', async () => {
    open();
    inbox.close();
    inbox.close();
    await emit({ type: 'disconnect' });
    expect([ends, inbox.isClosed, inbox.fault, connection.subscriptions]).to.deep.equal([[], true, undefined, []]);
  });
});
