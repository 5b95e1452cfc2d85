import { fold, type Either } from 'fp-ts/lib/Either.js';

/** The errors of a `Left`. */
export const leftOf = <L>(either: Either<L, unknown>): L =>
  fold<L, unknown, L>(
    (left) => left,
    () => {
      throw new Error('Expected a Left, got a Right');
    },
  )(either);

/** The value of a `Right`. */
export const rightOf = <R>(either: Either<unknown, R>): R =>
  fold<unknown, R, R>(
    () => {
      throw new Error('Expected a Right, got a Left');
    },
    (right) => right,
  )(either);
