import { expect } from 'chai';
import { map, NEVER, of, timer } from 'rxjs';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { LaneStore, LaneStoreSession, StoreChange, StoredBatch } from '../../lib/lane/lane-spool.js';
import { laneStore } from '../../lib/lane/lane-store.js';
import { describeLaneStoreContract, type LaneStoreContract } from '../../lib/testing/index.js';

type Stored = Map<string, StoredBatch>;
type Test = readonly [name: string, body: () => void | Promise<void>];

const MAX_BYTES = 100_000;
const full = (): SinkError => new SinkError('unavailable', 'full', { code: 'SPOOL_FULL' });

const byPosition = (stored: Stored): StoredBatch[] => [...stored.values()].sort((a, b) => a.position - b.position);

function apply(stored: Stored, { put, remove }: StoreChange): void {
  for (const id of remove) stored.delete(id);
  for (const batch of put) stored.set(batch.id, batch);
}

/** A store in memory that is as it should be, with parts that a test may replace. */
function memoryStore(part: (stored: Stored) => Partial<LaneStoreSession> = () => ({})): LaneStore {
  const sinks = new Map<string, Stored>();
  return laneStore((sink) => {
    const stored = sinks.get(sink) ?? new Map<string, StoredBatch>();
    sinks.set(sink, stored);
    return {
      recover: () => Promise.resolve({ batches: byPosition(stored) }),
      write: (change) => {
        apply(stored, change);
        return undefined;
      },
      read: (id) => of(stored.get(id)?.json),
      close: () => undefined,
      ...part(stored),
    };
  });
}

/** Refuses what it has no capacity for, as a whole; what left is removed all the same. */
const bounded = (): LaneStore =>
  memoryStore((stored) => ({
    write: (change) => {
      const isTooLarge = change.put.some(({ json }) => json.length > MAX_BYTES);
      apply(stored, isTooLarge ? { put: [], remove: change.remove } : change);
      if (isTooLarge) throw full();
      return undefined;
    },
  }));

const unavailable = (): LaneStore => memoryStore(() => ({ recover: () => Promise.reject(full()) }));

describeLaneStoreContract('a store in memory', { create: () => memoryStore(), crash: (store) => store, bounded, failing: unavailable });

describeLaneStoreContract('a store that answers later', {
  create: () =>
    memoryStore((stored) => ({
      write: (change) => {
        apply(stored, change);
        return timer(2);
      },
      read: (id) => timer(2).pipe(map(() => stored.get(id)?.json)),
      close: () => timer(2),
    })),
});

