import { expect } from 'chai';
import { bufferCount, concatMap, Subject, type ObservableInput } from 'rxjs';
import { PATH, pipeline, type Joining } from '../../lib/collector/pipeline.js';
import { Lane } from '../../lib/lane/lane.js';
import { resolveLaneOptions } from '../../lib/lane/lane-options.js';
import { PauseClock } from '../../lib/lane/pause-clock.js';
import { LaneLedger } from '../../lib/ledger/lane-ledger.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('pipeline', () => {
  let clock: VirtualClock;
  let log: string[];
  let events: Subject<string>;
  let sinks: Subject<Joining<string>>;

  beforeEach(() => {
    clock = new VirtualClock();
    log = [];
    events = new Subject();
    sinks = new Subject();
  });

  /** A lane that writes each batch into the log. */
  function lane(name: string, answer: () => ObservableInput<unknown> = () => []): Lane<string> {
    const elapsed = (): number => clock.elapsed;
    const process = ({ events: letters }: { readonly events: readonly string[] }): ObservableInput<unknown> => {
      log.push(`${name} ${letters.join('')}`);
      return answer();
    };
    return new Lane<string>({ name, process }, resolveLaneOptions({ timeoutMs: Infinity }), {
      scheduler: clock,
      elapsed,
      pauseClock: new PauseClock(elapsed),
      random: () => 0,
      newId: () => 'new',
      ledger: new LaneLedger(),
      enter: (work) => {
        work();
      },
    });
  }

  function join(...args: Parameters<typeof lane>): Subject<void> {
    const leaves$ = new Subject<void>();
    sinks.next({ lane: lane(...args), leaves$ });
    return leaves$;
  }

  const open = (patch: { readonly hold?: Parameters<typeof pipeline<string>>[0]['hold'] } = {}) =>
    pipeline<string>({
      events$: events,
      hold: undefined,
      batching: {
        limits: { maxCount: 2, maxBytes: Infinity, maxAgeMs: 10 },
        limits$: undefined,
        urgent: () => false,
        sizeOf: () => 1,
        scheduler: clock,
        newId: () => 'id',
      },
      onBatch: (batch) => log.push(`before ${batch.events.join('')}`),
      afterBatch: (batch) => log.push(`after ${batch.events.join('')}`),
      sinks$: sinks,
      ...patch,
    });

  /** Emits letters as events. */
  function emit(letters: string): void {
    for (const letter of letters) events.next(letter);
  }

  it('cuts each batch once, for all lanes and observers, between its two callbacks', () => {
    const { batches$, deliveries$ } = open();
    deliveries$.subscribe(({ sink, status }) => log.push(`${sink} ${status}`));
    join('one');
    join('two');
    batches$.subscribe(() => log.push('observer'));
    emit('abc');
    expect(log).to.deep.equal(['before ab', 'one ab', 'one delivered', 'two ab', 'two delivered', 'observer', 'after ab']);
    clock.pass(10);
    expect(log.slice(7)).to.deep.equal(['before c', 'one c', 'one delivered', 'two c', 'two delivered', 'observer', 'after c']);
  });

  it('emits each delivery once, to all observers', () => {
    const { deliveries$ } = open();
    for (const name of ['a', 'b']) deliveries$.subscribe(() => log.push(name));
    join('one');
    emit('ab');
    expect(log).to.deep.equal(['before ab', 'one ab', 'a', 'b', 'after ab']);
  });

  it('passes events through `hold` before they are in a batch', () => {
    const { deliveries$ } = open({
      hold: (source) =>
        source.pipe(
          bufferCount(3),
          concatMap((held) => held),
        ),
    });
    deliveries$.subscribe();
    join('one');
    emit('ab');
    expect(log).to.deep.equal([]);
    emit('c');
    expect(log).to.deep.equal(['before ab', 'one ab', 'after ab']);
  });

  it('gives a sink that joins later only later batches', () => {
    open().deliveries$.subscribe();
    join('one');
    emit('ab');
    join('two');
    emit('cd');
    expect(log.filter((each) => each.startsWith('two'))).to.deep.equal(['two cd']);
  });

  it('gives a leaving sink no more batches, but waits for what it has', () => {
    const answer = new Subject();
    const { deliveries$ } = open();
    deliveries$.subscribe({ next: ({ sink, status }) => log.push(`${sink} ${status}`), complete: () => log.push('complete') });
    const leaves$ = join('one', () => answer);
    emit('ab');
    leaves$.next();
    join('two');
    emit('cd');
    events.complete();
    sinks.complete();
    expect(log).to.deep.equal(['before ab', 'one ab', 'after ab', 'before cd', 'two cd', 'two delivered', 'after cd']);
    answer.complete();
    expect(log.slice(7)).to.deep.equal(['one delivered', 'complete']);
  });

  it('delivers the open batch at the end of the events, then completes', () => {
    const { deliveries$ } = open();
    deliveries$.subscribe({ complete: () => log.push('complete') });
    join('one');
    emit('a');
    sinks.complete();
    events.complete();
    expect(log).to.deep.equal(['before a', 'one a', 'after a', 'complete']);
    expect(clock.timers).to.equal(0);
  });
});

describe('PATH', () => {
  it('has each step once, from `capture` to `deliver`', () => {
    expect(new Set(PATH).size).to.equal(PATH.length);
    expect([PATH[0], PATH.at(-1)]).to.deep.equal(['capture', 'deliver']);
  });
});
