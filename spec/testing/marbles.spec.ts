import { expect } from 'chai';
import { delay, map, of, timer } from 'rxjs';
import { marbles } from '../../lib/testing/marbles.js';

/** The lines of the error that a failing marble test throws. */
function failure(run: Parameters<typeof marbles>[0]): string[] {
  try {
    marbles(run);
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  throw new Error('Expected the marble test to fail');
}

describe('marbles', () => {
  it('passes when observable and subscriptions are as expected', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -a-b-|', { a: 1, b: 2 });
      const expected = '    -a-b-|';
      const subs = '        ^----!';
      expectObservable(source.pipe(map((n) => n * 10))).toBe(expected, { a: 10, b: 20 });
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('draws expected over actual, and points at the first difference', () => {
    const lines = failure(({ cold, expectObservable }) => {
      expectObservable(cold('--a---b-|')).toBe('--a--b--|');
    });
    expect(lines).to.deep.equal([
      'Marbles differ at frame 5', //
      '  expected  --a--b--|',
      '  actual    --a---b-|',
      '                 ^',
    ]);
  });

  it('explains the values that a diagram cannot show', () => {
    const lines = failure(({ cold, expectObservable }) => {
      expectObservable(cold('-a-b|', { a: { n: 1 }, b: { n: 3 } })).toBe('-a-b|', { a: { n: 1 }, b: { n: 2 } });
    });
    expect(lines).to.deep.equal([
      'Marbles differ at frame 3',
      '  expected  -a-b|',
      '  actual    -a-A|',
      '               ^',
      '  a = {"n":1}',
      '  b = {"n":2}',
      '  A = {"n":3}',
    ]);
  });

  it('keeps columns under each other after a group', () => {
    const lines = failure(({ cold, expectObservable }) => {
      expectObservable(cold('-(ab)-c|')).toBe('-a----c|');
    });
    expect(lines).to.deep.equal([
      'Marbles differ at frame 1', //
      '  expected  -a----c|',
      '  actual    -(ab)-c|',
      '             ^',
    ]);
  });

  it('adds columns if a marble follows a group too soon', () => {
    const lines = failure(({ hot, expectObservable }) => {
      const source = hot('-ab|');
      expectObservable(source).toBe('-(ab)|');
    });
    expect(lines).to.deep.equal([
      'Marbles differ at frame 1', //
      '  expected  -(ab)   |',
      '  actual    -a   b|',
      '             ^',
    ]);
  });

  it('writes a long silence as a duration', () => {
    const lines = failure(({ expectObservable }) => {
      expectObservable(timer(30_000).pipe(map(() => 'a'))).toBe('29999ms (a|)');
    });
    expect(lines).to.deep.equal([
      'Marbles differ at frame 29999', //
      '  expected   29999ms (a|)',
      '  actual     29999ms -   (a|)',
      '                     ^',
    ]);
  });

  it('distinguishes two errors', () => {
    const lines = failure(({ cold, expectObservable }) => {
      expectObservable(cold('-#', {}, new Error('there'))).toBe('-#', {}, new Error('here'));
    });
    expect(lines).to.deep.equal([
      'Marbles differ at frame 1',
      '  expected  -#',
      '  actual    -!',
      '             ^',
      '  # = Error: here',
      '  ! = Error: there',
    ]);
  });

  it('shows unexpected marbles', () => {
    const lines = failure(({ cold, expectObservable }) => {
      expectObservable(cold('-a|')).toBe('---');
    });
    expect(lines.slice(0, 3)).to.deep.equal([
      'Marbles differ at frame 1', //
      '  expected  ---',
      '  actual    -a|',
    ]);
  });

  it('compares with another observable', () => {
    const lines = failure(({ cold, expectObservable }) => {
      expectObservable(cold('-a|')).toEqual(cold('--a|'));
    });
    expect(lines.slice(1, 3)).to.deep.equal([
      '  expected  --a|', //
      '  actual    -a|',
    ]);
  });

  it('draws the subscriptions that differ', () => {
    const lines = failure(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b-|');
      expectObservable(source, '^--!');
      expectSubscriptions(source.subscriptions).toBe(['^----!', '--^--!']);
    });
    expect(lines).to.deep.equal([
      'Subscriptions differ at frame 0', //
      '  expected  ^----!',
      '            --^--!',
      '  actual    ^--!',
    ]);
  });

  it('reports if there was no subscription', () => {
    const lines = failure(({ cold, expectSubscriptions }) => {
      expectSubscriptions(cold('-').subscriptions).toBe('(^!)');
    });
    expect(lines.slice(1)).to.deep.equal([
      '  expected  (^!)', //
      '  actual    (none)',
    ]);
  });

  it('runs asyncScheduler in virtual time', () => {
    marbles(({ expectObservable }) => {
      expectObservable(of('a').pipe(delay(60_000))).toBe('1m (a|)');
    });
  });

  it('refuses an asynchronous run, whose expectations would be checked too late', () => {
    const thenable = { then: () => undefined };
    for (const run of [(): unknown => Promise.resolve(), (): unknown => thenable]) {
      expect(() => {
        marbles(run);
      }).to.throw(TypeError, /synchronous/);
    }
  });
});
