import { EventEmitter, once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { expect } from 'chai';
import { aMessagePort, endOf, messagesOf, type MessagePortLike } from '../../lib/ports/message-port.js';

const noop = (): void => undefined;

/** A `Worker` of Node. */
class Worker extends EventEmitter {
  isRef = true;
  postMessage = noop;

  unref(): void {
    this.isRef = false;
  }
}

/** A port of a browser. */
class PagePort extends EventTarget {
  starts = 0;
  postMessage = noop;

  start(): void {
    this.starts += 1;
  }
}

const listening = (emitter: EventEmitter): number => emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);

describe('aMessagePort', () => {
  it('accepts ports and workers of browsers and of Node', () => {
    const { port1 } = new MessageChannel();
    const ports = [port1, new Worker(), new PagePort(), { postMessage: noop, addEventListener: noop }];
    expect(ports.map(aMessagePort.accepts)).to.deep.equal([true, true, true, true]);
    port1.close();
  });

  it('refuses values that cannot send, or cannot be listened to', () => {
    const values = [
      undefined,
      null,
      5,
      'port',
      {},
      new EventTarget(),
      new EventEmitter(),
      { postMessage: noop },
      { postMessage: 1, on: 1 },
    ];
    expect(values.filter(aMessagePort.accepts)).to.deep.equal([]);
  });
});

describe('messagesOf', () => {
  it('emits the data of the events of a browser port, which it starts', () => {
    const port = new PagePort();
    const received: unknown[] = [];
    const messages$ = messagesOf(port);
    expect(port.starts).to.equal(0);
    const subscription = messages$.subscribe((message) => received.push(message));
    expect(port.starts).to.equal(1);
    port.dispatchEvent(new MessageEvent('message', { data: { n: 1 } }));
    port.dispatchEvent(new MessageEvent('message', { data: 'text' }));
    subscription.unsubscribe();
    port.dispatchEvent(new MessageEvent('message', { data: 'late' }));
    expect(received).to.deep.equal([{ n: 1 }, 'text']);
  });

  it('emits the values of an emitter as they are', () => {
    const worker = new Worker();
    const received: unknown[] = [];
    const subscription = messagesOf(worker).subscribe((message) => received.push(message));
    worker.emit('message', { data: 1 });
    subscription.unsubscribe();
    worker.emit('message', 'late');
    expect([received, listening(worker)]).to.deep.equal([[{ data: 1 }], 0]);
  });

  it('uses the emitter of a port that is both an emitter and an event target', () => {
    const both = Object.assign(new Worker(), { addEventListener: noop, removeEventListener: noop });
    const received: unknown[] = [];
    const subscription = messagesOf(both).subscribe((message) => received.push(message));
    both.emit('message', 1);
    subscription.unsubscribe();
    expect(received).to.deep.equal([1]);
  });

  it('leaves a worker without `start` to keep its thread alive', () => {
    const worker = new Worker();
    const subscription = messagesOf(worker).subscribe();
    expect(worker.isRef).to.equal(true);
    subscription.unsubscribe();
  });

  describe('of a port of Node', () => {
    let port: MessagePort & { hasRef(): boolean };
    let other: MessagePort;

    beforeEach(() => {
      const { port1, port2 } = new MessageChannel();
      port = port1 as typeof port;
      other = port2;
    });

    afterEach(() => {
      port.close();
    });

    it('emits messages that were sent before the subscription, in order', async () => {
      for (const message of ['a', 'b', undefined]) other.postMessage(message);
      const received: unknown[] = [];
      await new Promise<void>((resolve) => {
        messagesOf(port).subscribe((message) => {
          received.push(message);
          if (message === undefined) resolve();
        });
      });
      expect(received).to.deep.equal(['a', 'b', undefined]);
    });

    it('does not keep the thread alive', () => {
      messagesOf(port).subscribe();
      expect(port.hasRef()).to.equal(false);
    });

    it('keeps the thread alive for another listener', () => {
      port.on('message', noop);
      const subscription = messagesOf(port).subscribe();
      expect(port.hasRef()).to.equal(true);
      subscription.unsubscribe();
      expect([port.hasRef(), port.listenerCount('message')]).to.deep.equal([true, 1]);
    });
  });
});

describe('endOf', () => {
  /** What `endOf` has emitted. */
  const endsOf = (port: MessagePortLike): { readonly ends: unknown[]; readonly stop: () => void } => {
    const ends: unknown[] = [];
    const subscription = endOf(port).subscribe((end) => ends.push(end));
    return { ends, stop: () => subscription.unsubscribe() };
  };

  it('emits when either side of a channel of Node is closed', async () => {
    for (const side of ['port1', 'port2'] as const) {
      const channel = new MessageChannel();
      const { ends } = endsOf(channel.port1);
      const closed = once(channel.port1, 'close');
      channel[side].close();
      await closed;
      expect(ends, side).to.have.length(1);
    }
  });

  it('emits when a worker of Node exits, and not when it fails a message', () => {
    const worker = new Worker();
    const { ends, stop } = endsOf(worker);
    worker.emit('messageerror', new Error('no'));
    worker.emit('exit', 3);
    expect(ends).to.deep.equal([3]);
    stop();
    expect(listening(worker)).to.equal(0);
  });

  it('emits when a port of a browser is closed', () => {
    const port = new PagePort();
    const { ends, stop } = endsOf(port);
    port.dispatchEvent(new Event('message'));
    expect(ends).to.deep.equal([]);
    port.dispatchEvent(new Event('close'));
    stop();
    port.dispatchEvent(new Event('close'));
    expect(ends).to.have.length(1);
  });
});
