import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { SinkError } from '../../lib/errors/sink-error.js';
import { connectionsOf, withConnection } from '../../lib/postgres/attempt-connection.js';
import type { PostgresQuery } from '../../lib/postgres/postgres-client.js';

const client = { query: () => Promise.resolve({ rows: [] }) };
const select = async (query: PostgresQuery): Promise<void> => {
  await query('select 1', []);
};
const failureOf = (work: Promise<void>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('withConnection', () => {
  it('leaves no listener on a signal that several attempts share', async () => {
    const { signal } = new AbortController();
    const connect = connectionsOf(client);
    const attempt = withConnection(connect, { signal, attempt: 1 }, select);
    expect(getEventListeners(signal, 'abort')).to.have.length(1);
    await attempt;
    await failureOf(withConnection(connect, { signal, attempt: 2 }, () => Promise.reject(new Error('gone'))));
    expect(getEventListeners(signal, 'abort')).to.have.length(0);
  });

  it('settles immediately when the attempt is aborted, and runs no further statement', async () => {
    const controller = new AbortController();
    const statements: string[] = [];
    const slow = {
      query: (text: string) => {
        statements.push(text);
        return setImmediate();
      },
    };
    const failure = failureOf(
      withConnection(connectionsOf(slow), { signal: controller.signal, attempt: 1 }, async (query) => {
        await query('first', []);
        await query('second', []);
      }),
    );
    await Promise.resolve();
    await Promise.resolve();
    controller.abort();
    expect(((await failure) as SinkError).kind).to.equal('timeout');
    await setImmediate();
    expect(statements).to.deep.equal(['first']);
  });

  it('does not connect for an attempt that is already aborted', async () => {
    let connections = 0;
    const connect = connectionsOf({
      query: () => {
        connections += 1;
        return Promise.resolve();
      },
    });
    const failure = await failureOf(withConnection(connect, { signal: AbortSignal.abort(), attempt: 1 }, select));
    expect((failure as SinkError).kind).to.equal('timeout');
    expect(connections).to.equal(0);
  });
});
