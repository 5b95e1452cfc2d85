import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { createCollector, SinkError } from '../../lib/index.js';
import { sinkOf } from '../support/sink-of.js';
import { virtually } from '../support/virtual.js';

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('the answer of a sink', () => {
  it('treats a promise whose then throws as a failed attempt', async () => {
    class Odd extends Promise<void> {
      override then(): never {
        throw new Error('odd');
      }
    }
    let calls = 0;
    const collector = createCollector({
      sinks: [
        {
          name: 's',
          process: () => {
            calls += 1;
            return calls === 1 ? Odd.resolve<unknown>(0) : undefined;
          },
        },
      ],
      batch: { maxCount: 1 },
      lane: { retry: { maxAttempts: 1 } },
    });
    collector.collect({ type: 'a' });
    collector.collect({ type: 'b' });
    await sleep(20);
    const { pending } = collector.stats().sinks['s'] as { pending: number };
    expect(pending).to.equal(0);
  });

  it('ignores late and repeated answers after an abort', async () => {
    let late: (() => void) | undefined;
    const scheduler = new VirtualTimeScheduler();
    const collector = createCollector({
      scheduler,
      sinks: [
        {
          name: 's',
          process: () =>
            ({
              then: (resolve: () => void) => {
                late = resolve;
                return Promise.resolve();
              },
            }) as never,
        },
      ],
      batch: { maxCount: 1 },
      lane: { timeoutMs: 10, retry: { maxElapsedMs: 0 } },
    });
    collector.collect({ type: 'a' });
    scheduler.flush();
    late?.();
    late?.();
    await setImmediate();
    const { delivered, failed, pending } = collector.stats().sinks['s'] as never as Record<string, number>;
    expect([delivered, failed, pending]).to.deep.equal([0, 1, 0]);
  });

  for (const [name, thrown] of Object.entries({
    'failed: 5': (): unknown => new SinkError('write_failed', 'x', { failed: 5 as never }),
    'rejected: 5': () => new SinkError('write_failed', 'x', { rejected: 5 as never }),
    'failed: throws': () =>
      Object.defineProperty(new SinkError('write_failed', 'x'), 'failed', {
        get() {
          throw new Error('no');
        },
      }),
    'kind: throws': () =>
      Object.defineProperty(new SinkError('write_failed', 'x'), 'kind', {
        get() {
          throw new Error('no');
        },
      }),
    proxy: () =>
      new Proxy(
        {},
        {
          get() {
            throw new Error('no');
          },
          getPrototypeOf() {
            throw new Error('no');
          },
          has() {
            throw new Error('no');
          },
        },
      ),
    revoked: () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
    undefined: (): unknown => undefined,
    'retryAfterMs: NaN': () => new SinkError('unavailable', 'x', { retryAfterMs: NaN }),
  })) {
    it(`settles the batch after a malformed error: ${name}`, async () => {
      let calls = 0;
      const collector = createCollector({
        sinks: [
          {
            name: 's',
            process: () => {
              calls += 1;
              if (calls === 1) throw thrown();
            },
          },
        ],
        batch: { maxCount: 1 },
        lane: { retry: { maxAttempts: 2, baseDelayMs: 0 } },
      });
      collector.collect({ type: 'a' });
      collector.collect({ type: 'b' });
      const report = await collector.flush({ timeoutMs: 200 });
      expect(report.timedOut).to.equal(false);
    });
  }

  it('treats a result with `subscribe` that is not an Observable as success', () => {
    const emitter = { subscribe: () => undefined };
    const collector = virtually({ sinks: [sinkOf(() => emitter as never)], config: { batch: { maxCount: 1 } } }, ({ collect }) => {
      collect('a');
    });
    expect(collector.stats().sinks['sink']).to.include({ delivered: 1, attempts: 1 });
  });
});
