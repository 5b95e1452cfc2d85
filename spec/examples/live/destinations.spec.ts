import { expect } from 'chai';
import { remoteSinks } from '../../../examples/live/destinations.js';
import { UsageError } from '../../../examples/live/options.js';

describe('examples/live, --to', () => {
  it('names its sinks after their kind, and numbers further ones', () => {
    const sinks = remoteSinks(['otlp=http://localhost:4318', 'otlp=https://otel.example.org/v1/logs?key=1=2']);
    expect(sinks.map(({ name }) => name)).to.deep.equal(['otlp', 'otlp-2']);
    expect(remoteSinks([])).to.deep.equal([]);
  });

  it('reads logins, tables and keys from URLs', () => {
    const options = ['clickhouse=http://writer:s%20cret@localhost:8123/?table=shop.events', 'posthog=https://eu.i.posthog.com?key=phc_1'];
    expect(remoteSinks(options).map(({ name }) => name)).to.deep.equal(['clickhouse', 'posthog']);
    expect(() => remoteSinks(['posthog=https://eu.i.posthog.com'])).to.throw(UsageError, '--to posthog: Expected `apiKey`');
    expect(() => remoteSinks(['clickhouse=http://localhost:8123/?table=no-table'])).to.throw(
      UsageError,
      '--to clickhouse: Expected `table`',
    );
  });

  it('refuses unknown names, and URLs that cannot be posted to, without showing them', () => {
    for (const option of ['otlp', 'http://localhost:4318', 'oltp=http://secret', 'toString=secret', ''])
      expect(() => remoteSinks([option]))
        .to.throw(UsageError, 'Expected --to to be clickhouse=URL or otlp=URL or posthog=URL, got ')
        .with.property('message')
        .that.does.not.include('secret');
    for (const url of ['', 'secret', 'ftp://secret', 'http://ada:secret@example.org'])
      expect(() => remoteSinks([`otlp=${url}`]))
        .to.throw(UsageError, '--to otlp: ')
        .with.property('message')
        .that.does.not.include('secret');
  });
});
