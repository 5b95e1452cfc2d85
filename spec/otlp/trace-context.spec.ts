import { expect } from 'chai';
import { traceJson } from '../../lib/otlp/trace-context.js';

const traceId = '5b8efff798038103d269b633813fc60c';
const spanId = 'eee19b7ec3c1b174';

describe('traceJson', () => {
  it('writes the context of a span, as SpanContext has it', () => {
    expect(traceJson({ traceId, spanId, traceFlags: 1 })).to.equal(`,"flags":1,"traceId":"${traceId}","spanId":"${spanId}"`);
    expect(traceJson({ traceId, spanId, traceFlags: '01' })).to.equal(`,"flags":1,"traceId":"${traceId}","spanId":"${spanId}"`);
    expect(traceJson({ traceId })).to.equal(`,"traceId":"${traceId}"`);
  });

  it('reads a `traceparent`', () => {
    const expected = `,"flags":3,"traceId":"${traceId}","spanId":"${spanId}"`;
    expect(traceJson({ traceparent: `00-${traceId}-${spanId}-03` })).to.equal(expected);
    // A later version may have more fields; `ff` is invalid.
    expect(traceJson({ traceparent: `cc-${traceId}-${spanId}-03-more` })).to.equal(expected);
    expect(traceJson({ traceparent: `ff-${traceId}-${spanId}-03` })).to.equal('');
  });

  it('prefers ids that are set on their own', () => {
    expect(traceJson({ traceId, traceparent: `00-${traceId.replace('5', '6')}-${spanId}-03` })).to.equal(`,"traceId":"${traceId}"`);
  });

  it('writes ids in lower case', () => {
    expect(traceJson({ traceId: traceId.toUpperCase() })).to.equal(`,"traceId":"${traceId}"`);
  });

  const broken = {
    'a short trace id': { traceId: traceId.slice(1), spanId, traceFlags: 1 },
    'a trace id of zeros': { traceId: '0'.repeat(32), spanId },
    'a trace id with other characters': { traceId: traceId.replace('5', 'x'), spanId },
    'a trace id with a line break': { traceId: `${traceId}\n`, spanId },
    'a trace id that is no text': { traceId: 5, spanId },
    'a span without a trace': { spanId, traceFlags: 1 },
    'a broken traceparent': { traceparent: `00-${traceId}-${spanId}` },
    'a traceparent of zeros': { traceparent: `00-${'0'.repeat(32)}-${spanId}-01` },
  };
  for (const [name, metadata] of Object.entries(broken)) {
    it(`leaves out everything for ${name}`, () => {
      expect(traceJson(metadata)).to.equal('');
    });
  }

  it('leaves out a broken span id, and broken flags', () => {
    for (const wrong of ['', spanId.slice(1), '0'.repeat(16), 7, null])
      expect(traceJson({ traceId, spanId: wrong })).to.equal(`,"traceId":"${traceId}"`);
    for (const wrong of [-1, 256, 1.5, 'x', '001', NaN, true])
      expect(traceJson({ traceId, traceFlags: wrong })).to.equal(`,"traceId":"${traceId}"`);
  });
});
