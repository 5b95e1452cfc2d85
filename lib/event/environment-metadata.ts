import { asyncScheduler } from 'rxjs';
import { tryGet } from '../internal/try-get.js';
import { isNonEmptyString } from '../internal/check-option.js';
import type { EventMetadata } from './event.js';

/** What Node, browsers and workers have of these. */
interface Surroundings {
  readonly process?: { readonly platform?: unknown; readonly arch?: unknown };
  readonly navigator?: {
    readonly userAgentData?: { readonly platform?: unknown };
    readonly platform?: unknown;
    readonly language?: unknown;
  };
}

/** What was found: asking `Intl` takes 40 µs. */
let known: ReturnType<typeof lookAround> | undefined;

/**
 * What can be told of where the code runs, without asking for more than it gives freely. Never throws; what is not to be had is `'unknown'`,
 * as `arch` is in a browser. It looks once, and after that only at the zone's offset at the time it is given, in milliseconds since the epoch.
 */
export function environmentMetadata(
  now = asyncScheduler.now(),
): EventMetadata & Readonly<Record<'os' | 'arch' | 'locale', string> & Record<'timezoneOffset', number>> {
  known ??= lookAround();
  return { ...known, timezoneOffset: new Date(now).getTimezoneOffset() };
}

/** Apart from the memory, for whoever wants to see it look again. */
export function lookAround(): Readonly<Record<'os' | 'arch' | 'locale', string>> {
  const { process, navigator } = globalThis as Surroundings;
  return {
    os: firstString(
      () => process?.platform,
      () => navigator?.userAgentData?.platform,
      () => navigator?.platform,
    ),
    arch: firstString(() => process?.arch),
    locale: firstString(
      () => navigator?.language,
      () => Intl.DateTimeFormat().resolvedOptions().locale,
    ),
  };
}

/** The first of these that gives a string. A sandbox may answer with anything, or throw. */
const firstString = (...attempts: readonly (() => unknown)[]): string => attempts.map(tryGet).find(isNonEmptyString) ?? 'unknown';
