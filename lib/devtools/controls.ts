import type { Subscription } from 'rxjs';
import type { CollectorConfig, ConfigPatch, PrivacyLevel } from '../config/options.js';
import type { ConsentState } from '../consent/consent-gate.js';
import { messageOf } from './cut.js';
import type { DevtoolsControlState } from './protocol.js';

/** A setting that devtools show and can change. */
export interface DevtoolsControl {
  /** Unique. One of the built-in names (`delivery`, `sampling`, `queue`, `privacy`, `consent`) replaces that control. */
  readonly name: string;
  readonly label: string;
  /** The values to choose from. Empty for a setting that can only be read. */
  readonly values: readonly string[];
  /** Returns the current value, which need not be one of `values`. */
  readonly value: () => string;
  /** Called with one of `values`. The message of an exception is returned as the command's answer. */
  readonly set: (value: string) => void;
}

/** If `value` throws, the error is shown as the value: a control must not end the stream of snapshots. */
export function stateOf({ name, label, values, value }: DevtoolsControl): DevtoolsControlState {
  try {
    return { name, label, value: value(), values };
  } catch (error) {
    return { name, label, value: `unreadable: ${messageOf(error)}`, values: [] };
  }
}

const SHARES = ['0 %', '1 %', '5 %', '10 %', '25 %', '50 %', '75 %', '100 %'];
const BOUNDS = ['1', '10', '100', '1000', '10000', '100000'];
const PRIVACY_LEVELS: readonly PrivacyLevel[] = ['off', 'minimal', 'balanced', 'full'];
const CONSENTS: readonly ConsentState[] = ['granted', 'denied', 'unknown'];

/** `sampling.rate`, `queue.maxEvents` and `privacyLevel` of the configuration. */
export function configControls(config: () => CollectorConfig, update: (patch: ConfigPatch) => void): readonly DevtoolsControl[] {
  return [
    {
      name: 'sampling',
      label: 'Sampling rate',
      values: SHARES,
      // 0.07 * 100 is 7.000000000000001.
      value: () => `${String(Number((config().sampling.rate * 100).toPrecision(12)))} %`,
      set: (value) => {
        update({ sampling: { rate: Number.parseInt(value, 10) / 100 } });
      },
    },
    {
      name: 'queue',
      label: 'Queue limit',
      values: BOUNDS,
      value: () => String(config().queue.maxEvents),
      set: (value) => {
        update({ queue: { maxEvents: Number(value) } });
      },
    },
    {
      name: 'privacy',
      label: 'Privacy level',
      values: PRIVACY_LEVELS,
      value: () => config().privacyLevel,
      set: (value) => {
        update({ privacyLevel: PRIVACY_LEVELS.find((level) => level === value) });
      },
    },
  ];
}

/** The control of consent. It is read-only without `set`. */
export function consentControl(get: () => ConsentState, set?: (state: ConsentState) => void): DevtoolsControl {
  return {
    name: 'consent',
    label: 'Consent',
    values: set === undefined ? [] : CONSENTS,
    value: get,
    set: (value) => {
      const state = CONSENTS.find((consent) => consent === value);
      if (state !== undefined) set?.(state);
    },
  };
}

/** Pauses delivery, until it is resumed or `release` is called. */
export function deliveryControl(pause: () => Subscription): DevtoolsControl & { readonly release: () => void } {
  let held: Subscription | undefined;
  const release = (): void => {
    held?.unsubscribe();
    held = undefined;
  };
  return {
    name: 'delivery',
    label: 'Delivery',
    values: ['running', 'paused'],
    value: () => (held === undefined ? 'running' : 'paused'),
    set: (value) => {
      if (value === 'running') release();
      else held ??= pause();
    },
    release,
  };
}
