import { tryCatch, type Either } from 'fp-ts/lib/Either.js';
import type { CollectorConfig, ConfigPatch } from '../config/options.js';
import { resolveConfig } from '../config/resolve-config.js';
import { ConfigError, isConfigError } from '../errors/config-error.js';
import { SOMETHING_UNREADABLE } from './decode-faults.js';

/**
 * Decodes a complete configuration from a file or the network. Like `resolveConfig`, but returns the error. It has the path and kind of an invalid
 * value but not the value itself: a file may contain secrets. Never throws.
 *
 * @example
 * expect(decodeConfig(JSON.parse('{ "batch": { "maxCount": 50 } }'))).to.have.nested.property('right.batch.maxCount', 50);
 * expect(decodeConfig({ sampling: { rate: 2 } })).to.have.nested.property('left.faults[0].path', 'sampling.rate');
 */
export function decodeConfig(value: unknown): Either<ConfigError, CollectorConfig> {
  return tryCatch(() => resolveConfig(value as ConfigPatch), toConfigError);
}

export function toConfigError(thrown: unknown): ConfigError {
  return new ConfigError(
    isConfigError(thrown)
      ? thrown.faults.map((fault) => ({ ...fault, got: withoutValue(fault.got) }))
      : [{ path: '', expected: 'a configuration', got: SOMETHING_UNREADABLE }],
  );
}

/** `resolveConfig` quotes primitives, as in `'x'` (string). For external data, only the kind is reported. */
function withoutValue(got: string): string {
  const [, kind] = /^`.*` \((\w+)\)$/s.exec(got) ?? [];
  return kind === undefined ? got.replaceAll('`', '') : `a ${kind}`;
}
