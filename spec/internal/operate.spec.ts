import { expect } from 'chai';
import { Observable, of, Subject, take, throwError } from 'rxjs';
import { operate } from '../../lib/internal/operate.js';

/** Notes what a stream emits and how it ends. */
function watch(stream$: Observable<unknown>): unknown[] {
  const seen: unknown[] = [];
  stream$.subscribe({
    next: (value) => seen.push(value),
    error: (error: unknown) => seen.push(String(error)),
    complete: () => seen.push('complete'),
  });
  return seen;
}

const copy = operate<number, number>((destination) => ({
  next: (value) => {
    destination.next(value);
  },
}));

describe('operate', () => {
  it('forwards error and completion by default', () => {
    expect(watch(of(1, 2).pipe(copy))).to.deep.equal([1, 2, 'complete']);
    expect(watch(throwError(() => new Error('no')).pipe(copy))).to.deep.equal(['Error: no']);
  });

  it('stops a synchronous source as soon as downstream has enough', () => {
    let produced = 0;
    const source = new Observable<number>((subscriber) => {
      while (!subscriber.closed && produced < 1_000) subscriber.next((produced += 1));
    });
    expect(watch(source.pipe(copy, take(2)))).to.deep.equal([1, 2, 'complete']);
    expect(produced).to.equal(2);
  });

  it('sets up once per subscription', () => {
    let setUps = 0;
    const counted = of(1).pipe(operate<number, number>(() => ((setUps += 1), { next: () => undefined })));
    watch(counted);
    watch(counted);
    expect(setUps).to.equal(2);
  });

  it('passes errors of a handler downstream, and unsubscribes from the source', () => {
    const fail = (): never => {
      throw new Error('handler');
    };
    const source = new Subject<number>();
    const seen = watch(source.pipe(operate<number, number>(() => ({ next: fail }))));
    source.next(1);
    expect(seen).to.deep.equal(['Error: handler']);
    expect(source.observed).to.equal(false);
    expect(watch(of(1).pipe(operate<number, number>(() => ({ next: () => undefined, complete: fail }))))).to.deep.equal(['Error: handler']);
  });

  it('does not subscribe to the source if the setup has ended the result', () => {
    const source = new Subject<number>();
    const ended = operate<number, number>((destination) => {
      destination.complete();
      return { next: () => undefined };
    });
    expect(watch(source.pipe(ended))).to.deep.equal(['complete']);
    expect(source.observed).to.equal(false);
  });
});
