import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import { ClientTransport } from '../../lib/nats/client-transport.js';
import type { JetStreamPublisher } from '../../lib/nats/jet-stream-publisher.js';
import { forbidding } from '../support/hostile.js';

const MESSAGE = { subject: 'in', json: '{}', id: 'a' };
const named = (name: string, message = 'no', patch: object = {}): Error => Object.assign(new Error(message), { name }, patch);

describe('ClientTransport', () => {
  let published: unknown[][];
  let answer: () => Promise<unknown>;
  const js: JetStreamPublisher = {
    publish: (...args) => {
      published.push(args);
      return answer();
    },
  };

  beforeEach(() => {
    published = [];
    answer = () => Promise.resolve({});
  });

  /** Sends one event, and returns the error of the attempt; `undefined` if it was stored. */
  async function send(stream?: string): Promise<SinkError | undefined> {
    const ends: (SinkError | undefined)[] = [];
    const transport = new ClientTransport(js, stream);
    const attempt = transport.open(createBatch(['event'], 1), (error) => ends.push(error));
    const fault = transport.send(attempt, 0, MESSAGE);
    if (fault !== undefined) attempt.settle(0, fault);
    await setImmediate();
    expect(ends).to.have.length(1);
    return ends[0];
  }

  it('publishes the message with its id, and with the expected stream if there is one', async () => {
    expect([await send(), await send('S')]).to.deep.equal([undefined, undefined]);
    expect(published).to.deep.equal([
      ['in', '{}', { msgID: 'a', expect: {} }],
      ['in', '{}', { msgID: 'a', expect: { streamName: 'S' } }],
    ]);
  });

  it('passes an object of its own for each message, which a client may change', async () => {
    const transport = new ClientTransport(js, 'S');
    const attempt = transport.open(createBatch(['a', 'b'], 1), () => undefined);
    for (const index of [0, 1]) transport.send(attempt, index, MESSAGE);
    await setImmediate();
    const [first, second] = published.map(([, , options]) => (options as { readonly expect: object }).expect);
    expect(first).to.deep.equal(second);
    expect(first === second).to.equal(false);
  });

  for (const [name, kind, code] of [
    ['ClosedConnectionError', 'unavailable', 'NATS_CLOSED'],
    ['ConnectionError', 'unavailable', 'NATS_DISCONNECTED'],
    ['DrainingConnectionError', 'unavailable', 'NATS_DRAINING'],
    ['NoResponders', 'unavailable', 'NATS_NO_STREAM'],
    ['JetStreamNotEnabled', 'unavailable', 'NATS_NO_STREAM'],
    ['RequestError', 'unavailable', 'NATS_DISCONNECTED'],
    ['TimeoutError', 'timeout', 'NATS_TIMEOUT'],
    ['PermissionViolationError', 'rejected', 'NATS_NOT_PERMITTED'],
    ['SyntaxError', 'write_failed', 'NATS_NO_ACKNOWLEDGEMENT'],
    ['InvalidArgumentError', 'write_failed', 'NATS_NOT_PUBLISHED'],
    ['toString', 'write_failed', 'NATS_NOT_PUBLISHED'],
  ] as const) {
    it(`fails with ${code} for ${name}, whether it is thrown or rejected`, async () => {
      const cause = named(name);
      answer = () => Promise.reject(cause);
      expect(await send()).to.include({ kind, code, cause });
      answer = () => {
        throw cause;
      };
      expect(await send()).to.include({ kind, code, cause });
    });
  }

  it('finds the reason of a `RequestError` in its cause, and keeps the whole error', async () => {
    const cause = named('RequestError', 'no', { cause: named('NoResponders') });
    answer = () => Promise.reject(cause);
    expect(await send()).to.include({ code: 'NATS_NO_STREAM', cause });
  });

  it('recognises a message that is too long for the server', async () => {
    answer = () => Promise.reject(named('InvalidArgumentError', "'payload' max_payload size exceeded"));
    expect(await send()).to.include({ kind: 'too_large', code: 'NATS_MAX_PAYLOAD' });
  });

  it('reads the answer of a server that refuses', async () => {
    const apiError = (): object => ({ code: 400, err_code: 10_060, description: 'expected stream does not match' });
    answer = () => Promise.reject(named('JetStreamApiError', 'no', { apiError }));
    const error = await send();
    expect(error).to.include({ kind: 'rejected', code: 'NATS_10060' });
    expect(error?.rejected).to.deep.equal(['event']);
  });

  it('fails for errors that are none, or throw when they are read', async () => {
    const unreadable = named('JetStreamApiError', 'no', { apiError: () => expect.fail('no') });
    for (const reason of [undefined, 'text', { name: 'TimeoutError' }, forbidding(), unreadable]) {
      answer = () => Promise.reject(reason);
      expect(await send()).to.include({ kind: 'write_failed', code: 'NATS_NOT_PUBLISHED' });
    }
  });
});
