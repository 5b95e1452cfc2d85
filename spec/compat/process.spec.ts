import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { hasCompatPackages, runCompat, type CompatRun } from '../support/compat.js';

const ALL = ['1', '2', '3', '4', '5'];
/** Only a process that hangs takes longer. */
const TOO_LONG_MS = 120_000;
const ORDERS = ['before', 'after'] as const;

/** Runs the same process with the library, set up before and after the packages, and without it. */
async function expectSameEnd(run: Omit<CompatRun, 'order'>): Promise<void> {
  const { delivered: _none, ...without } = await runCompat({ ...run, order: 'without' });
  for (const order of ORDERS) {
    const { delivered, ...end } = await runCompat({ ...run, order });
    expect(end, order).to.deep.equal(without);
    expect(delivered, order).to.deep.equal(ALL);
  }
}

describe('withProcessLifecycle together with other packages', function () {
  this.timeout(TOO_LONG_MS);

  const itWithPackages = (title: string, body: () => Promise<void>): void => {
    if (hasCompatPackages) it(title, body);
    else
      it(`${title} (needs npm run test:compat)`, function () {
        this.skip();
      });
  };

  for (const each of ['sentry', 'honeybadger']) {
    itWithPackages(`delivers before ${each} ends a process after an uncaught exception`, () =>
      expectSameEnd({ packages: [each], how: 'throws' }),
    );
  }
  for (const each of ['honeybadger', 'sentry, strict']) {
    itWithPackages(`delivers before ${each} ends a process after an unhandled rejection`, () =>
      expectSameEnd({ packages: [each], how: 'rejects' }),
    );
  }
  itWithPackages('delivers before sentry and another listener are called with an error', async () => {
    const { delivered } = await runCompat({ order: 'before', packages: ['sentry', 'polite'], how: 'throws' });
    expect(delivered).to.deep.equal(ALL);
  });
  for (const each of ['signal-exit-3', 'signal-exit-4', 'proper-lockfile', 'nestjs', 'terminus', 'honeybadger']) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      itWithPackages(`delivers before ${each} ends a process after ${signal}`, () =>
        expectSameEnd({ packages: [each], signals: [signal] }),
      );
    }
  }
  itWithPackages('calls a listener for unhandled rejections between versions of signal-exit', () =>
    expectSameEnd({ packages: ['signal-exit-3', 'rejection exit', 'signal-exit-4'], how: 'rejects' }),
  );
  itWithPackages('delivers beside several of them', () =>
    expectSameEnd({ packages: ['signal-exit-4', 'nestjs', 'sentry'], signals: ['SIGTERM'] }),
  );
});

describe('withProcessLifecycle together with other listeners', function () {
  this.timeout(TOO_LONG_MS);

  it('delivers before a process ends by itself, once a listener has left nothing to do', () =>
    expectSameEnd({ packages: ['closing server'], signals: ['SIGTERM'] }));

  it('leaves the end to a slow listener', () => expectSameEnd({ packages: ['slow exit'], signals: ['SIGTERM'] }));

  it('calls listeners for uncaught errors as if they were alone', () => expectSameEnd({ packages: ['polite'], how: 'throws' }));

  it('calls listeners for unhandled rejections as if they were alone', async () => {
    await expectSameEnd({ packages: ['rejection exit'], how: 'rejects in a context' });
    await expectSameEnd({ packages: ['rejection log'], how: 'rejects twice' });
  });

  it('ends the process after an error of a listener for unhandled rejections', async () => {
    for (const order of ORDERS) {
      const { code, stderr, delivered } = await runCompat({ order, packages: ['rejection throw'], how: 'rejects' });
      expect({ code, delivered }).to.deep.equal({ code: 1, delivered: ALL });
      expect(stderr).to.match(/\n\nRangeError: made here\n {4}at makeError /);
    }
  });

  it('raises an unhandled rejection again whose listener is removed before it is called', () =>
    expectSameEnd({ packages: ['rejection no more'], how: 'rejects' }));

  it('ends within the deadline if no other listener does', async () => {
    for (const order of ORDERS) {
      const env = { TIMEOUT_MS: '1000' };
      const { code, delivered } = await runCompat({ order, packages: ['logging'], signals: ['SIGTERM'], env });
      expect({ code, delivered }).to.deep.equal({ code: 143, delivered: ALL });
    }
  });

  it("ends as soon as it has delivered with `others: 'end'`", async () => {
    const env = { OTHERS: 'end', TIMEOUT_MS: '3600000' };
    const { code, delivered } = await runCompat({ order: 'after', packages: ['logging'], signals: ['SIGTERM'], env });
    expect({ code, delivered }).to.deep.equal({ code: 143, delivered: ALL });
  });
});

