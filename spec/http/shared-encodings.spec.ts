import { expect } from 'chai';
import { createBatch } from '../../lib/event/batch-of.js';
import type { Encoder } from '../../lib/http/encoder.js';
import { SharedEncodings } from '../../lib/http/shared-encodings.js';

describe('SharedEncodings', () => {
  let calls: number;
  let encoder: Encoder<unknown>;
  const batch = createBatch([{}], 1);

  beforeEach(() => {
    calls = 0;
    encoder = { contentType: 'text/plain', encode: () => String((calls += 1)) };
  });

  it('is one for each encoder', () => {
    expect(SharedEncodings.of(encoder)).to.equal(SharedEncodings.of(encoder));
    expect(SharedEncodings.of(encoder)).not.to.equal(SharedEncodings.of({ ...encoder }));
  });

  it('encodes a batch once until all sinks have settled it', () => {
    const shared = SharedEncodings.of(encoder);
    shared.join();
    shared.join();
    const encoding = shared.get(batch);
    expect(shared.get(batch)).to.equal(encoding);
    shared.done(batch);
    expect(shared.get(batch)).to.equal(encoding);
    shared.done(batch);
    expect(shared.get(batch)).not.to.equal(encoding);
    expect(calls).to.equal(2);
  });

  it('does not wait for closed sinks', () => {
    const shared = SharedEncodings.of(encoder);
    shared.join();
    shared.join();
    const encoding = shared.get(batch);
    shared.leave();
    shared.done(batch);
    expect(shared.get(batch)).not.to.equal(encoding);
  });

  it('keeps no failed encoding', () => {
    const failing: Encoder<unknown> = {
      contentType: 'text/plain',
      encode: () => {
        throw new Error('no');
      },
    };
    expect(() => SharedEncodings.of(failing).get(batch)).to.throw('no');
    SharedEncodings.of(failing).done(batch);
  });
});
