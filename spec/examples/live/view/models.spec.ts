import { expect } from 'chai';
import { EventCollector, type CollectorStats, type LaneStats } from 'rx-event-collector';
import { RateHistory } from '../../../../examples/live/rate-history.js';
import { Stopwatch } from '../../../../examples/live/stopwatch.js';
import { printable } from '../../../../examples/live/output/printable.js';
import { bar } from '../../../../examples/live/view/bar.js';
import { formatBytes, formatCount, formatDuration, formatShare } from '../../../../examples/live/view/format.js';
import { layoutOf } from '../../../../examples/live/view/layout.js';
import { ledgerLines } from '../../../../examples/live/view/ledger-model.js';
import { noticeOf } from '../../../../examples/live/view/notices.js';
import { packed } from '../../../../examples/live/view/packed.js';
import { pipelineStages } from '../../../../examples/live/view/pipeline-model.js';
import { estimate } from '../../../../examples/live/view/progress-model.js';
import { RecentEvents } from '../../../../examples/live/view/recent-events.js';
import { sinkTable } from '../../../../examples/live/view/sink-model.js';
import { sparkline } from '../../../../examples/live/view/sparkline.js';

const LANE: LaneStats = {
  offered: 0,
  recovered: 0,
  delivered: 0,
  failed: 0,
  dropped: 0,
  kept: 0,
  pending: 0,
  attempts: 0,
  retries: 0,
  droppedBy: {},
  breaker: 'closed',
};
const STATS: CollectorStats = {
  ...new EventCollector({ sinks: [] }).stats(),
  eventsReceived: 1_234,
  eventsFiltered: 4,
  eventsInvalid: 30,
  eventsSampledOut: 200,
  eventsBuffered: 100,
  eventsProcessed: 900,
  batchesFlushed: 9,
  sinks: {
    ndjson: { ...LANE, offered: 900, delivered: 900 },
    upstream: { ...LANE, offered: 900, pending: 300, dropped: 600, breaker: 'open' },
  },
};
const SETTINGS = {
  healths: { ndjson: 'ok', upstream: 'hanging' },
  selected: 'upstream',
  sample: 1,
  maxEvents: 300,
  isPaused: false,
} as const;