describe('describeLaneStoreContract', () => {
  function testsOf(contract: LaneStoreContract): readonly Test[] {
    const tests: Test[] = [];
    describeLaneStoreContract('it', { timeoutMs: 200, ...contract }, {
      describe: (_name, body) => {
        body();
      },
      it: (...test) => tests.push(test),
    }); // prettier-ignore
    return tests;
  }

  /** Runs the suite, and returns each test that fails with its message. */
  async function failures(contract: LaneStoreContract): Promise<Map<string, string>> {
    const failed = new Map<string, string>();
    const run = async ([name, body]: Test): Promise<void> => {
      try {
        await body();
      } catch (error) {
        failed.set(name, (error as Error).message);
      }
    };
    await Promise.all(testsOf(contract).map(run));
    return failed;
  }

  /** The names of the tests that a store fails. */
  const brokenBy = async (part: (stored: Stored) => Partial<LaneStoreSession>): Promise<string[]> => [
    ...(await failures({ create: () => memoryStore(part), crash: (store) => store })).keys(),
  ];

  it('refuses unknown options and suggests the nearest name', () => {
    expect(() => {
      describeLaneStoreContract('odd', { create: memoryStore, crashes: () => memoryStore() } as never);
    }).to.throw(TypeError, 'Unknown option `crashes`. Did you mean `crash`?');
  });

  it('cleans up after each test', async () => {
    let created = 0;
    let left = 0;
    const create = (): LaneStore => {
      created += 1;
      left += 1;
      return memoryStore();
    };
    expect(await failures({ create, teardown: () => (left -= 1) })).to.have.property('size', 0);
    expect(created).to.be.above(10);
    expect(left).to.equal(0);
  });

  it('finds a store that does not open', async () => {
    const found = await failures({ create: () => memoryStore(() => ({ recover: () => new Promise(() => undefined) })) });
    expect(found.get('is empty at first')).to.equal('Expected the store to open the store within 200 ms');
  });

  it('finds a store that loses batches', async () => {
    expect(await brokenBy(() => ({ write: () => undefined }))).to.include('returns what was put, in order');
  });

  it('finds a store that does not confirm', async () => {
    expect(await brokenBy(() => ({ write: () => NEVER }))).to.include('returns what was put, in order');
  });

  it('finds a store that confirms before it has stored, when it closes', async () => {
    const found = await brokenBy((stored) => ({
      write: (change) => {
        timer(5).subscribe(() => {
          apply(stored, change);
        });
        return undefined;
      },
    }));
    expect(found).to.include.members([
      'stores what was put immediately before it was closed',
      'returns what it had confirmed after a crash',
    ]);
  });

  it('finds a store that does not remove', async () => {
    const found = await brokenBy((stored) => ({
      write: ({ put }) => {
        apply(stored, { put, remove: [] });
        return undefined;
      },
    }));
    expect(found).to.include.members(['forgets what is settled', 'puts parts in the place of their batch']);
  });

  it('finds a store that returns batches by time of storing instead of position', async () => {
    const found = await brokenBy((stored) => ({ recover: () => Promise.resolve({ batches: [...stored.values()] }) }));
    expect(found).to.include.members(['puts parts in the place of their batch', 'keeps the order of parts after twenty divisions']);
  });

  it('finds a store that rounds positions', async () => {
    const found = await brokenBy((stored) => ({
      write: ({ put, remove }) => {
        apply(stored, { put: put.map((batch) => ({ ...batch, position: Math.round(batch.position * 1_000) / 1_000 })), remove });
        return undefined;
      },
    }));
    expect(found).to.include('keeps the order of parts after twenty divisions');
  });

  it('finds a store that temporarily keeps a batch together with its parts', async () => {
    const found = await brokenBy((stored) => ({
      write: ({ put, remove }) => {
        apply(stored, { put, remove: [] });
        timer(10).subscribe(() => {
          apply(stored, { put: [], remove });
        });
        return timer(20);
      },
    }));
    expect(found).to.include('has the parts of a batch or the batch after a crash, and never both');
  });

  it('finds a store that mixes up sinks', async () => {
    const stored: Stored = new Map();
    const found = await failures({
      create: () => {
        stored.clear();
        return memoryStore(() => ({
          recover: () => Promise.resolve({ batches: byPosition(stored) }),
          write: (change) => {
            apply(stored, change);
            return undefined;
          },
        }));
      },
    });
    expect([...found.keys()]).to.include('keeps the batches of each sink apart');
  });

  it('finds a store that changes text', async () => {
    const found = await brokenBy((stored) => ({
      write: ({ put, remove }) => {
        apply(stored, { put: put.map((batch) => ({ ...batch, json: batch.json.replaceAll('\u2028', ' ') })), remove });
        return undefined;
      },
    }));
    expect(found).to.deep.equal(['keeps any text']);
  });

  it('finds a store that reads nothing, or something else', async () => {
    const TEST = 'reads a batch again, if it can';
    expect(await brokenBy(() => ({ read: () => of(undefined) }))).to.deep.equal([TEST]);
    expect(await brokenBy(() => ({ read: () => NEVER }))).to.deep.equal([TEST]);
    expect(await brokenBy((stored) => ({ read: (id) => of(stored.get(id)?.json.replace('ä', 'a')) }))).to.deep.equal([TEST]);
  });

  it('finds a store that does not close', async () => {
    const found = await failures({ create: () => memoryStore(() => ({ close: () => NEVER })) });
    expect(found.get('is closed once, whatever happens afterwards')).to.equal('Expected the store to close within 200 ms');
  });

  it('finds a store that fails when it is closed', async () => {
    const found = await brokenBy(() => ({
      close: () => {
        throw new Error('busy');
      },
    }));
    expect(found).to.include('is closed once, whatever happens afterwards');
  });

  it('finds a store that hides damage, or returns it', async () => {
    const names = async (damaged: (batches: StoredBatch[]) => { batches: StoredBatch[]; damage?: SinkError }): Promise<string[]> => {
      let isDamaged = false;
      const create = (): LaneStore => {
        isDamaged = false;
        return memoryStore((stored) => ({
          recover: () => Promise.resolve(isDamaged ? damaged(byPosition(stored)) : { batches: byPosition(stored) }),
        }));
      };
      const found: string[] = [];
      for (const [name, body] of testsOf({ create, damage: () => (isDamaged = true) })) {
        await Promise.resolve(body()).catch(() => found.push(name));
      }
      return found;
    };
    const damage = new SinkError('write_failed', 'damaged', { code: 'SPOOL_DAMAGED' });
    const NAME = 'reports damage, returns what is readable, and continues';
    expect(await names((batches) => ({ batches: batches.filter((_, index) => index !== 1) }))).to.deep.equal([NAME]);
    expect(await names((batches) => ({ batches, damage }))).to.deep.equal([NAME]);
    expect(await names(() => ({ batches: [], damage }))).to.deep.equal([NAME]);
  });

  it('finds a store without a bound, and one that returns a batch whose remainder was refused', async () => {
    const REFUSAL = 'reports a batch that it refuses, and accepts others';
    const REMAINDER = 'does not return a batch whose remainder it has refused';
    const unbounded = await failures({ create: memoryStore, bounded: memoryStore });
    expect([...unbounded.keys()]).to.deep.equal([REFUSAL, REMAINDER]);
    const refusing = await failures({
      create: memoryStore,
      bounded: () =>
        memoryStore((stored) => ({
          write: (change) => {
            if (change.put.some(({ json }) => json.length > MAX_BYTES)) throw full();
            apply(stored, change);
            return undefined;
          },
        })),
    });
    expect([...refusing.keys()]).to.deep.equal([REMAINDER]);
  });

  it('finds a store that opens although it should fail', async () => {
    expect([...(await failures({ create: memoryStore, failing: memoryStore })).keys()]).to.deep.equal(['reports that it cannot be opened']);
  });
});
