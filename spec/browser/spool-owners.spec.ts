import { expect } from 'chai';
import { SpoolOwners } from '../../lib/browser/spool-owners.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { until } from '../support/until.js';
import { FakeLocks } from './fake-locks.js';

/** Runs until all promises have settled that wait for no other event. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('SpoolOwners', () => {
  const navigator = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  let stores = 0;
  let name: string;
  let locks: FakeLocks;
  let made: SpoolOwners[];

  beforeEach(() => {
    name = `store ${String((stores += 1))}`;
    locks = new FakeLocks();
    made = [];
    Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true });
  });

  afterEach(() => {
    for (const each of made) each.leave();
    if (navigator === undefined) Reflect.deleteProperty(globalThis, 'navigator');
    else Object.defineProperty(globalThis, 'navigator', navigator);
  });

  /** A page, or a worker. */
  const page = (of = name): SpoolOwners => {
    const owners = new SpoolOwners(of);
    made.push(owners);
    return owners;
  };
  const entered = async (of?: string): Promise<SpoolOwners> => {
    const owners = page(of);
    await owners.enter();
    return owners;
  };
  const ownLock = ({ me }: SpoolOwners): string => `${name} owner ${me}`;

  it('gives greater ids to those that start later', () => {
    expect(page().me < page().me).to.equal(true);
  });

  it('holds its own lock from `enter` on', async () => {
    const owners = page();
    expect(owners.isEntered).to.equal(false);
    const entering = owners.enter();
    expect(owners.isEntered).to.equal(true);
    await entering;
    await owners.enter();
    expect(locks.held).to.deep.equal([ownLock(owners)]);
  });

  it('has one leader, whom the others follow in the order in which they wait', async () => {
    const [first, second, third] = [page(), page(), page()];
    const led: string[] = [];
    expect([await first.lead(), await second.lead()]).to.deep.equal([true, false]);
    const next = [second.leadNext().then(() => led.push('second')), third.leadNext().then(() => led.push('third'))];
    await settled();
    expect(led).to.deep.equal([]);
    first.leave();
    await next[0];
    expect(led).to.deep.equal(['second']);
    second.leave();
    await next[1];
    expect(led).to.deep.equal(['second', 'third']);
  });

  it('has a leader for each store', async () => {
    expect([await page().lead(), await page(`${name} b`).lead()]).to.deep.equal([true, true]);
  });

  describe('watch', () => {
    it('returns those that live, and calls back once for each that ends', async () => {
      const [leader, first, second] = [await entered(), await entered(), await entered()];
      await entered(`${name} b`);
      const ended: string[] = [];
      const living = await leader.watch((owner) => ended.push(owner));
      expect([...living].sort()).to.deep.equal([leader.me, first.me, second.me]);
      expect([...locks.pending].sort()).to.deep.equal([ownLock(first), ownLock(second)]);
      second.leave();
      await settled();
      first.leave();
      await settled();
      expect(ended).to.deep.equal([second.me, first.me]);
    });

    it('calls back for those that start later, too', async () => {
      const leader = await entered();
      const ended: string[] = [];
      await leader.watch((owner) => ended.push(owner));
      const late = await entered();
      await until(() => locks.pending.length > 0);
      late.leave();
      await settled();
      expect(ended).to.deep.equal([late.me]);
    });

    it('calls back again for one that was suspended, and then entered again', async () => {
      const [leader, other] = [await entered(), await entered()];
      const ended: string[] = [];
      await leader.watch((owner) => ended.push(owner));
      other.suspend(false);
      await settled();
      expect([ended, locks.held]).to.deep.equal([[other.me], [ownLock(leader)]]);
      await other.enter();
      await until(() => locks.pending.length > 0);
      other.leave();
      await settled();
      expect(ended).to.deep.equal([other.me, other.me]);
    });

    it('waits once for each, however often it is named', async () => {
      const [leader, other] = [await entered(), await entered()];
      const ended: string[] = [];
      await leader.watch((owner) => ended.push(owner));
      const channel = new BroadcastChannel(name);
      for (const owner of [leader.me, other.me, 'last']) channel.postMessage(owner);
      channel.close();
      await until(() => ended.includes('last'));
      expect(locks.pending).to.deep.equal([ownLock(other)]);
    });

    it('ignores messages of others on its channel', async () => {
      const leader = await entered();
      const ended: string[] = [];
      await leader.watch((owner) => ended.push(owner));
      const channel = new BroadcastChannel(name);
      for (const message of [7, null, { owner: 'a' }, leader.me]) channel.postMessage(message);
      channel.close();
      (await entered()).leave();
      await until(() => ended.length > 0);
      expect(ended).to.have.length(1);
    });
  });

  describe('suspend', () => {
    it('releases the lead, and keeps the own lock on request', async () => {
      const owners = await entered();
      await owners.lead();
      owners.suspend(true);
      await settled();
      expect([locks.held, owners.isEntered]).to.deep.equal([[ownLock(owners)], true]);
      owners.suspend(false);
      await settled();
      expect([locks.held, owners.isEntered]).to.deep.equal([[], false]);
    });

    it('lets all of it begin again', async () => {
      const owners = await entered();
      await owners.lead();
      owners.suspend(false);
      await owners.enter();
      expect([await owners.lead(), locks.held]).to.deep.equal([true, [ownLock(owners), name]]);
    });

    it('ends the wait for the lead, and for the others', async () => {
      const [leader, other, next] = [await entered(), await entered(), page()];
      await leader.lead();
      const called: string[] = [];
      await leader.watch((owner) => called.push(owner));
      next.leadNext().then(
        () => called.push('led'),
        () => called.push('failed'),
      );
      next.suspend(false);
      leader.suspend(false);
      other.leave();
      await settled();
      expect([called, locks.held]).to.deep.equal([[], []]);
    });

    it('releases a lock that is granted only afterwards', async () => {
      const owners = page();
      const leading = owners.lead();
      owners.suspend(false);
      await leading;
      await settled();
      expect(locks.held).to.deep.equal([]);
    });

    it('releases the lead if it was asked for twice', async () => {
      const owners = page();
      expect([await owners.lead(), await owners.lead()]).to.deep.equal([true, false]);
      owners.suspend(false);
      await settled();
      expect(locks.held).to.deep.equal([]);
    });
  });

  it('can do nothing after `leave`', async () => {
    const owners = await entered();
    owners.leave();
    await settled();
    expect(locks.held).to.deep.equal([]);
    for (const attempt of [owners.enter(), owners.lead(), owners.leadNext()]) {
      const error: unknown = await attempt.catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(SinkError).that.includes({ kind: 'write_failed', code: 'SPOOL_CLOSED' });
    }
  });

  it('fails with the reason if locks are blocked, and holds none', async () => {
    const owners = page();
    locks.isBlocked = true;
    for (const attempt of [owners.enter(), owners.lead(), owners.leadNext()]) {
      const error: unknown = await attempt.catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(SinkError).that.includes({
        code: 'SPOOL_UNAVAILABLE',
        message: 'The lock could not be taken: SecurityError (Locks are blocked)',
      });
    }
    expect(owners.isEntered).to.equal(false);
    locks.isBlocked = false;
    await owners.enter();
    expect(locks.held).to.deep.equal([ownLock(owners)]);
  });
});
