import { expect } from 'chai';
import { NEVER, of, Subject, take, throwError, VirtualTimeScheduler, type ObservableInput } from 'rxjs';
import { paged } from '../../lib/node/paged.js';
import type { EventPageOptions } from '../../lib/node/event-query.js';

interface Item {
  readonly id: string;
  readonly timestamp: number;
}

describe('paged', () => {
  let scheduler: VirtualTimeScheduler;
  let asked: EventPageOptions[];

  beforeEach(() => {
    scheduler = new VirtualTimeScheduler();
    asked = [];
  });

  /** Reads as many events as there are letters, page by page. */
  const readerOf =
    (letters: string) =>
    (page: EventPageOptions): Item[] => {
      asked.push(page);
      const items = [...letters].map((id, timestamp) => ({ id, timestamp }));
      const start = page.after === undefined ? 0 : items.findIndex(({ id }) => id === page.after?.id) + 1;
      return items.slice(start, start + (page.limit ?? Infinity));
    };
  const idOf = (value: unknown): string => (value as Item).id;

  /** What a result emits, as one text: pages are separated by `-`, where the scheduler runs; the end is `|` or `#`. */
  function trace(letters: string, pageSize: number, project?: (item: Item) => ObservableInput<unknown>): string {
    let text = '';
    paged(readerOf(letters), { pageSize, scheduler, ...(project && { project }) }).subscribe({
      next: (value) => (text += typeof value === 'string' ? value : idOf(value)),
      error: () => (text += '#'),
      complete: () => (text += '|'),
    });
    for (let turns = 0; scheduler.actions.length > 0 && turns < 9; turns += 1) {
      text += '-';
      const action = scheduler.actions.shift();
      action?.execute(action.state, action.delay);
    }
    return text;
  }

  it('emits page by page, and completes after the first page that is not full', () => {
    expect(trace('abcde', 3)).to.equal('abc-de|');
    expect(trace('abcd', 2)).to.equal('ab-cd-|');
    expect(trace('', 2)).to.equal('|');
  });

  it('requests each page after the last event of the previous one', () => {
    const range = { from: 1, to: 9, newestFirst: true };
    paged(readerOf('abc'), { ...range, pageSize: 2, scheduler }).subscribe();
    scheduler.flush();
    expect(asked).to.deep.equal([
      { ...range, after: undefined, limit: 2 },
      { ...range, after: { id: 'b', timestamp: 1 }, limit: 2 },
    ]);
  });

  it('reads when it is subscribed to, 500 events at a time by default', () => {
    const result = paged(readerOf('ab'));
    expect(asked).to.deep.equal([]);
    result.subscribe();
    expect(asked).to.deep.equal([{ from: undefined, to: undefined, newestFirst: false, after: undefined, limit: 500 }]);
  });

  it('projects one event after the other, and reads no page before the last has been processed', () => {
    expect(trace('abc', 2, ({ id }) => [id, id.toUpperCase()])).to.equal('aAbB-cC|');
    expect(trace('abc', 2, ({ id }) => (id === 'b' ? NEVER : of(id)))).to.equal('a');
  });

  it('stops within a page, and reads no other, once it is unsubscribed', () => {
    const projected: string[] = [];
    const project = ({ id }: Item): string[] => {
      projected.push(id);
      return [id];
    };
    for (const options of [{}, { project }]) {
      const seen: unknown[] = [];
      paged(readerOf('abcd'), { pageSize: 3, scheduler, ...options })
        .pipe(take(2))
        .subscribe((value) => seen.push(value));
      expect(seen).to.have.length(2);
    }
    expect(projected).to.deep.equal(['a', 'b']);
    scheduler.flush();
    expect(asked).to.have.length(2);
  });

  it('cancels the page that is scheduled, and the work of an event', () => {
    const subscription = paged(readerOf('abc'), { pageSize: 2, scheduler }).subscribe();
    subscription.unsubscribe();
    scheduler.flush();
    expect(asked).to.have.length(1);
    const work = new Subject<string>();
    const working = paged(readerOf('a'), { scheduler, project: () => work }).subscribe();
    expect(work.observed).to.equal(true);
    working.unsubscribe();
    expect(work.observed).to.equal(false);
  });

  it('fails with errors of reading any page, and of a projection', () => {
    const read = readerOf('abcd');
    const failing = (page: EventPageOptions): Item[] => {
      if (page.after !== undefined) throw new Error('closed');
      return read(page);
    };
    const errors: unknown[] = [];
    const watch = { error: (error: unknown) => errors.push((error as Error).message) };
    paged(failing, { pageSize: 2, scheduler }).subscribe(watch);
    scheduler.flush();
    paged(read, {
      project: () => {
        throw new Error('thrown');
      },
    }).subscribe(watch);
    paged(read, { project: () => throwError(() => new Error('failed')) }).subscribe(watch);
    expect(errors).to.deep.equal(['closed', 'thrown', 'failed']);
  });
});
