import { fold, type Either } from 'fp-ts/lib/Either.js';

/** What was wrong. */
export const leftOf = <L>(either: Either<L, unknown>): L =>
  fold<L, unknown, L>(
    (left) => left,
    () => {
      throw new Error('Expected a Left, got a Right');
    },
  )(either);

/** What came out. */
export const rightOf = <R>(either: Either<unknown, R>): R =>
  fold<unknown, R, R>(
    () => {
      throw new Error('Expected a Right, got a Left');
    },
    (right) => right,
  )(either);
