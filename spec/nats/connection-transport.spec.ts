import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { isSinkError, type SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import { ConnectionTransport } from '../../lib/nats/connection-transport.js';
import type { NatsClient } from '../../lib/nats/nats-client.js';
import type { Unacknowledged } from '../../lib/nats/unacknowledged.js';
import { thrownBy } from '../support/attempt.js';

const MESSAGE = { subject: 'in', json: '{}', id: 'a' };

describe('ConnectionTransport', () => {
  let published: { readonly subject: string; readonly payload: string; readonly headers: string; readonly reply: string | undefined }[];
  let inboxes: string[];
  let watched: number;
  let state: { isClosed: boolean; isDraining: boolean; info: { readonly max_payload: number } | undefined };
  let publish: () => void;
  let close: (cause?: unknown) => void;
  let ends: (SinkError | undefined)[];

  const connection = (): NatsClient => {
    const closed = new Promise<unknown>((resolve) => (close = resolve));
    return {
      get info() {
        return state.info;
      },
      publish: (subject, payload, { headers, reply } = {}) => {
        publish();
        const bytes = (headers as { encode(): Uint8Array }).encode();
        published.push({ subject, payload, headers: new TextDecoder().decode(bytes), reply });
      },
      subscribe: (subject) => {
        inboxes.push(subject);
        return { unsubscribe: () => (inboxes = inboxes.filter((each) => each !== subject)) };
      },
      closed: () => {
        watched += 1;
        return closed;
      },
      isClosed: () => state.isClosed,
      isDraining: () => state.isDraining,
      status: () => ({
        async *[Symbol.asyncIterator]() {
          yield* [];
          await new Promise(() => undefined);
        },
      }),
    };
  };

  beforeEach(() => {
    published = [];
    inboxes = [];
    watched = 0;
    state = { isClosed: false, isDraining: false, info: { max_payload: 1_000 } };
    publish = () => undefined;
    ends = [];
  });

  const create = (stream?: string): ConnectionTransport => new ConnectionTransport(connection(), stream, '_INBOX');
  const open = (transport: ConnectionTransport, events: readonly string[] = ['event']): Unacknowledged<string> =>
    transport.open(createBatch(events, 1), (error) => ends.push(error));

  it('publishes with the id and the expected stream as headers, and a reply subject of its own for each event', () => {
    for (const stream of [undefined, 'S']) {
      const transport = create(stream);
      const attempt = open(transport, ['a', 'b']);
      for (const index of [0, 1]) expect(transport.send(attempt, index, MESSAGE)).to.equal(undefined);
      expect(published.map(({ reply }) => reply)).to.deep.equal([`${attempt.replyPrefix}0`, `${attempt.replyPrefix}1`]);
      expect(attempt.subjects).to.deep.equal(['in', 'in']);
      const expected = stream === undefined ? '' : 'Nats-Expected-Stream: S\r\n';
      expect(published.splice(0)[0]).to.include({ subject: 'in', payload: '{}', headers: `NATS/1.0\r\n${expected}Nats-Msg-Id: a\r\n\r\n` });
    }
  });

  it('measures headers and payload in bytes, and sends what just fits', () => {
    const transport = create();
    const attempt = open(transport);
    const room = 1_000 - 'NATS/1.0\r\nNats-Msg-Id: a\r\n\r\n'.length;
    const send = (json: string): string | undefined => transport.send(attempt, 0, { ...MESSAGE, json })?.code;
    expect([send('a'.repeat(room)), send('a'.repeat(room + 1))]).to.deep.equal([undefined, 'NATS_MAX_PAYLOAD']);
    expect([send('ü'.repeat(room / 2)), send('€'.repeat(Math.ceil((room + 1) / 3)))]).to.deep.equal([undefined, 'NATS_MAX_PAYLOAD']);
    expect(published).to.have.length(2);
  });

  it('uses one inbox for all attempts, and watches the end of the connection once', () => {
    const transport = create();
    open(transport);
    open(transport);
    expect([inboxes.length, watched]).to.deep.equal([1, 1]);
    transport.close();
    expect(inboxes).to.deep.equal([]);
    open(transport);
    expect([inboxes.length, watched]).to.deep.equal([1, 1]);
  });

  for (const [code, patch] of [
    ['NATS_CLOSED', { isClosed: true, isDraining: true }],
    ['NATS_DRAINING', { isDraining: true }],
    ['NATS_DISCONNECTED', { info: undefined }],
  ] as const) {
    it(`starts no attempt with ${code}, and opens no inbox`, () => {
      Object.assign(state, patch);
      const transport = create();
      expect(thrownBy(() => open(transport))).to.include({ kind: 'unavailable', code });
      expect([inboxes, watched]).to.deep.equal([[], 0]);
    });
  }

  it('names the state of the connection if publishing throws, or else the exception', () => {
    const transport = create();
    const attempt = open(transport);
    const cause = new Error('no');
    publish = () => {
      throw cause;
    };
    expect(transport.send(attempt, 0, MESSAGE)).to.include({ kind: 'write_failed', code: 'NATS_NOT_PUBLISHED', cause });
    state.info = undefined;
    expect(transport.send(attempt, 0, MESSAGE)).to.include({ code: 'NATS_DISCONNECTED' });
  });

  for (const [what, cause] of [
    ['with the reason', new Error('expired')],
    ['without one', undefined],
  ] as const) {
    it(`fails open attempts when the connection is closed, ${what}`, async () => {
      open(create());
      close(cause);
      await setImmediate();
      expect(ends[0]).to.include({ kind: 'unavailable', code: 'NATS_CLOSED' });
      expect(isSinkError(ends[0]) && ends[0].cause).to.equal(cause);
    });
  }

  it('needs no inbox to be closed', () => {
    create().close();
    expect(inboxes).to.deep.equal([]);
  });
});
