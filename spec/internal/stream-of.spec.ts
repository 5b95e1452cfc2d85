import { expect } from 'chai';
import { Subject, take } from 'rxjs';
import { streamOf } from '../../lib/internal/stream-of.js';

describe('streamOf', () => {
  it('emits and ends like the subject', () => {
    const subject = new Subject<number>();
    const seen: unknown[] = [];
    streamOf(subject).subscribe({ next: (value) => seen.push(value), error: (error: unknown) => seen.push(error) });
    subject.next(1);
    subject.error('broken');
    expect(seen).to.deep.equal([1, 'broken']);
  });

  it('leaves the subject as soon as its observer does', () => {
    const subject = new Subject<number>();
    streamOf(subject).pipe(take(1)).subscribe();
    subject.next(1);
    expect(subject.observed).to.equal(false);
  });

  it('has no path to the subject', () => {
    expect(streamOf(new Subject())).to.not.have.property('source');
  });
});
