import { SinkError } from '../errors/sink-error.js';
import { tryGet } from '../internal/try-get.js';
import type { AttemptContext } from '../sink/sink.js';
import { isPool, type PostgresClient, type PostgresQuery } from './postgres-client.js';
import { isErrorOfEvents, postgresError } from './postgres-error.js';

/** The connection of one attempt: its statements run one after another. */
interface Connection {
  readonly query: PostgresQuery;
  /** Returns a pool's connection to the pool, or closes it if `destroy` is true. */
  release(destroy: boolean): void;
}

/** Opens a connection for one attempt. */
export type Connect = () => PromiseLike<Connection>;

export function connectionsOf(client: PostgresClient): Connect {
  if (!isPool(client)) return () => Promise.resolve({ query: (text, values) => client.query(text, values), release: nothing });
  return () =>
    new Promise((resolve, reject) => {
      if (client.ending === true) throw new SinkError('write_failed', 'The pool has ended', { code: 'POOL_ENDED', retryable: false });
      client.connect((error, connection) => {
        if (connection === undefined) {
          reject(error ?? new Error('No connection'));
          return;
        }
        // A connection that breaks between two statements emits an error, which would end the process without a listener. The next statement fails,
        // too. A callback of `connect`'s promise would be too late for an error that arrives together with the server's greeting.
        connection.on?.('error', nothing);
        resolve({
          query: (text, values) => connection.query(text, values),
          release(destroy) {
            connection.removeListener?.('error', nothing);
            connection.release(destroy);
          },
        });
      });
    });
}

/**
 * Runs `work` with its own connection, and settles immediately when the attempt is aborted.
 *
 * After an abort, a pool's connection is closed, because a statement may still be running on it. It is also closed after every error that the events
 * didn't cause, since the server may be about to end it.
 *
 * @returns rejects with a `SinkError`
 */
export function withConnection(
  connect: Connect,
  context: AttemptContext | undefined,
  work: (query: PostgresQuery) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let connection: Connection | undefined;
    let isAborted = false;
    let isBroken = false;

    const release = (): void => {
      const released = connection;
      connection = undefined;
      // An error here doesn't change what is stored.
      tryGet(() => released?.release(isAborted || isBroken));
    };
    const query = async (text: string, values: unknown[]): Promise<unknown> => {
      if (connection === undefined) throw new SinkError('timeout', 'The attempt was aborted');
      try {
        return await connection.query(text, values);
      } catch (error) {
        isBroken ||= !isErrorOfEvents(error);
        throw error;
      }
    };
    const run = async (): Promise<void> => {
      if (isAborted) return;
      connection = await connect();
      if (isAborted) return;
      await work(query);
    };

    const forget = whenAborted(context, () => {
      isAborted = true;
      release();
      reject(new SinkError('timeout', 'The attempt was aborted'));
    });
    run()
      .then(resolve, (error: unknown) => {
        reject(postgresError(error));
      })
      .finally(() => {
        forget();
        release();
      });
  });
}

/**
 * Uses `onAbort` if it exists: reading the signal of a lane's context would create it.
 *
 * @returns removes the listener: other callers may share one signal among all attempts
 */
function whenAborted(context: AttemptContext | undefined, work: () => void): () => void {
  if (context === undefined) return nothing;
  if (context.onAbort !== undefined) {
    context.onAbort(work);
    return nothing;
  }
  const { signal } = context;
  if (signal.aborted) work();
  else signal.addEventListener('abort', work, { once: true });
  return () => {
    signal.removeEventListener('abort', work);
  };
}

export const nothing = (): void => undefined;
