import '../support/angular.js';
import { createEnvironmentInjector, EnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect } from 'chai';
import { lastValueFrom, Observable, Subject } from 'rxjs';
import type { Outside } from '../../lib/angular/outside.js';
import { markSink, OWN_WORK, OWN_WORK_PROVIDER, type OwnWork } from '../../lib/angular/own-work.js';
import { createBatch } from '../../lib/event/batch-of.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { anEvent } from '../support/an-event.js';
import { sinkOf } from '../support/sink-of.js';

describe('markSink', () => {
  let ownWork: OwnWork;
  let isOutside: boolean;
  let log: boolean[];

  beforeEach(() => {
    ownWork = { isRunning: false };
    isOutside = false;
    log = [];
  });

  const outside: Outside = (work) => {
    isOutside = true;
    try {
      return work();
    } finally {
      isOutside = false;
    }
  };
  const note = (): void => {
    log.push(ownWork.isRunning);
  };
  const marked = (sink: EventSink): EventSink => markSink(sink, ownWork, outside);
  const process = (sink: EventSink): unknown => sink.process(createBatch([anEvent()], 1), { signal: AbortSignal.abort(), attempt: 1 });

  it('is set during each method, and no longer', () => {
    const sink = marked({
      name: 'sink',
      process: note,
      flush: () => [note()],
      close: () => [note()],
    });
    process(sink);
    sink.flush?.();
    sink.close?.();
    note();
    expect(log).to.deep.equal([true, true, true, false]);
  });

  it('is reset if a method throws', () => {
    const sink = marked(
      sinkOf(() => {
        throw new Error('No');
      }),
    );
    expect(() => process(sink)).to.throw('No');
    expect(ownWork.isRunning).to.equal(false);
  });

  it('stays set after a sink was called by another one', () => {
    const inner = marked(sinkOf(note));
    process(
      marked(
        sinkOf(() => {
          process(inner);
          note();
        }),
      ),
    );
    expect([...log, ownWork.isRunning]).to.deep.equal([true, true, false]);
  });

  it('is set while an Observable is subscribed to; its results arrive outside the zone', () => {
    const answer$ = new Subject<string>();
    const result = process(
      marked(
        sinkOf(
          () =>
            new Observable<string>((subscriber) => {
              note();
              return answer$.subscribe(subscriber);
            }),
        ),
      ),
    ) as Observable<string>;
    expect(log).to.deep.equal([]);
    const places: boolean[] = [];
    const place = (): void => {
      places.push(isOutside);
      note();
    };
    result.subscribe({ next: place, complete: place });
    answer$.next('ok');
    answer$.complete();
    expect([log, places]).to.deep.equal([
      [true, false, false],
      [true, true],
    ]);
  });

  it('keeps the name, `this`, the arguments and a promise', async () => {
    const sink = {
      name: 'sink',
      process(this: unknown, ...args: unknown[]) {
        return Promise.resolve([this === sink, args.length]);
      },
    };
    expect(await process(marked(sink))).to.deep.equal([true, 2]);
    expect(marked(sink).name).to.equal('sink');
    const flushed = marked(sink).flush?.() as Observable<unknown>;
    expect(await lastValueFrom(flushed, { defaultValue: 'nothing to flush' })).to.equal('nothing to flush');
  });

  it('returns a value that is not a sink, so that the collector refuses it', () => {
    for (const value of [undefined, null, 5, {}, { name: 'sink' }]) expect(marked(value as never)).to.equal(value);
  });
});

describe('OWN_WORK', () => {
  it('is one for an injector and those below it', () => {
    const root = createEnvironmentInjector([OWN_WORK_PROVIDER], TestBed.inject(EnvironmentInjector));
    const below = createEnvironmentInjector([OWN_WORK_PROVIDER], root);
    const beside = createEnvironmentInjector([OWN_WORK_PROVIDER], TestBed.inject(EnvironmentInjector));
    expect(below.get(OWN_WORK)).to.equal(root.get(OWN_WORK));
    expect(beside.get(OWN_WORK)).not.to.equal(root.get(OWN_WORK));
    for (const injector of [below, root, beside]) injector.destroy();
  });
});
