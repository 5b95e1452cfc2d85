import { expect } from 'chai';
import { ConfigError, isConfigError } from '../../lib/errors/config-error.js';
import { forbidding } from '../support/hostile.js';

const FAULTS = [
  { path: 'sampling.rate', expected: 'a number from 0 to 1', got: '`2` (number)' },
  { path: '', expected: 'an object', got: 'an array' },
];

describe('ConfigError', () => {
  it('lists all of its faults, one a line', () => {
    const error = new ConfigError(FAULTS);
    expect(error.message).to.equal(
      'Expected `sampling.rate` to be a number from 0 to 1, got `2` (number)\nExpected the configuration to be an object, got an array',
    );
    expect(error).to.include({ name: 'ConfigError', code: 'CONFIG_INVALID', faults: FAULTS });
  });

  it('has another message if one is passed', () => {
    expect(new ConfigError(FAULTS, 'Not JSON').message).to.equal('Not JSON');
  });
});

describe('isConfigError', () => {
  it('is true for an error of another copy of the package', () => {
    expect(isConfigError({ [Symbol.for('rx-event-collector/ConfigError@1')]: true })).to.equal(true);
  });

  it('is false for other errors, and for hostile objects', () => {
    for (const value of [new Error('no'), { name: 'ConfigError', code: 'CONFIG_INVALID', faults: [] }, null, 'ConfigError', forbidding()])
      expect(isConfigError(value)).to.equal(false);
  });
});
