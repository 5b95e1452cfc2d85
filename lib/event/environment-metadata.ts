import { asyncScheduler } from 'rxjs';
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

/**
 * What can be told of where the code runs, without asking for more than it gives freely. Never throws; what is not to be had is `'unknown'`,
 * as `arch` is in a browser.
 */
export function environmentMetadata(): EventMetadata &
  Readonly<Record<'os' | 'arch' | 'locale', string> & Record<'timezoneOffset', number>> {
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
    timezoneOffset: new Date(asyncScheduler.now()).getTimezoneOffset(),
  };
}

/** The first of these that gives a string. A sandbox may answer with anything, or throw. */
function firstString(...attempts: readonly (() => unknown)[]): string {
  for (const attempt of attempts) {
    try {
      const value = attempt();
      if (typeof value === 'string' && value !== '') return value;
    } catch {
      // The next one.
    }
  }
  return 'unknown';
}
