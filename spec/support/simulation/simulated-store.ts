import { NEVER, Observable, of, throwError, type ObservableInput } from 'rxjs';
import { SinkError } from '../../../lib/errors/sink-error.js';
import type { AnalyticsEvent } from '../../../lib/event/event.js';
import type { LaneStore, LaneStoreSession, RecoveredBatches, StoreChange } from '../../../lib/lane/lane-spool.js';
import { laneStore } from '../../../lib/lane/lane-store.js';
import { Dice } from './dice.js';
import type { World } from './world.js';

/** A store for the lanes of a simulation: it answers at once or later, and fails when chance says. */
export class SimulatedStore {
  readonly #world: World;
  /** Of its own, so that the rest of a simulation is the same without a store. */
  readonly #dice: Dice;
  /** By sink: the JSON of batches. */
  readonly #disks = new Map<string, Map<string, string>>();
  /** Sinks whose batches are being read, each with what reads them: a sink of the same name may come before an earlier one is read. */
  readonly opening = new Map<string, object>();

  constructor(world: World) {
    this.#world = world;
    this.#dice = new Dice(world.seed ^ 0x5704e);
  }

  readonly store: LaneStore = laneStore((sink) => this.#session(sink));

  /** How often each event is stored for a sink, by id: a redelivered event may be in several batches. */
  countsOf(sink: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const json of this.#disks.get(sink)?.values() ?? [])
      for (const { id } of (JSON.parse(json) as { readonly events: AnalyticsEvent[] }).events) counts.set(id, (counts.get(id) ?? 0) + 1);
    return counts;
  }

  #session(sink: string): LaneStoreSession {
    const dice = this.#dice;
    // What a sink of the same name has left is that sink's.
    const disk = new Map<string, string>();
    this.#disks.set(sink, disk);
    const unwritten: StoreChange[] = [];
    const flush = (change = unwritten.at(-1)): void => {
      const end = change === undefined ? -1 : unwritten.indexOf(change);
      for (const { put, remove } of unwritten.splice(0, end + 1)) {
        for (const id of remove) disk.delete(id);
        for (const { id, json } of put) disk.set(id, json);
      }
    };
    return {
      recover: () => {
        if (dice.chance(0.1)) return throwError(() => new SinkError('unavailable', 'not opened'));
        const recovered: RecoveredBatches = { batches: [] };
        if (dice.chance(0.6)) return of(recovered);
        this.opening.set(sink, recovered);
        return this.#later(() => {
          if (this.opening.get(sink) === recovered) this.opening.delete(sink);
          return recovered;
        });
      },
      write: (change): ObservableInput<unknown> | undefined => {
        if (dice.chance(0.1)) {
          this.#world.count('store: refuses');
          unwritten.push({ put: [], remove: change.remove });
          flush();
          throw new SinkError('unavailable', 'not written');
        }
        this.#world.count('store: writes');
        unwritten.push(change);
        if (dice.chance(0.5)) {
          flush();
          return undefined;
        }
        return this.#later(() => {
          flush(change);
        });
      },
      close: () => {
        flush();
        return dice.chance(0.05) ? NEVER : undefined;
      },
    };
  }

  #later<T>(work: () => T): Observable<T> {
    return new Observable((subscriber) =>
      this.#world.clock.later(this.#dice.int(0, 15), () => {
        subscriber.next(work());
        subscriber.complete();
      }),
    );
  }
}
