import { expect } from 'chai';
import { asyncScheduler, Subscription, type SchedulerLike } from 'rxjs';
import { bundledSize } from '../scripts/sizes.js';
import { EventCollector } from '../lib/collector/event-collector.js';
import { MemorySink } from '../lib/sinks/memory-sink.js';
import { expectBalanced } from './support/books.js';

/** kB, minified and zipped: what a page may come to. `bench/results.md` says what is aimed at, and how far that is. */
const SIZES: readonly (readonly [what: string, code: string, own: number, withPackages: number])[] = [
  ['a collector', "export { EventCollector } from './lib/index.ts';", 18.7, 26.9],
  [
    'a collector that sends from a page',
    "export { EventCollector } from './lib/index.ts'; export { httpSink } from './lib/http/index.ts'; export { pageTransport, withPageLifecycle } from './lib/browser/index.ts';",
    23.3,
    32,
  ],
  ['batches alone', "export { batch } from './lib/index.ts';", 2.3, 6.4],
];

/** A clock and timers that count how often they are asked. */
class CountingScheduler implements SchedulerLike {
  looks = 0;
  timers = 0;
  readonly running = new Set<Subscription>();

  now(): number {
    this.looks += 1;
    return asyncScheduler.now();
  }

  schedule(): Subscription {
    this.timers += 1;
    const timer = new Subscription(() => this.running.delete(timer));
    this.running.add(timer);
    return timer;
  }
}

describe('the budget', function () {
  this.timeout(60_000);

  for (const [what, code, own, withPackages] of SIZES) {
    it(`is kept by ${what}: ${String(own)} kB of its own, ${String(withPackages)} kB with rxjs and uuid`, async () => {
      expect(await bundledSize(code)).to.be.at.most(own);
      expect(await bundledSize(code, [])).to.be.at.most(withPackages);
    });
  }

  it('has nothing in it for an import that nothing is used of', async () => {
    const nothing = await bundledSize('', []);
    for (const entry of ['index.ts', 'http/index.ts', 'browser/index.ts', 'codecs/index.ts']) {
      expect(await bundledSize(`import './lib/${entry}';`, []), entry).to.equal(nothing);
    }
  });

  it('has one timer for an open batch, and none for an event', () => {
    const scheduler = new CountingScheduler();
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sink], scheduler });
    for (let n = 0; n < 1_050; n += 1) collector.track('feature_used', n);
    expect(sink.getEvents()).to.have.length(10);
    expect([scheduler.timers, scheduler.running.size]).to.deep.equal([11, 1]);
    expectBalanced(collector);
  });

  it('has one look at the clock for an event, and a few for a batch', () => {
    const scheduler = new CountingScheduler();
    const collector = new EventCollector({ sinks: [new MemorySink()], scheduler });
    collector.track('feature_used');
    collector.flush();
    const { looks } = scheduler;
    for (let n = 0; n < 1_000; n += 1) collector.track('feature_used', n);
    expect(scheduler.looks - looks).to.be.within(1_000, 1_000 + 10 * 8);
    expectBalanced(collector);
  });

  it('has no draw of chance for an event that is kept anyway', () => {
    let draws = 0;
    const collector = new EventCollector({
      sinks: [new MemorySink()],
      random: () => {
        draws += 1;
        return 0.5;
      },
    });
    for (let n = 0; n < 1_000; n += 1) collector.track('feature_used', n);
    expect(draws).to.equal(0);
    expectBalanced(collector);
  });
});
