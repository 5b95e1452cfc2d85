import { expect } from 'chai';
import { fromErrors } from '../../lib/browser/index.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { testCollector } from '../../lib/testing/test-collector.js';
import { CountingTarget } from './fake-page.js';

describe('fromErrors', () => {
  let page: CountingTarget;

  beforeEach(() => {
    page = new CountingTarget();
  });

  const throwOnPage = (parts: object): void => {
    page.dispatchEvent(Object.assign(new Event('error'), parts));
  };
  const reject = (reason: unknown): void => {
    page.dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason }));
  };

  function told(happens: () => void): unknown[] {
    const seen: unknown[] = [];
    const subscription = fromErrors({ window: page }).subscribe(({ data }) => seen.push(data));
    happens();
    subscription.unsubscribe();
    return seen;
  }

  it('tells what nobody caught', () => {
    const error = new RangeError('Out of it');
    expect(
      told(() => {
        throwOnPage({ error, message: 'Uncaught RangeError: Out of it', filename: 'https://example.org/app.js?token=secret#x' });
      }),
    ).to.deep.equal([
      {
        code: 'RangeError',
        message: 'Out of it',
        severity: 'error',
        component: 'https://example.org/app.js',
        recovered: false,
        stackTrace: error.stack,
      },
    ]);
  });

  it('tells what little is known of the error of a foreign script', () => {
    expect(
      told(() => {
        throwOnPage({ error: null, message: 'Script error.', filename: '' });
      }),
    ).to.deep.equal([{ code: 'Error', message: 'Script error.', severity: 'error', component: 'page', recovered: false }]);
  });

  it('tells the message of a rejection, a string, or no more than the type', () => {
    const hostile = {
      get message() {
        throw new Error('no message for you');
      },
    };
    const reasons = [new TypeError('Not it'), 'out of luck', undefined, 12_345, { pin: 1234 }, { name: 'Abort', message: 'gone' }, hostile];
    expect(
      told(() => {
        reasons.forEach(reject);
      }).map((data) => [(data as { code: string }).code, (data as { message: string }).message]),
    ).to.deep.equal([
      ['TypeError', 'Not it'],
      ['Error', 'out of luck'],
      ['Error', 'Not an error, but of the type undefined'],
      ['Error', 'Not an error, but of the type number'],
      ['Error', 'Not an error, but of the type object'],
      ['Abort', 'gone'],
      ['Error', 'Not an error, but of the type object'],
    ]);
  });

  it('bounds a storm, and counts it', () => {
    const { collector, sink, scheduler, advance, shutdown } = testCollector();
    fromErrors({ window: page, perSecond: 2, scheduler }).subscribe((event) => collector.collect(event));
    for (let round = 0; round < 10; round += 1) reject('again');
    advance(1_000);
    reject('again');
    shutdown();
    expect(sink.events.map(({ weight, category }) => [weight, category])).to.deep.equal([
      [1, 'error'],
      [1, 'error'],
      [9, 'error'],
    ]);
  });

  it('takes errors of one subscription for itself', () => {
    const weights: unknown[] = [];
    const errors$ = fromErrors({ window: page, perSecond: 1 });
    for (let n = 0; n < 2; n += 1) errors$.subscribe(({ weight }) => weights.push(weight));
    reject('a');
    expect(weights).to.deep.equal([1, 1]);
  });

  it('makes events that a collector takes', async () => {
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sink] });
    const subscription = fromErrors({ window: page }).subscribe((event) => collector.collect(event));
    reject(new Error('lost'));
    await collector.shutdown();
    subscription.unsubscribe();
    expect(sink.events).to.have.lengthOf(1);
    expect(sink.events[0]).to.deep.include({ type: 'error_occurred', category: 'error' });
  });

  it('listens while it is subscribed to', () => {
    const subscription = fromErrors({ window: page }).subscribe();
    expect(page.listeners).to.deep.equal(['error', 'unhandledrejection']);
    subscription.unsubscribe();
    expect(page.listeners).to.deep.equal([]);
  });

  it('completes at once where there is no page', () => {
    let isComplete = false;
    fromErrors().subscribe({ complete: () => (isComplete = true) });
    expect(isComplete).to.equal(true);
  });

  it('refuses options outside their range', () => {
    expect(() => fromErrors({ perSecond: 0 })).to.throw(TypeError, 'Expected `perSecond` to be a finite number > 0, got `0` (number)');
    expect(() => fromErrors(5 as never)).to.throw(TypeError, 'Expected `options` to be an object, got `5` (number)');
    expect(() => fromErrors({ rate: 5 } as object)).to.throw(TypeError, 'Expected `rate` to be left out: the keys here are perSecond, ');
  });
});
