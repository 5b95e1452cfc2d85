import { mapLeft, tryCatch, type Either } from 'fp-ts/lib/Either.js';
import type { ConfigPatch } from '../config/options.js';
import { mergePatch, resolveConfig } from '../config/resolve-config.js';
import { ConfigError } from '../errors/config-error.js';
import { anObject, checkArgument, UNREADABLE } from '../internal/check-option.js';
import { toConfigError } from './decode-config.js';
import { aString } from './expectations.js';

/**
 * Reads configuration from environment variables. The result holds only the variables that are set; pass it to a collector, or merge it with more.
 *
 * The variables are `ENABLED` (true or false, yes or no, on or off, 1 or 0), `PRIVACY_LEVEL`, `SAMPLING_RATE`, `BATCH_MAX_COUNT`,
 * `BATCH_MAX_BYTES` (may be `Infinity`), `BATCH_MAX_AGE_MS` and `QUEUE_MAX_EVENTS`. An empty variable is not set, and blanks around a value are
 * ignored. Values are validated by `resolveConfig`; the error lists every fault by the variable's name, without values.
 *
 * @param env such as `process.env`
 * @param prefix the start of the variables' names. @default 'ANALYTICS_'
 * @throws TypeError if `env` is not an object or `prefix` is not a string; never for their contents
 * @example
 * const config = configFromEnv({ ANALYTICS_BATCH_MAX_COUNT: '50', ANALYTICS_ENABLED: '' });
 * expect(config).to.deep.equal({ _tag: 'Right', right: { batch: { maxCount: 50 } } });
 * expect(configFromEnv({ APP_SAMPLING_RATE: 'all' }, 'APP_')).to.have.nested.property('left.faults[0].path', 'APP_SAMPLING_RATE');
 */
export function configFromEnv(env: Readonly<Record<string, string | undefined>>, prefix = 'ANALYTICS_'): Either<ConfigError, ConfigPatch> {
  checkArgument('env', env, anObject);
  checkArgument('prefix', prefix, aString);
  let patch: ConfigPatch = {};
  for (const [name, { path, parse }] of Object.entries(VARIABLES)) {
    const value = read(env, prefix + name, parse);
    if (value !== undefined) patch = mergePatch(patch, nested(path, value));
  }
  const checked = tryCatch(() => {
    resolveConfig(patch);
    return patch;
  }, toConfigError);
  return mapLeft((error: ConfigError) => namingVariables(error, prefix))(checked);
}

/** Returns text that it can't parse unchanged; `resolveConfig` reports it. */
type Parse = (text: string) => unknown;

const flag: Parse = (text) => FLAGS.get(text.toLowerCase()) ?? text;
const number: Parse = (text) => (NUMBER.test(text) ? Number(text) : text);
const word: Parse = (text) => text;

const FLAGS: ReadonlyMap<string, boolean> = /* @__PURE__ */ new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
]);
/** Decimal only: `Number` also accepts `0x10`. */
const NUMBER = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|Infinity)$/;

const VARIABLES: Readonly<Record<string, { readonly path: string; readonly parse: Parse }>> = {
  ENABLED: { path: 'enabled', parse: flag },
  PRIVACY_LEVEL: { path: 'privacyLevel', parse: word },
  SAMPLING_RATE: { path: 'sampling.rate', parse: number },
  BATCH_MAX_COUNT: { path: 'batch.maxCount', parse: number },
  BATCH_MAX_BYTES: { path: 'batch.maxBytes', parse: number },
  BATCH_MAX_AGE_MS: { path: 'batch.maxAgeMs', parse: number },
  QUEUE_MAX_EVENTS: { path: 'queue.maxEvents', parse: number },
};

function read(env: Readonly<Record<string, unknown>>, name: string, parse: Parse): unknown {
  try {
    const value = env[name];
    // Bundlers may replace `process.env` by an object that contains booleans and numbers.
    if (typeof value !== 'string') return value;
    const text = value.trim();
    return text === '' ? undefined : parse(text);
  } catch {
    return UNREADABLE;
  }
}

const nested = (path: string, value: unknown): ConfigPatch =>
  path.split('.').reduceRight<object>((inner, key) => ({ [key]: inner }), value as object);

function namingVariables({ faults }: ConfigError, prefix: string): ConfigError {
  const names = new Map(Object.entries(VARIABLES).map(([name, { path }]) => [path, prefix + name]));
  return new ConfigError(faults.map((fault) => ({ ...fault, path: names.get(fault.path) ?? fault.path })));
}
