import { expect } from 'chai';
import { cleanup, render } from 'ink-testing-library';
import { stripVTControlCharacters } from 'node:util';
import { createElement } from 'react';
import { EventCollector, type LanePatch } from 'rx-event-collector';
import { NEVER } from 'rxjs';
import type { Settings } from '../../../../examples/live/settings.js';
import { Keyboard } from '../../../../examples/live/view/keyboard.js';
import { keyHints, LEGEND, type Action } from '../../../../examples/live/view/keys.js';
import { RecentEvents } from '../../../../examples/live/view/recent-events.js';
import { screenModel, type Shown, type Size } from '../../../../examples/live/view/screen-model.js';
import { Screen } from '../../../../examples/live/view/screen.js';

const SETTINGS: Settings = {
  healths: { ndjson: 'ok', upstream: 'hanging' },
  selected: 'upstream',
  sample: 1,
  maxEvents: 100,
  isPaused: false,
};

describe('examples/live screen', () => {
  afterEach(() => {
    cleanup();
  });

  /** The lines of a screen of 130 events, 100 of them delivered to one sink and 50 waiting for the other. */
  function linesAt(size: Size, shown: Partial<Shown> = {}, type = 'mission_created'): string[] {
    const collector = new EventCollector();
    const lane: LanePatch = { maxEvents: 50 };
    collector.registerSink({ name: 'ndjson', process: () => undefined });
    collector.registerSink({ name: 'upstream', process: () => NEVER }, lane);
    const recent = new RecentEvents(100);
    collector.subscribe((event) => {
      recent.add(event);
    });
    for (let n = 0; n < 130; n += 1)
      collector.collect({ type, category: 'custom', data: type === 'mission_created' ? { n } : { [type]: type } });
    const model = screenModel({
      from: 'events.ndjson.gz',
      to: '.events/out.ndjson',
      snapshot: {
        elapsedMs: 12_000,
        activeMs: 12_000,
        stats: collector.stats(),
        settings: SETTINGS,
        rates: [10, 20, 40],
        progress: { readBytes: 25, totalBytes: 100 },
        isClosing: false,
      },
      notices: [{ at: 0, text: 'upstream: lost 50 events (overflow)' }],
      recent: (count) => recent.latest(count),
      hasKeys: true,
      size,
      ...shown,
    });
    const frame = render(createElement(Screen, { model })).lastFrame() ?? '';
    collector.shutdown({ timeoutMs: 0 });
    return stripVTControlCharacters(frame).split('\n');
  }

  it('shows everything at 80 columns', () => {
    const lines = linesAt({ columns: 80, rows: 24 });
    const text = lines.join('\n');
    expect(lines).to.have.length(23);
    expect(text).to.match(/^events\.ndjson\.gz → \.events\/out\.ndjson +0:12\n/);
    expect(text)
      .to.match(/▂▅█|▃▅█/)
      .and.match(/40\/s peak 40/);
    expect(text).to.match(/25 % ~0:36 left/);
    expect(text).to.match(
      /received → admitted → +sampled → buffered → +batches → ┬→ ndjson +100\n +130 +130 +130 +30 +1 +└→ upstream +0\n/,
    );
    expect(text).to.match(/╰ 0 filtered, 0 invalid, 0 closed/);
    expect(text).to.match(/\n {2}ndjson +ok +100 +0 +0 +0 +closed +░░░░ +0 %\n▸ upstream +hanging +0 +50 +50 +0 +closed +██░░ +50 %\n/);
    expect(text).to.match(/upstream: lost 50 events \(overflow\)/);
    expect(text).to.match(/mission_created +custom +normal +9 B/);
    expect(text).to.match(/✓ 130 received = 0 filtered .*\n {2}\+ 30 buffered \+ 100 processed\n✓ ndjson: 100 offered = 100 delivered /);
    expect(text).to.match(/✓ upstream: 100 offered = 0 delivered \+ 0 failed \+ 50 dropped \+ 50 pending\nq quit/);
    expect(lines.slice(-2).join('\n')).to.match(/queue 100 {2}\[ \] event {2}\? legend$/);
  });

  it('shows the data of the event under the cursor, and older events below it', () => {
    for (const columns of [80, 140]) {
      const lines = linesAt({ columns, rows: 40 }, { hasCursor: true });
      const first = lines.findIndex((line) => line.includes('mission_created'));
      expect(lines[first + 1]).to.equal('  {"n":129}');
      expect(lines[first + 2]).to.include('mission_created');
    }
  });

  it('explains its signs in place of the events', () => {
    const lines = linesAt({ columns: 80, rows: 24 }, { isExplained: true });
    expect(lines.length).to.be.at.most(23);
    expect(lines.filter((line) => LEGEND.includes(line))).to.deep.equal(LEGEND);
    expect(lines.join('\n')).to.not.include('mission_created');
  });

  it('shows more at 140 columns', () => {
    const lines = linesAt({ columns: 140, rows: 40 });
    const text = lines.join('\n');
    expect(lines).to.have.length(39);
    expect(text).to.match(/upstream +hanging +100 +0 +50 +0 +50 +0 +closed █{10}░{10} +50 %\n/);
    expect(text).to.match(/\n✓ 130 received = .* processed\n/);
    expect(lines.filter((line) => line.includes('mission_created')).length).to.be.at.least(12);
    expect(lines.at(-1)).to.match(/^q quit .* queue 100 {2}\[ \] event {2}\? legend$/);
  });

  for (const [columns, rows] of [
    [140, 40],
    [80, 24],
    [100, 30],
    [60, 20],
    [40, 10],
    [20, 5],
    [1, 1],
  ] as const) {
    it(`keeps to ${String(columns)} × ${String(rows)}, with any names of types`, () => {
      for (const [index, type] of ['日本語🎉'.repeat(100), 'a\u001B[2J\nb', '\uD800'].entries()) {
        const lines = linesAt({ columns, rows }, { hasCursor: index !== 1, isExplained: index === 2 }, type);
        expect(lines.length).to.be.at.most(Math.max(1, rows - 1));
        for (const line of lines) expect(cellsOf(line), line).to.be.at.most(columns);
      }
    });
  }

  it('keeps the ledger at 40 × 10', () => {
    const text = linesAt({ columns: 40, rows: 10 }).join('\n');
    expect(text).to.match(/✓ 130 received = 30 buffered\n {2}\+ 100 processed\n✓ ndjson: 100 offered = 100 delivered\n/);
    expect(text).to.match(/▸ upstream +0 +50/);
  });

  it('shows that there are no keys', () => {
    expect(linesAt({ columns: 80, rows: 24 }, { hasKeys: false }).at(-1)).to.match(/^Ctrl-C quit \(no other keys/);
  });

  it('offers to quit, or to deliver pending events, at the end', () => {
    expect(keyHints(SETTINGS, true).map(({ key }) => key)).to.deep.equal(['q', '↑↓', 'o']);
  });
});

describe('examples/live keyboard', () => {
  afterEach(() => {
    cleanup();
  });

  function actionsFor(...written: readonly string[]): readonly Action[] {
    const actions: Action[] = [];
    const { stdin } = render(createElement(Keyboard, { isActive: true, onAction: (action) => actions.push(action) }));
    for (const text of written) stdin.write(text);
    return actions;
  }

  it('sets a fault of a sink, and resets it', () => {
    expect(actionsFor('s', 'f', 'h', 'o')).to.deep.equal(
      ['slow', 'failing', 'hanging', 'ok'].map((health) => ({ type: 'health', health })),
    );
  });

  it('selects a sink by arrows', () => {
    expect(actionsFor('\u001B[A', '\u001B[B')).to.deep.equal([
      { type: 'select', by: -1 },
      { type: 'select', by: 1 },
    ]);
  });

  it('changes sampling and queue, pauses and quits, also by several keys in one text', () => {
    expect(actionsFor('<>-+ q')).to.deep.equal([
      { type: 'sample', by: -1 },
      { type: 'sample', by: 1 },
      { type: 'queue', by: -1 },
      { type: 'queue', by: 1 },
      { type: 'pause' },
      { type: 'quit' },
    ]);
  });

  it('moves the cursor through the events, and explains the signs', () => {
    expect(actionsFor(']', '[', '?')).to.deep.equal([{ type: 'cursor', by: 1 }, { type: 'cursor', by: -1 }, { type: 'legend' }]);
  });

  it('stops at Ctrl-C', () => {
    expect(actionsFor('\u0003')).to.deep.equal([{ type: 'quit' }]);
  });

  it('ignores other keys', () => {
    expect(actionsFor('x', '\u001B', '\u0018', 'é', '\t')).to.deep.equal([]);
  });

  it('is not read without a terminal', () => {
    const actions: Action[] = [];
    const { stdin } = render(createElement(Keyboard, { isActive: false, onAction: (action) => actions.push(action) }));
    stdin.write('q');
    expect(actions).to.deep.equal([]);
  });
});

/** The width of a line in cells of a terminal; exact for the characters of these tests. */
function cellsOf(line: string): number {
  return [...line].reduce((cells, character) => cells + (/[\p{Script=Han}\p{Emoji_Presentation}]/u.test(character) ? 2 : 1), 0);
}
