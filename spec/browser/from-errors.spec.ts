import { expect } from 'chai';
import { ERROR_NOISE, fromErrors, type FromErrorsOptions, type PageErrorData } from '../../lib/browser/index.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { testCollector } from '../../lib/testing/test-collector.js';
import { CountingTarget } from './fake-page.js';

const bytesOf = (text: string): number => new TextEncoder().encode(text).byteLength;

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

  /** The data of all events while `happens` runs. */
  function seen(happens: () => void, options: FromErrorsOptions = {}): PageErrorData[] {
    const data: PageErrorData[] = [];
    const subscription = fromErrors({ window: page, ...options }).subscribe((event) => data.push(event.data));
    happens();
    subscription.unsubscribe();
    return data;
  }
  const seenOf = (reason: unknown, options?: FromErrorsOptions): PageErrorData | undefined =>
    seen(() => {
      reject(reason);
    }, options)[0];

  it('reports an uncaught error', () => {
    const error = new RangeError('Out of it');
    expect(
      seen(() => {
        throwOnPage({ error, message: 'Uncaught RangeError: Out of it', filename: 'https://example.org/app.js' });
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

  it('reports the message of a rejection, a string, or the type of another value', () => {
    const hostile = {
      get message() {
        throw new Error('no message for you');
      },
    };
    const reasons = [new TypeError('Not it'), 'out of luck', undefined, 12_345, { pin: 1234 }, { name: 'Abort', message: 'gone' }, hostile];
    expect(
      seen(() => {
        reasons.forEach(reject);
      }).map(({ code, message }) => [code, message]),
    ).to.deep.equal([
      ['TypeError', 'Not it'],
      ['Error', 'out of luck'],
      ['Error', 'A value of type undefined, not an error'],
      ['Error', 'A value of type number, not an error'],
      ['Error', 'A value of type object, not an error'],
      ['Abort', 'gone'],
      ['Error', 'A value of type object, not an error'],
    ]);
  });

  it('leaves out an error that throws when it is read, and reports the next one', () => {
    const reasons: unknown[] = [];
    fromErrors({ window: page }).subscribe({
      next: ({ data }) => reasons.push(data.message),
      error: () => reasons.push('ended'),
    });
    const unreadable = new Event('unhandledrejection');
    Object.defineProperty(unreadable, 'reason', {
      get: () => {
        throw new Error('Not for you');
      },
    });
    page.dispatchEvent(unreadable);
    reject('next');
    expect(reasons).to.deep.equal(['next']);
  });

  it('removes queries and fragments from URLs in the stack, the message and the component', () => {
    const error = new TypeError('Failed to fetch https://api.example/cart?token=1234#frag, sorry');
    error.stack = [
      `TypeError: ${error.message}`,
      '    at pay (https://example.org/app.js?token=1234:12:34)',
      '    at async https://example.org/lib.js#token=1234:5:6',
      'pay@https://example.org/app.js?token=(1234):12:34',
      'data:text/javascript,token=1234:1:2',
      'why? because',
    ].join('\n');
    const [data] = seen(() => {
      throwOnPage({ error, message: '', filename: 'https://example.org/app.js?token=1234#x' });
    });
    expect(data).to.deep.include({
      message: 'Failed to fetch https://api.example/cart, sorry',
      component: 'https://example.org/app.js',
      stackTrace: [
        'TypeError: Failed to fetch https://api.example/cart, sorry',
        '    at pay (https://example.org/app.js:12:34)',
        '    at async https://example.org/lib.js:5:6',
        'pay@https://example.org/app.js:12:34',
        'data:text/javascript:1:2',
        'why? because',
      ].join('\n'),
    });
  });

  it('truncates long messages and stacks, and keeps the frames', () => {
    const error = new Error('ä'.repeat(40_000));
    const data = seenOf(error);
    expect(bytesOf(data?.message ?? '')).to.be.within(1_020, 1_024);
    expect(data?.message).to.match(/^ä+…$/);
    expect(data?.stackTrace).to.include('from-errors.spec').and.to.not.include(error.message);

    error.stack = 'frame\n'.repeat(10_000);
    expect(bytesOf(seenOf(error)?.stackTrace ?? '')).to.be.within(16_380, 16_384);
    expect(bytesOf(seenOf(error, { maxStackBytes: 100 })?.stackTrace ?? '')).to.equal(100);
    expect(seenOf(error, { maxStackBytes: 0 })).not.to.have.property('stackTrace');
    expect(seenOf(error, { maxMessageBytes: 8 })?.message).to.equal('ää…');
    expect(seenOf(error, { maxMessageBytes: Infinity })?.message).to.have.lengthOf(40_000);
  });

  it('reads hostile texts in linear time', () => {
    for (const unit of ['://', 'https://?', '?)))))', 'data:a/b,', ':1:1:1', '://?:1)'])
      expect(seenOf(new Error(unit.repeat(200_000)))).to.have.property('code', 'Error');
  });

  it('follows `cause` and the errors of an AggregateError, once each', () => {
    const root = new RangeError('root');
    const cause = new TypeError('cause', { cause: root });
    Object.assign(root, { cause });
    const data = seenOf(new AggregateError([cause, 'text', new SyntaxError('other')], 'all failed', { cause: 'first' }));
    expect(data?.message).to.equal('all failed');
    expect(data?.causes?.map(({ code, message }) => [code, message])).to.deep.equal([
      ['Error', 'first'],
      ['TypeError', 'cause'],
      ['RangeError', 'root'],
      ['Error', 'text'],
      ['SyntaxError', 'other'],
    ]);
    expect(data?.causes?.[1]?.stackTrace).to.include('TypeError: cause');
  });

  it('bounds causes: their number, and the stacks of all together', () => {
    const many = Array.from({ length: 100 }, (_, n) => Object.assign(new Error(`Number ${String(n)}`), { stack: 'x'.repeat(5_000) }));
    const { causes = [], stackTrace = '' } = seenOf(new AggregateError(many)) ?? {};
    expect(causes).to.have.lengthOf(8);
    const stacks = [stackTrace, ...causes.map((cause) => cause.stackTrace ?? '')];
    expect(stacks.reduce((sum, stack) => sum + bytesOf(stack), 0)).to.be.at.most(16_384);
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(seenOf({ message: 'read', errors: proxy })?.message).to.equal('read');
  });

  describe('leaves out noise', () => {
    const happens = (): void => {
      throwOnPage({ error: null, message: 'Script error.', filename: '' });
      throwOnPage({ message: 'ResizeObserver loop completed with undelivered notifications.', filename: 'https://example.org/' });
      throwOnPage({ error: new Error('Injected'), filename: 'chrome-extension://abcdef/content.js' });
      reject(Object.assign(new Error('Injected'), { stack: 'Error: Injected\n    at f (moz-extension://abcdef/content.js:1:2)' }));
      throwOnPage({ error: new Error('Script error. Ours'), filename: 'https://example.org/app.js' });
      reject(Object.assign(new Error('see chrome-extension://help'), { stack: '' }));
    };
    const messages = (options?: FromErrorsOptions): string[] => seen(happens, options).map(({ message }) => message);
    const ours = ['Script error. Ours', 'see chrome-extension://help'];

    it('of browsers and their extensions, by default', () => {
      expect(messages()).to.deep.equal(ours);
      expect(messages({ ignore: [] })).to.have.lengthOf(6);
      expect(messages({ ignore: [] })[0]).to.equal('Script error.');
    });

    it('by text, pattern and function', () => {
      expect(messages({ ignore: [...ERROR_NOISE, 'example.org/app'] })).to.deep.equal([ours[1]]);
      // With the flag `g`, `test` would match every other time.
      expect(messages({ ignore: [/e/g] })).to.deep.equal([]);
      expect(messages({ ignore: [...ERROR_NOISE, ({ message }) => message.startsWith('see')] })).to.deep.equal([ours[0]]);
    });

    it('reports an error if the function throws', () => {
      const ignore = [
        () => {
          throw new Error('Broken');
        },
      ];
      expect(messages({ ignore })).to.have.lengthOf(6);
    });

    it('without counting it for the rate', () => {
      const weights: unknown[] = [];
      fromErrors({ window: page, perSecond: 1 }).subscribe(({ weight }) => weights.push(weight));
      for (let n = 0; n < 5; n += 1) reject('ResizeObserver loop limit exceeded');
      reject('ours');
      expect(weights).to.deep.equal([1]);
    });
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

  it('bounds each subscription by itself', () => {
    const weights: unknown[] = [];
    const errors$ = fromErrors({ window: page, perSecond: 1 });
    for (let n = 0; n < 2; n += 1) errors$.subscribe(({ weight }) => weights.push(weight));
    reject('a');
    expect(weights).to.deep.equal([1, 1]);
  });

  it('emits events that a collector accepts', async () => {
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sink] });
    const subscription = fromErrors({ window: page }).subscribe((event) => collector.collect(event));
    reject(new Error('lost'));
    await collector.shutdown();
    subscription.unsubscribe();
    expect(sink.events).to.have.lengthOf(1);
    expect(sink.events[0]).to.deep.include({ type: 'error_occurred', category: 'error' });
  });

  it('listens while subscribed', () => {
    const subscription = fromErrors({ window: page }).subscribe();
    expect(page.listeners).to.deep.equal(['error', 'unhandledrejection']);
    subscription.unsubscribe();
    expect(page.listeners).to.deep.equal([]);
  });

  it('completes immediately without a page', () => {
    let isComplete = false;
    fromErrors().subscribe({ complete: () => (isComplete = true) });
    expect(isComplete).to.equal(true);
  });

  it('throws for invalid and unknown options', () => {
    expect(() => fromErrors({ perSecond: 0 })).to.throw(TypeError, 'Expected `perSecond` to be a finite number > 0, got `0` (number)');
    expect(() => fromErrors(5 as never)).to.throw(TypeError, 'Expected `options` to be an object, got `5` (number)');
    expect(() => fromErrors({ ignored: [] } as object)).to.throw(TypeError, 'Unknown option `ignored`. Did you mean `ignore`?');
    expect(() => fromErrors({ ignore: [5 as never] })).to.throw(
      TypeError,
      'Expected `ignore` to be an array of non-empty strings, RegExps and functions',
    );
    expect(() => fromErrors({ maxStackBytes: -1 })).to.throw(TypeError, 'Expected `maxStackBytes` to be an integer ≥ 0 or Infinity');
  });
});
