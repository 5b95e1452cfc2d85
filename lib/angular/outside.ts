import { NgZone, untracked } from '@angular/core';
import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import { operate } from '../internal/operate.js';

/** Runs work outside Angular's zone and without signal dependencies for the caller. */
export type Outside = <T>(work: () => T) => T;

/** Calls `work` directly if the caller is outside the zone already, or if there is no zone. */
export const outsideOf =
  (zone: NgZone): Outside =>
  (work) =>
    untracked(() => (NgZone.isInAngularZone() ? zone.runOutsideAngular(work) : work()));

/** Subscribes outside the zone, where the source's timers start, too. */
export const subscribeOutside = <T>(source: Observable<T>, outside: Outside): Observable<T> =>
  new Observable((subscriber) => outside(() => source.subscribe(subscriber)));

/** Passes on every notification outside the zone, even if the source emits it inside. */
export const observeOutside = <T>(outside: Outside): MonoTypeOperatorFunction<T> =>
  operate((destination) => ({
    next: (value) => {
      outside(() => {
        destination.next(value);
      });
    },
    error: (error) => {
      outside(() => {
        destination.error(error);
      });
    },
    complete: () => {
      outside(() => {
        destination.complete();
      });
    },
  }));