describe('withProcessLifecycle and signals', function () {
  this.timeout(TOO_LONG_MS);

  it('treats signals that follow within milliseconds as one', () => expectSameEnd({ signals: ['SIGINT', 'SIGINT', 'SIGINT'] }));

  it('ends process 1, for which the kernel drops a signal that it raises', async function () {
    if (spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status !== 0) this.skip();
    for (const [signal, code] of [['SIGTERM', 143] as const, ['SIGINT', 130] as const]) {
      const end = await runCompat({ order: 'before', signals: [signal], isProcess1: true });
      expect(end).to.deep.equal({ code, signal: null, stdout: '', stderr: '', delivered: ALL });
    }
  });
});

describe('withProcessLifecycle and crashes', function () {
  this.timeout(TOO_LONG_MS);

  for (const how of ['throws', 'throws an error of its own', 'rejects', 'rejects without an error', 'parses badly']) {
    it(`prints what a crash prints without it: ${how}`, async () => {
      await expectSameEnd({ how });
      // A listener that has read the stack, which makes Node forget the position.
      if (how !== 'rejects without an error') await expectSameEnd({ how, packages: ['monitor'] });
    });
  }

  for (const how of ['throws no error', 'throws an error without a readable stack']) {
    it(`prints the same without the source line, which is unknown: ${how}`, async () => {
      const { stderr: alone, ...without } = await runCompat({ order: 'without', how });
      const { stderr, delivered, ...end } = await runCompat({ order: 'before', how });
      expect(end).to.deep.equal({ code: without.code, signal: without.signal, stdout: without.stdout });
      expect(delivered).to.deep.equal(ALL);
      expect(alone.slice(-stderr.length)).to.equal(stderr);
    });
  }

  it('leaves an error of a listener for the exit to Node, because nothing can be delivered any more', async () => {
    const run = async (order: CompatRun['order']): Promise<unknown> => {
      const { code, signal, stderr } = await runCompat({ order, packages: ['exit throw'], how: 'exits' });
      // Node calls several listeners from another line than one.
      return { code, signal, stderr: stderr.replace(/node:events:[\d:]+/, 'node:events') };
    };
    const without = await run('without');
    for (const order of ORDERS) expect(await run(order), order).to.deep.equal(without);
    // While an error is held back.
    const { code, stderr } = await runCompat({ order: 'before', packages: ['exit throw'], how: 'throws and exits' });
    expect({ code, stderr }).to.deep.include({ code: 1 }).and.have.property('stderr').that.contains('thrown at the exit');
  });

  it('prints a second error as well, before the first takes effect', async () => {
    const { stderr: alone, ...without } = await runCompat({ order: 'without', how: 'throws twice' });
    const { stderr, delivered, ...end } = await runCompat({ order: 'before', how: 'throws twice' });
    expect(end).to.deep.equal({ code: without.code, signal: without.signal, stdout: without.stdout });
    expect(delivered).to.deep.equal(ALL);
    expect(stderr.endsWith(alone)).to.equal(true);
    expect(stderr).to.match(/^Uncaught RangeError: the second\n {4}at /);
  });
});
