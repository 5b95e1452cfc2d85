import { expect } from 'chai';
import { formOf, StoreLife, textsOf } from '../../lib/testing/store-life.js';
import { anEvent } from '../support/an-event.js';
import { MemoryStore } from '../support/memory-store.js';

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'resolved',
    (error: unknown) => (error as Error).message,
  );

describe('StoreLife', () => {
  let store: MemoryStore;

  beforeEach(() => {
    store = new MemoryStore();
  });

  const begin = (): StoreLife => new StoreLife(store.open(), 'sink', { event: anEvent(), timeoutMs: 5 });

  it('has the batches that an earlier run has stored', async () => {
    const first = begin();
    expect(await first.recovered()).to.deep.equal([]);
    const batches = [first.add('a', 'b'), first.add('c')];
    await first.stored(...batches);
    await first.close();
    const recovered = await begin().recovered();
    expect(textsOf(recovered)).to.deep.equal([['a', 'b'], ['c']]);
    expect(recovered.map(formOf)).to.deep.equal(batches.map(formOf));
  });

  it('gives every event an id of its own', async () => {
    const life = begin();
    await life.recovered();
    const ids = ['a', 'a'].flatMap((text) => life.batch([text, text]).events.map(({ id }) => id));
    expect(new Set(ids).size).to.equal(4);
  });

  it('forgets a batch that is replaced, for its parts', async () => {
    const life = begin();
    await life.recovered();
    const whole = life.add('a');
    const part = life.batch(['b']);
    life.replace(whole, [part]);
    await life.stored(part);
    await life.close();
    expect(textsOf(await begin().recovered())).to.deep.equal([['b']]);
  });

  it('explains what the store did not do in time, with the errors that it reported', async () => {
    const life = begin();
    await life.recovered();
    store.writeError = new Error('disk full');
    const batch = life.add('a');
    await life.reported();
    expect(await messageOf(life.stored(batch))).to.match(/^Expected the store to store 1 batches within 5 ms; it reported .*disk full/);
    expect(await messageOf(begin().reported())).to.equal('Expected the store to report an error within 5 ms');
  });

  it('reads a batch again only if the store can', async () => {
    store.canRead = false;
    const life = begin();
    await life.recovered();
    const batch = life.add('a');
    await life.stored(batch);
    expect(await life.read(batch)).to.equal(undefined);
  });
});
