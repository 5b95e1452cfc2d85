import { expect } from 'chai';
import * as t from 'io-ts';
import { decode, DecodeError, isDecodeError } from '../../lib/codecs/decode.js';
import { leftOf, rightOf } from './sides.js';

describe('decode', () => {
  it('returns the result of the codec', () => {
    const value = { total: 1 };
    expect(rightOf(decode(t.type({ total: t.number }), value))).to.equal(value);
  });

  it('returns an error that has the faults, and not the value', () => {
    const error = leftOf(decode(t.type({ id: t.string, total: t.number }), { total: 's3cret' }));
    expect(error).to.be.an.instanceOf(DecodeError).and.to.include({ name: 'DecodeError', code: 'DECODE_FAILED' });
    expect(error.message).to.equal('Expected `id` to be string, got undefined\nExpected `total` to be number, got a string');
    expect(error.faults).to.deep.equal([
      { path: 'id', expected: 'string', got: 'undefined' },
      { path: 'total', expected: 'number', got: 'a string' },
    ]);
    expect(JSON.stringify(error) + String(error.stack)).to.not.include('s3cret');
  });

  it('has every fault, and prints the first twenty', () => {
    const error = leftOf(decode(t.array(t.number), Array<string>(1_000).fill('x')));
    expect(error.faults).to.have.length(1_000);
    expect(error.message.split('\n')).to.have.length(21);
    expect(error.message).to.match(/\nExpected `19` to be number, got a string\n… and 980 more$/);
  });

  it('treats a value for which the codec throws as invalid, and does not show the exception', () => {
    const getter = { get total(): never { throw new Error('s3cret'); } }; // prettier-ignore
    const error = leftOf(decode(t.type({ total: t.number }), getter));
    expect(error.message).to.equal("Expected the value to be { total: number }, got something that can't be read");
    expect(String(error.stack)).to.not.include('s3cret');
  });
});

describe('isDecodeError', () => {
  it('recognises an error of another copy of the package by its brand', () => {
    const foreign = Object.defineProperty(new Error('x'), Symbol.for('rx-event-collector/DecodeError@1'), { value: true });
    expect([new DecodeError([]), foreign].map(isDecodeError)).to.deep.equal([true, true]);
  });

  it('refuses other values', () => {
    expect([new Error('x'), null, undefined, 'DecodeError'].map(isDecodeError)).to.deep.equal([false, false, false, false]);
  });
});
