import { isFunction, isObject, type Expectation } from '../internal/check-option.js';

/** Runs one statement; parameters are `$1`, `$2` … Must reject with an error whose `code` is an SQLSTATE; any other error counts as one of the connection. */
export type PostgresQuery = (text: string, values: unknown[]) => PromiseLike<unknown>;

/** The part of a connected `Client` of `pg` that the sink uses. */
export interface PostgresClient {
  query(text: string, values: unknown[]): PromiseLike<unknown>;
  on?(event: 'error', listener: () => void): unknown;
  removeListener?(event: 'error', listener: () => void): unknown;
}

/** The part of a `Pool` of `pg` that the sink uses. */
export interface PostgresPool extends PostgresClient {
  connect(done: (error: Error | undefined, client: PostgresPoolClient | undefined) => void): void;
  readonly totalCount: number;
  /** Whether `end` was called. */
  readonly ending?: boolean;
}

export interface PostgresPoolClient extends PostgresClient {
  /** Returns the connection to its pool, or closes it if `destroy` is true. */
  release(destroy?: boolean): void;
}

export const aClient: Expectation = {
  expected: 'a Pool or a Client of pg',
  accepts: (value) => isObject(value) && isFunction(value.query),
};

export const isPool = (client: PostgresClient): client is PostgresPool => 'totalCount' in client;
