import { expect } from 'chai';
import { remoteSinks } from '../../../examples/live/destinations.js';
import { UsageError } from '../../../examples/live/options.js';

describe('examples/live, --to', () => {
  it('names its sinks after their kind, and numbers further ones', () => {
    const sinks = remoteSinks(['otlp=http://localhost:4318', 'otlp=https://otel.example.org/v1/logs?key=1=2']);
    expect(sinks.map(({ name }) => name)).to.deep.equal(['otlp', 'otlp-2']);
    expect(remoteSinks([])).to.deep.equal([]);
  });

  it('refuses unknown names, and URLs that cannot be posted to, without showing them', () => {
    for (const option of ['otlp', 'http://localhost:4318', 'oltp=http://secret', 'toString=secret', ''])
      expect(() => remoteSinks([option]))
        .to.throw(UsageError, 'Expected --to to be otlp=URL, got ')
        .with.property('message')
        .that.does.not.include('secret');
    for (const url of ['', 'secret', 'ftp://secret', 'http://ada:secret@example.org'])
      expect(() => remoteSinks([`otlp=${url}`]))
        .to.throw(UsageError, '--to otlp: ')
        .with.property('message')
        .that.does.not.include('secret');
  });
});
