import { expect } from 'chai';
import { anEncoder } from '../../lib/http/encoder.js';
import { jsonEncoder } from '../../lib/http/json-encoder.js';

describe('anEncoder', () => {
  it('accepts encoders, and nothing else', () => {
    expect(anEncoder.accepts(jsonEncoder)).to.equal(true);
    const others = [
      undefined,
      null,
      'json',
      {},
      { ...jsonEncoder, contentType: '' },
      { ...jsonEncoder, contentType: 'a\r\nb: c' },
      { ...jsonEncoder, encode: 'json' },
    ];
    expect(others.filter((each) => anEncoder.accepts(each))).to.deep.equal([]);
  });
});
