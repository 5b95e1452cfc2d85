import { expect } from 'chai';
import { SinkError } from '../../lib/errors/sink-error.js';
import { failAs } from '../../lib/node/file-error.js';
import { thrownBy } from '../support/attempt.js';

const errorWith = (code: unknown): Error => Object.assign(new Error('no'), { code });

describe('failAs', () => {
  const cases: readonly (readonly [code: string, kind: string, retryable: boolean])[] = [
    ['ENOSPC', 'unavailable', true],
    ['EMFILE', 'unavailable', true],
    ['EACCES', 'write_failed', false],
    ['EISDIR', 'write_failed', false],
    ['EUNHEARDOF', 'write_failed', true],
  ];
  for (const [code, kind, retryable] of cases) {
    it(`converts ${code} of a write to ${kind}, ${retryable ? 'worth' : 'not worth'} a retry`, () => {
      const error = errorWith(code);
      expect(thrownBy(() => failAs('write_failed')(error))).to.include({ kind, code, retryable, cause: error, message: 'no' });
    });
  }

  it('keeps another kind, with the code of the system', () => {
    expect(thrownBy(() => failAs('flush_failed')(errorWith('EIO')))).to.include({ kind: 'flush_failed', code: 'EIO', retryable: true });
    expect(thrownBy(() => failAs('unavailable')(errorWith('EACCES')))).to.include({
      kind: 'unavailable',
      code: 'EACCES',
      retryable: false,
    });
  });

  it('throws a SinkError unchanged', () => {
    const error = new SinkError('rejected', 'no');
    expect(thrownBy(() => failAs('write_failed')(error))).to.equal(error);
  });

  it('accepts values without a code or message', () => {
    for (const value of [undefined, null, 'odd', { code: 5 }])
      expect(thrownBy(() => failAs('write_failed')(value))).to.include({
        ...{ kind: 'write_failed', code: 'SINK_WRITE_FAILED', retryable: true },
        ...{ message: 'The file could not be written', cause: value },
      });
  });
});
