import { complaint } from '../internal/check-option.js';
import { tryGet } from '../internal/try-get.js';

/** One fault of a configuration. `got` shows the value, or only its kind if the value could be confidential. */
export interface ConfigFault {
  /** Dotted, from the configuration's root. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

const BRAND = Symbol.for('rx-event-collector/ConfigError@1');

/** An invalid configuration, with all of its faults. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[], message?: string) {
    super(
      message ??
        faults.map(({ path, expected, got }) => complaint(path === '' ? 'the configuration' : `\`${path}\``, expected, got)).join('\n'),
    );
    this.name = 'ConfigError';
    this.faults = faults;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether `value` is a `ConfigError`, of this copy of the package or another. */
export function isConfigError(value: unknown): value is ConfigError {
  // A hostile proxy throws when it is read.
  return tryGet(() => typeof value === 'object' && value !== null && BRAND in value) === true;
}
