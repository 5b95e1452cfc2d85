import { NgZone, untracked } from '@angular/core';
import type { MonoTypeOperatorFunction } from 'rxjs';
import { operate } from '../internal/operate.js';

/** Runs some work where it is none of Angular's business: outside of the zone, and of whatever effect, computed signal or template asks for it. */
export type Outside = <T>(work: () => T) => T;

/** Most calls come from outside of the zone already, or there is none at all: then there is nothing to leave. */
export const outsideOf =
  (zone: NgZone): Outside =>
  (work) =>
    untracked(() => (NgZone.isInAngularZone() ? zone.runOutsideAngular(work) : work()));

/** Lets an Observable of the application's arrive outside, wherever its values come from. */
export const arriving = <T>(outside: Outside): MonoTypeOperatorFunction<T> =>
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
