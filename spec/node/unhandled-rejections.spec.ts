import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as tick } from 'node:timers/promises';
import { expect } from 'chai';
import { UnhandledRejections } from '../../lib/node/unhandled-rejections.js';

const REJECTED = 'unhandledRejection';
const HANDLED = 'rejectionHandled';

type Emit = (this: unknown, event: string, ...args: readonly unknown[]) => boolean;
const emitter = process as unknown as { emit: Emit };

describe('UnhandledRejections', () => {
  let others: readonly NodeJS.UnhandledRejectionListener[];
  let replaced: PropertyDescriptor | undefined;
  let deliveries: (() => void)[];
  let calls: string[];
  let rejections: UnhandledRejections;

  /** The listeners of the test runner are set aside, and a `process.emit` that a package of another spec has replaced. */
  beforeEach(() => {
    others = process.rawListeners(REJECTED) as NodeJS.UnhandledRejectionListener[];
    process.removeAllListeners(REJECTED);
    replaced = Object.getOwnPropertyDescriptor(process, 'emit');
    unwrap();
    deliveries = [];
    calls = [];
    rejections = new UnhandledRejections(() => new Promise<void>((resolve) => deliveries.push(resolve)));
  });

  afterEach(async () => {
    for (const deliver of deliveries) deliver();
    await tick();
    process.removeAllListeners(REJECTED);
    process.removeAllListeners(HANDLED);
    rejections.stopListening();
    if (replaced !== undefined) Object.defineProperty(process, 'emit', replaced);
    for (const each of others) process.on(REJECTED, each);
  });

  const promise = Promise.resolve();
  const reject = (reason: unknown): boolean => process.emit(REJECTED, reason, promise);
  const hear =
    (name = 'heard') =>
    (reason: unknown) =>
      void calls.push(`${name} ${String(reason)}`);
  const hasOwnEmit = (): boolean => Object.hasOwn(process, 'emit');
  /** Another package that replaces `process.emit`. */
  function wrapped(): { readonly seen: unknown[]; readonly emit: Emit } {
    const original = emitter.emit;
    const seen: unknown[] = [];
    const emit: Emit = (event, ...args) => {
      seen.push(event);
      return original.call(process, event, ...args);
    };
    emitter.emit = emit;
    return { seen, emit };
  }
  const unwrap = (): void => {
    delete (emitter as Partial<typeof emitter>).emit;
  };

  it('calls listeners once the events are delivered, each listener with each rejection, in order', async () => {
    process.on(REJECTED, hear('first'));
    rejections.listen();
    process.on(REJECTED, hear('second'));
    expect([reject(1), reject(2), deliveries.length]).to.deep.equal([true, true, 1]);
    await tick();
    expect(calls).to.deep.equal([]);
    deliveries[0]?.();
    await tick();
    expect(calls).to.deep.equal(['first 1', 'second 1', 'first 2', 'second 2']);
    reject(3);
    expect(deliveries).to.have.length(2);
  });

  it('passes the promise on, and a later `rejectionHandled` after its rejection', async () => {
    const passed: unknown[] = [];
    process.on(REJECTED, (_reason, of) => passed.push(of));
    process.on(HANDLED, (of) => passed.push('handled', of));
    rejections.listen();
    process.emit(HANDLED, promise);
    expect(passed).to.deep.equal(['handled', promise]);
    reject(1);
    process.emit(HANDLED, promise);
    expect(passed.splice(0)).to.have.length(2);
    deliveries[0]?.();
    await tick();
    expect(passed).to.deep.equal([promise, 'handled', promise]);
  });

  it('leaves a rejection without a listener to Node, and delivers nothing for it', () => {
    rejections.listen();
    expect([reject(1), deliveries.length]).to.deep.equal([false, 0]);
  });

  it('passes other events on, and returns whether they had listeners', () => {
    process.on(REJECTED, hear());
    rejections.listen();
    (process as NodeJS.EventEmitter).once('of another package', (text: string) => calls.push(text));
    expect([process.emit('of another package' as never, 'careful' as never), process.emit('of another package' as never)]).to.deep.equal([
      true,
      false,
    ]);
    expect(calls).to.deep.equal(['careful']);
  });

  it('calls listeners in the asynchronous context of the rejection', async () => {
    const scope = new AsyncLocalStorage<string>();
    process.on(REJECTED, () => calls.push(String(scope.getStore())));
    rejections.listen();
    scope.run('of a request', () => reject(1));
    scope.run('of another', () => reject(2));
    scope.run('of the delivery', () => deliveries[0]?.());
    await tick();
    expect(calls).to.deep.equal(['of a request', 'of another']);
  });

  it('calls listeners immediately once it has stopped, but those of held rejections after the delivery', async () => {
    process.on(REJECTED, hear());
    rejections.listen();
    reject(1);
    rejections.stopListening();
    expect(hasOwnEmit()).to.equal(false);
    reject(2);
    expect(calls).to.deep.equal(['heard 2']);
    deliveries[0]?.();
    await tick();
    expect(calls).to.deep.equal(['heard 2', 'heard 1']);
  });

  it('registers its listeners once, and removes them', () => {
    const counts = (): readonly number[] => ['newListener', 'removeListener'].map((event) => process.listenerCount(event));
    const before = counts();
    rejections.listen();
    rejections.listen();
    expect(counts()).to.deep.equal(before.map((count) => count + 1));
    rejections.stopListening();
    rejections.stopListening();
    expect(counts()).to.deep.equal(before);
  });

  it("restores another package's `process.emit`, and calls it for held rejections", async () => {
    const { emit, seen } = wrapped();
    try {
      process.on(REJECTED, hear());
      rejections.listen();
      expect(emitter.emit).to.not.equal(emit);
      reject(1);
      rejections.stopListening();
      expect(emitter.emit).to.equal(emit);
      expect(seen).to.not.include(REJECTED);
      deliveries[0]?.();
      await tick();
      expect([calls, seen.filter((event) => event === REJECTED)]).to.deep.equal([['heard 1'], [REJECTED]]);
    } finally {
      unwrap();
    }
  });

  it('stays below a `process.emit` that was replaced later, and holds back nothing once it has stopped', async () => {
    process.on(REJECTED, hear());
    rejections.listen();
    const { emit, seen } = wrapped();
    try {
      rejections.stopListening();
      expect(emitter.emit).to.equal(emit);
      reject(1);
      expect([calls, seen.includes(REJECTED), deliveries.length]).to.deep.equal([['heard 1'], true, 0]);
      rejections.listen();
      expect(emitter.emit).to.equal(emit);
      reject(2);
      expect(deliveries).to.have.length(1);
      deliveries[0]?.();
      await tick();
      expect(calls).to.deep.equal(['heard 1', 'heard 2']);
    } finally {
      unwrap();
    }
  });

  it('replaces `process.emit` again after another package has removed it', () => {
    process.on(REJECTED, hear());
    rejections.listen();
    unwrap();
    expect([reject(1), calls]).to.deep.equal([true, ['heard 1']]);
    rejections.listen();
    reject(2);
    expect([calls, deliveries.length]).to.deep.equal([['heard 1'], 1]);
  });
});
