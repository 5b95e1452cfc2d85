import { mapLeft, tryCatch, type Either } from 'fp-ts/lib/Either.js';
import { UNREADABLE } from '../config/merge-deep.js';
import type { ConfigPatch } from '../config/options.js';
import { resolveConfig } from '../config/resolve-config.js';
import { ConfigError } from '../errors/config-error.js';
import { checkOption, type Expectation } from '../internal/check-option.js';
import { toConfigError } from './decode-config.js';

/**
 * What the environment says of the configuration, to be handed to a collector or merged with more: only what is set is in it.
 *
 * It reads `ENABLED` (true or false, yes or no, on or off, 1 or 0), `PRIVACY_LEVEL`, `SAMPLING_RATE`, `BATCH_MAX_COUNT`, `BATCH_MAX_BYTES`
 * (`Infinity`, too), `BATCH_MAX_AGE_MS` and `QUEUE_MAX_EVENTS`. Empty is not set; blanks around a value don't count. The rules are
 * `resolveConfig`'s; the error has every fault, under the variable's name.
 *
 * @param env for instance `process.env`
 * @param prefix of the variables' names. @default 'ANALYTICS_'
 * @throws TypeError for an `env` that is no object or a `prefix` that is no string, and for nothing in them
 * @example
 * const config = configFromEnv({ ANALYTICS_BATCH_MAX_COUNT: '50', ANALYTICS_ENABLED: '' });
 * expect(config).to.deep.equal({ _tag: 'Right', right: { batch: { maxCount: 50 } } });
 * expect(configFromEnv({ APP_SAMPLING_RATE: 'all' }, 'APP_')).to.have.nested.property('left.faults[0].path', 'APP_SAMPLING_RATE');
 */
export function configFromEnv(
  env: Readonly<Record<string, string | undefined>>,
  prefix = 'ANALYTICS_',
): Either<ConfigError, ConfigPatch> {
  checkOption('env', env, anObject);
  checkOption('prefix', prefix, aString);
  const sections: Record<string, Record<string, unknown>> = {};
  for (const [name, [path, parse]] of Object.entries(VARIABLES)) {
    const value = parsed(read(env, prefix + name), parse);
    if (value === undefined) continue;
    const [section, key] = 
  }
}
