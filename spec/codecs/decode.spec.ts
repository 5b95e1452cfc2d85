import { expect } from 'chai';
import * as t from 'io-ts';
import { decode, DecodeError, isDecodeError } from '../../lib/codecs/decode.js';
import { leftOf, rightOf } from './sides.js';

describe('decode', () => {
  it('gives what the codec gives', () => {
    const value = { total: 1 };
    expect(rightOf(decode(t.type({ total: t.number }), value))).to.equal(value);
  });

  it('gives an error that holds faults, and not the value', () => {
    const error = leftOf(decode(t.type({ id: t.string, total: t.number }), { total: 's3cret' }));
    expect(error).to.be.an.instanceOf(DecodeError).and.to.include({ name: 'DecodeError', code: 'DECODE_FAILED' });
    expect(error.message).to.equal('Expected `id` to be string, got undefined\nExpected `total` to be number, got a string');
    expect(error.faults).to.deep.equal([
      { path: 'id', expected: 'string', got: 'undefined' },
      { path: 'total', expected: 'number', got: 'a string' },
    ]);
    expect(JSON.stringify(error) + String(error.stack)).to.not.include('s3cret');
  });

  it('has every fault, and speaks of the first twenty', () => {
    const error = leftOf(decode(t.array(t.number), Array<string>(1_000).fill('x')));
    expect(error.faults).to.have.length(1_000);
    expect(error.message.split('\n')).to.have.length(21);
    expect(error.message).to.match(/\nExpected `19` to be number, got a string\n… and 980 more$/);
  });

  it('takes a value for bad at which a codec throws, and keeps quiet about what it throws', () => {
    const getter = { get total(): never { throw new Error('s3cret'); } }; // prettier-ignore
    const error = leftOf(decode(t.type({ total: t.number }), getter));
    expect(error.message).to.equal("Expected the value to be { total: number }, got something that can't be read");
    expect(String(error.stack)).to.not.include('s3cret');
  });
});

describe('isDecodeError', () => {
  it('knows an error of another copy of the package by its brand', () => {
    const foreign = Object.defineProperty(new Error('x'), Symbol.for('rx-event-collector/DecodeError@1'), { value: true });
    expect([new DecodeError([]), foreign].map(isDecodeError)).to.deep.equal([true, true]);
  });

  it('takes nothing else for one', () => {
    expect([new Error('x'), null, undefined, 'DecodeError'].map(isDecodeError)).to.deep.equal([false, false, false, false]);
  });
});
