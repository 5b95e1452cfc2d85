import { expect } from 'chai';
import { asyncScheduler, from, map, Subject, throwError, timer } from 'rxjs';
import { batchOf } from '../../lib/event/batch-of.js';
import type { EventBatch } from '../../lib/event/event.js';
import { fanOut } from '../../lib/operators/fan-out.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { describeOperatorContract } from '../../lib/testing/describe-operator-contract.js';
import { marbles } from '../../lib/testing/marbles.js';
import { namedSink } from '../support/sink-of.js';

const batchNamed = (id: string): EventBatch<string> => batchOf({ id, sequence: 1, createdAt: 0, events: [id], reason: 'count' });
const batches = { a: batchNamed('a'), b: batchNamed('b') };

describe('fanOut', () => {
  describeOperatorContract('fanOut', {
    create: () => fanOut<string>([namedSink<string>('one'), namedSink<string>('two')]),
    values: [batchNamed('a'), batchNamed('b'), batchNamed('c')],
  });

  it('delivers every batch to every sink', () => {
    const seen: string[] = [];
    from(Object.values(batches))
      .pipe(fanOut([namedSink<string>('one'), namedSink<string>('two')]))
      .subscribe(({ sink, batch, status }) => seen.push(`${sink} ${batch.id} ${status}`));
    expect(seen).to.deep.equal(['one a delivered', 'two a delivered', 'one b delivered', 'two b delivered']);
  });

  it('delivers to each sink independently of the others', () => {
    const seen: string[] = [];
    marbles(() => {
      const sinks = [
        namedSink<string>('slow', () => timer(500)),
        namedSink<string>('failing', () => throwError(() => new Error('boom'))),
        namedSink<string>('good'),
      ];
      from(Object.values(batches))
        .pipe(fanOut(sinks, { retry: { maxAttempts: 2, jitter: 'none' } }))
        .subscribe(({ sink, batch, status }) => seen.push(`${String(asyncScheduler.now())} ${sink} ${batch.id} ${status}`));
    });
    expect(seen.filter((line) => line.includes('good'))).to.deep.equal(['0 good a delivered', '0 good b delivered']);
    expect(seen.filter((line) => line.includes('slow'))).to.deep.equal(['500 slow a delivered', '1000 slow b delivered']);
    expect(seen.filter((line) => line.includes('failing'))).to.deep.equal(['500 failing a failed', '1000 failing b failed']);
  });

  it('delivers to a sink that is added later', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('  --a-----b-----|', batches);
      const subs = '         ^-------------!';
      const sinks = hot('    x----y---------', { x: namedSink<string>('x'), y: namedSink<string>('y') });
      const sinksSubs = '    ^-------------!';
      const expected = '     --a-----(bc)--|';
      expectObservable(
        source.pipe(
          fanOut(sinks),
          map(({ sink, batch }) => sink + batch.id),
        ),
      ).toBe(expected, { a: 'xa', b: 'xb', c: 'yb' });
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(sinks.subscriptions).toBe(sinksSubs);
    });
  });

  it('settles everything before it completes or fails like its source', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold(' (ab#)', batches);
      const answer = cold(' ---|');
      const expected = '    ---a--(b#)';
      expectObservable(
        source.pipe(
          fanOut([namedSink<string>('one', () => answer)]),
          map(({ batch }) => batch.id),
        ),
      ).toBe(expected);
    });
  });

  it('fails when the Observable of sinks fails', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('  --a-----b--|', batches);
      const subs = '         ^----!';
      const sinks = hot('    x----#', { x: namedSink<string>('x') });
      const expected = '     --a--#';
      expectObservable(
        source.pipe(
          fanOut(sinks),
          map(({ batch }) => batch.id),
        ),
      ).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('completes with its source if there is no sink', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -a-|', batches);
      const expected = '    ---|';
      expectObservable(source.pipe(fanOut<string>([]))).toBe(expected);
    });
  });

  it('delivers to the sinks that were listed when it was called', () => {
    const sinks = [namedSink<string>('one')];
    const operator = fanOut(sinks);
    sinks.push(namedSink<string>('two'));
    const seen: string[] = [];
    from(Object.values(batches)).pipe(operator).subscribe(({ sink }) => seen.push(sink)); // prettier-ignore
    expect(seen).to.deep.equal(['one', 'one']);
  });

  it('throws for an invalid sink when called', () => {
    expect(() => fanOut([namedSink<string>('one'), { name: '' } as never])).to.throw(TypeError, 'Expected `sinks[1]` to be a sink');
    expect(() => fanOut(undefined as never)).to.throw(TypeError, 'Expected `sinks` to be an array');
  });

  it('throws for an invalid lane option when called', () => {
    expect(() => fanOut(new Subject<EventSink<string>>(), { concurrency: 0 })).to.throw(
      TypeError,
      'Expected `concurrency` to be an integer ≥ 1',
    );
  });
});
