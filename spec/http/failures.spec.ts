import { expect } from 'chai';
import { SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import { Failures } from '../../lib/http/failures.js';

describe('Failures', () => {
  const batch = createBatch(['a', 'b', 'c'], 1);
  const rejected = new SinkError('rejected', 'No', { code: 'HTTP_400' });
  const tooLarge = new SinkError('too_large', 'Long');
  const unavailable = new SinkError('unavailable', 'Busy', { retryAfterMs: 3, cause: 'x' });

  it('is undefined if nothing failed', () => {
    expect(new Failures(batch).error).to.equal(undefined);
  });

  it('is the error itself if all events failed by it', () => {
    const failures = new Failures(batch);
    failures.add(unavailable, batch.events);
    expect(failures.error).to.equal(unavailable);
  });

  it('names the failed events if the others were delivered', () => {
    const failures = new Failures(batch);
    failures.add(rejected, ['b']);
    expect(failures.error).to.deep.include({ kind: 'rejected', code: 'HTTP_400', retryable: false, failed: ['b'] });
    expect(failures.error?.message).to.equal('No (1 of 3 events failed)');
  });

  it('counts an event named only in `rejected` among those refused, and not among the delivered', () => {
    const failures = new Failures(batch);
    failures.add(new SinkError('unavailable', 'In part', { failed: ['a'], rejected: ['b'] }), ['a', 'b']);
    expect(failures.error).to.deep.include({ failed: ['a', 'b'], rejected: ['b'] });
  });

  it('prefers errors that are retried to errors that halve the batch, and those to final ones', () => {
    const failures = new Failures(batch);
    failures.add(rejected, ['a']);
    failures.add(tooLarge, ['b']);
    expect(failures.error).to.deep.include({ kind: 'too_large', failed: ['a', 'b'] });
    failures.add(unavailable, ['c']);
    failures.add(rejected, []);
    expect(failures.error).to.include({ kind: 'unavailable', retryable: true, retryAfterMs: 3, cause: 'x' });
  });
});