describe('examples/live models', () => {
  it('show how many events reached each stage, and the losses before it', () => {
    expect(pipelineStages(STATS).map(({ name, count }) => [name, count])).to.deep.equal([
      ['received', 1_234],
      ['admitted', 1_200],
      ['sampled', 1_000],
      ['buffered', 100],
      ['batches', 9],
    ]);
    expect(pipelineStages(STATS).flatMap(({ losses }) => losses.filter(([count]) => count > 0))).to.deep.equal([
      [4, 'filtered'],
      [30, 'invalid'],
      [200, 'sampled out'],
    ]);
  });

  it('show every equation in full if there is space', () => {
    expect(ledgerLines(STATS, 140).map(({ mark, text }) => mark + text)).to.deep.equal([
      '✓ 1,234 received = 4 filtered + 200 sampled out + 0 dropped + 30 invalid + 0 closed + 100 buffered + 900 processed',
      '✓ ndjson: 900 offered = 900 delivered + 0 failed + 0 dropped + 0 pending',
      '✓ upstream: 900 offered = 0 delivered + 0 failed + 600 dropped + 300 pending',
    ]);
  });

  it('leave zeros out if there is not, and break lines between terms', () => {
    expect(ledgerLines(STATS, 40).map(({ mark, text }) => mark + text)).to.deep.equal([
      '✓ 1,234 received = 4 filtered',
      '  + 200 sampled out + 30 invalid',
      '  + 100 buffered + 900 processed',
      '✓ ndjson: 900 offered = 900 delivered',
      '✓ upstream: 900 offered = 600 dropped',
      '  + 300 pending',
    ]);
    expect(ledgerLines({ ...STATS, sinks: { idle: LANE } }, 40).at(-1)?.text).to.equal('idle: 0 offered = 0');
  });

  it('mark an equation that does not hold, and show the sum', () => {
    const [line] = ledgerLines({ ...STATS, eventsReceived: 1_235 }, 140);
    expect(line).to.include({ mark: '✗ ', holds: false });
    expect(line?.text).to.match(/900 processed \(1,234\)$/);
  });

  it('show a sink in as many columns as fit, the most important first', () => {
    const heads = (width: number): string => sinkTable({ stats: STATS, settings: SETTINGS }, width).heads.join(' ').replace(/\s+/g, ' ');
    expect(heads(140)).to.equal('sink is offered delivered pending retries dropped failed breaker queue');
    expect(heads(80)).to.equal('sink is delivered pending dropped failed breaker queue');
    expect(heads(40)).to.equal('sink delivered pending');
    for (const width of [40, 60, 80, 100, 140]) {
      expect(heads(width).length, String(width)).to.be.at.most(width);
    }
  });

  it('show the fault of a sink, and how full its queue is', () => {
    const [file, upstream] = sinkTable({ stats: STATS, settings: SETTINGS }, 140).rows;
    expect(file).to.include({ isSelected: false });
    expect(upstream).to.include({ isSelected: true });
    expect(upstream?.cells.map(({ text, tone }) => `${text.trim()} ${tone}`)).to.include.members([
      'hanging bad',
      '300 warning',
      '600 bad',
      'open bad',
      `${'█'.repeat(20)} 100 % bad`,
    ]);
  });

  it('estimate the remaining time by the speed so far', () => {
    expect(estimate({ progress: { readBytes: 25, totalBytes: 100 }, activeMs: 1_000 })).to.deep.equal({ share: 0.25, remainingMs: 3_000 });
    expect(estimate({ progress: { readBytes: 0, totalBytes: 100 }, activeMs: 9 })).to.deep.equal({ share: 0, remainingMs: undefined });
    expect(estimate({ progress: { readBytes: 0, totalBytes: 0 }, activeMs: 0 })).to.deep.equal({ share: 1, remainingMs: 0 });
    expect(estimate({ progress: undefined, activeMs: 9 })).to.equal(undefined);
  });

  it('report losses, failures and breakers, and nothing else', () => {
    const report = { timedOut: false, held: 0, inStages: 0, sinks: {} };
    expect(noticeOf({ type: 'loss', reason: 'overflow', sink: 'upstream', count: 1, at: 5 })).to.deep.equal({
      at: 5,
      text: 'upstream: lost 1 event (overflow)',
    });
    expect(noticeOf({ type: 'loss', reason: 'backpressure', count: 20, at: 5 })?.text).to.equal('collector: lost 20 events (backpressure)');
    expect(noticeOf({ type: 'breaker', sink: 'upstream', state: 'open', at: 5 })?.text).to.equal('upstream: breaker open');
    expect(noticeOf({ type: 'flush', report, at: 5 })).to.equal(undefined);
  });

  describe('layoutOf', () => {
    const NEEDS = { ledger: 4, sinks: 3, title: 1, keys: 2, rate: 1, progress: 1, pipeline: 5, notices: 0 };

    it('never allots more lines than there are', () => {
      for (let height = 0; height < 60; height += 1) {
        const { lines, isAiry } = layoutOf(height, NEEDS);
        const dealt = Object.values(lines).reduce((a, b) => a + b, 0) + (isAiry ? 5 : 0);
        expect(dealt, String(height)).to.equal(height);
      }
    });

    it('shows the ledger and the sinks first', () => {
      expect(layoutOf(3, NEEDS).lines).to.include({ ledger: 3, sinks: 0 });
      expect(layoutOf(9, NEEDS).lines).to.include({ ledger: 4, sinks: 3, title: 1, keys: 1, pipeline: 0, recent: 0 });
    });

    it('leaves the rest for recent events, and adds blank lines if there is space', () => {
      expect(layoutOf(23, NEEDS)).to.deep.include({ isAiry: false });
      expect(layoutOf(23, NEEDS).lines.recent).to.equal(6);
      expect(layoutOf(39, NEEDS)).to.deep.include({ isAiry: true });
      expect(layoutOf(39, NEEDS).lines.recent).to.equal(17);
    });
  });

  describe('RecentEvents', () => {
    it('keeps the latest, the newest first, and measures the shown ones', () => {
      const recent = new RecentEvents(3);
      const collector = new EventCollector({ sinks: [] });
      collector.subscribe((event) => {
        recent.add(event);
      });
      expect(recent.latest(3)).to.deep.equal([]);
      const cycle: { self?: unknown } = {};
      cycle.self = cycle;
      collector.collectBatch([{ type: 'a' }, { type: 'b', data: 'é' }, { type: 'c' }, { type: 'd', data: cycle }]);
      expect(recent.latest(9).map(({ type, bytes }) => [type, bytes])).to.deep.equal([
        ['d', undefined],
        ['c', undefined],
        ['b', 4],
      ]);
      expect(recent.latest(1).map(({ type }) => type)).to.deep.equal(['d']);
    });
  });

  describe('RateHistory', () => {
    it('divides by the time that has passed, and keeps a minute', () => {
      const history = new RateHistory(0);
      history.record(1_000, 40);
      history.record(3_000, 60);
      history.record(3_000, 99);
      expect(history.rates).to.deep.equal([40, 10]);
      for (let second = 4; second < 100; second += 1) history.record(second * 1_000, 60);
      expect(history.rates).to.have.length(60);
    });
  });

  describe('Stopwatch', () => {
    it('leaves pauses out', () => {
      const watch = new Stopwatch();
      watch.run(100);
      watch.run(150);
      expect(watch.elapsedMs(200)).to.equal(100);
      watch.stop(300);
      expect(watch.elapsedMs(900)).to.equal(200);
      watch.run(1_000);
      expect(watch.elapsedMs(1_001)).to.equal(201);
    });
  });

  describe('texts', () => {
    it('draw values from 0 to the largest', () => {
      expect(sparkline([0, 1, 4, 8], 6)).to.equal('  ▁▂▅█');
      expect(sparkline([1, 2, 3], 2)).to.equal('▆█');
      expect(sparkline([], 3)).to.equal('   ');
      expect(sparkline([0, 0], 2)).to.equal('▁▁');
      expect(sparkline([1], -5)).to.equal('');
      expect([bar(0.5, 4), bar(7, 2), bar(-1, 2), bar(1, -3)]).to.deep.equal(['██░░', '██', '░░', '']);
    });

    it('are packed into lines', () => {
      const lines = packed(['aaa', 'bb', 'c', 'much too long'], ({ length }) => length, 6, 1);
      expect(lines).to.deep.equal([['aaa', 'bb'], ['c'], ['much too long']]);
    });

    it('are short, and have their units', () => {
      expect([formatCount(1_234_567), formatCount(1_234_567, 8), formatCount(999, 3)]).to.deep.equal(['1,234,567', '1.2M', '999']);
      expect([formatBytes(999), formatBytes(17_240), formatBytes(999_960)]).to.deep.equal(['999 B', '17.2 kB', '1.0 MB']);
      expect([formatDuration(7_900), formatDuration(3_723_000)]).to.deep.equal(['0:07', '1:02:03']);
      expect([formatShare(1), formatShare(0.01), formatShare(0.12345)]).to.deep.equal(['100 %', '1 %', '12.3 %']);
    });

    it('from outside can neither steer the terminal nor break a line', () => {
      expect(printable('\u001B[2Ja\nb\u202Ec\uD800')).to.equal('\u{FFFD}[2Ja\u{FFFD}b\u{FFFD}c\u{FFFD}');
      expect(printable('x'.repeat(1_000_000))).to.equal(`${'x'.repeat(60)}…`);
      expect(printable('日本 🎉')).to.equal('日本 🎉');
    });
  });
});
