import { expect } from 'chai';
import { ERROR_LIMITS, errorData, type PageErrorData } from '../../lib/browser/error-data.js';
import { forbidding } from '../support/hostile.js';

const bytesOf = (text: string): number => new TextEncoder().encode(text).byteLength;
const codesOf = ({ causes }: PageErrorData): unknown => causes?.map(({ code, message }) => `${code}: ${message}`);
const withStack = (message: string, stack: string): Error => Object.assign(new Error(message), { stack });

describe('errorData', () => {
  it('describes an error of the page that is not handled', () => {
    const error = withStack('lost', 'Error: lost\n    at f');
    expect(errorData(error)).to.deep.equal({
      code: 'Error',
      message: 'lost',
      severity: 'error',
      component: 'page',
      recovered: false,
      stackTrace: 'Error: lost\n    at f',
    });
  });

  it('uses the fallback for a value without a message, but not for its causes', () => {
    const messageOf = (thrown: unknown): string => errorData(thrown, 'page', 'fallback').message;
    expect([null, undefined, 7, {}, { message: '' }, { message: 7 }, ''].map(messageOf)).to.deep.equal(
      Array.from({ length: 7 }, () => 'fallback'),
    );
    expect(['text', { message: 'own' }].map(messageOf)).to.deep.equal(['text', 'own']);
    expect(codesOf(errorData({ cause: 7 }, 'page', 'fallback'))).to.deep.equal(['Error: A value of type number, not an error']);
  });

  it('never shows a value that is neither an error nor a string', () => {
    for (const value of [1234, { pin: 1234 }, 1234n, Symbol('1234'), ['1234'], () => 1234])
      expect(JSON.stringify(errorData(value))).to.not.include('1234');
  });

  it('treats properties that throw, and those of another type, as missing', () => {
    const unreadable = { code: 'Error', message: 'A value of type object, not an error' };
    for (const value of [forbidding(), { name: 7, message: {}, stack: [], cause: null, errors: { length: 1 } }]) {
      const data = errorData(value);
      expect(data).to.include(unreadable).and.to.not.have.any.keys('stackTrace', 'causes');
    }
  });

  it('limits message, name and component each', () => {
    const error = Object.assign(withStack('m'.repeat(20), ''), { name: 'n'.repeat(20) });
    const { message, code, component } = errorData(error, 'c'.repeat(20), undefined, { maxMessageBytes: 8, maxStackBytes: 0 });
    expect([message, code, component]).to.deep.equal(['mmmmm…', 'nnnnn…', 'ccccc…']);
    expect(errorData('x'.repeat(2_000)).message).to.satisfy((text: string) => bytesOf(text) === ERROR_LIMITS.maxMessageBytes);
  });

  it('removes queries from each text, also from the fallback and from causes', () => {
    const url = 'https://example.org/a?pin=1234#1234';
    const cause = Object.assign(withStack(url, 'at https://example.org/b?pin=1234:1:2'), { name: url });
    const data = errorData({ name: url, cause }, url, url);
    expect(JSON.stringify(data)).to.not.include('1234');
    expect(data).to.include({ code: 'https://example.org/a', message: 'https://example.org/a', component: 'https://example.org/a' });
    expect(data.causes?.[0]?.stackTrace).to.equal('at https://example.org/b:1:2');
  });

  it('shortens a long message within the stack, too, so that the frames remain', () => {
    const message = `$& $1 ${'m'.repeat(50)}`;
    const limits = { maxMessageBytes: 10, maxStackBytes: 40 };
    const { stackTrace } = errorData(withStack(message, `Error: ${message}\n    at f`), 'page', undefined, limits);
    expect(stackTrace).to.equal('Error: $& $1 m…\n    at f');
  });

  it('spends the bytes for stacks in order, from the error to its last cause', () => {
    const last = withStack('c', 'z'.repeat(10));
    const cause = Object.assign(withStack('b', 'y'.repeat(10)), { cause: last });
    const error = Object.assign(withStack('a', 'x'.repeat(10)), { cause });
    const { stackTrace, causes } = errorData(error, 'page', undefined, { maxMessageBytes: 8, maxStackBytes: 16 });
    expect([stackTrace, ...(causes ?? []).map((each) => each.stackTrace)]).to.deep.equal(['x'.repeat(10), 'yyy…', undefined]);
    expect(causes?.[1]).to.not.have.property('stackTrace');
  });

  it('lists a cause before the errors of an aggregate, and each before its own causes', () => {
    const errors = [new Error('2', { cause: '3' }), new AggregateError(['5'], '4')];
    expect(codesOf(errorData(new AggregateError(errors, '0', { cause: '1' })))).to.deep.equal([
      'Error: 1',
      'Error: 2',
      'Error: 3',
      'AggregateError: 4',
      'Error: 5',
    ]);
  });

  it('lists each value once, and never the error itself', () => {
    const error = new Error('0');
    const cause = new Error('1');
    cause.cause = new Error('2', { cause });
    Object.assign(error, { cause, errors: [cause, error, cause, undefined, null] });
    expect(codesOf(errorData(error))).to.deep.equal(['Error: 1', 'Error: 2']);
  });

  it('reads eight errors of an aggregate, however many it has', () => {
    const read: unknown[] = [];
    const errors = new Proxy(
      Array.from({ length: 1_000 }, (_, index) => String(index)),
      {
        get(target, key, receiver) {
          if (typeof key === 'string' && /^\d+$/.test(key)) read.push(key);
          return Reflect.get(target, key, receiver) as unknown;
        },
      },
    );
    expect(errorData({ errors }).causes).to.have.length(8);
    expect(read).to.have.length(8);
  });

  it('lists eight causes of a chain without end', () => {
    let made = 0;
    const endless = (): object => ({
      message: String((made += 1)),
      get cause() {
        return endless();
      },
    });
    expect(codesOf(errorData(endless()))).to.deep.equal(['2', '3', '4', '5', '6', '7', '8', '9'].map((message) => `Error: ${message}`));
    expect(made).to.be.below(20);
  });
});
