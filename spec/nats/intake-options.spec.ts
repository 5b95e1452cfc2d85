import { expect } from 'chai';
import { backgroundScheduler } from '../../lib/internal/background-scheduler.js';
import { eventJson } from '../../lib/event/event-json.js';
import { FROM_JET_STREAM, type IntakeSettings } from '../../lib/nats/intake-options.js';
import type { JetStreamMessage } from '../../lib/nats/jet-stream-consumer.js';
import { anEvent } from '../support/an-event.js';

const pending = (): Promise<never> => new Promise(() => undefined);
const required = { consumer: { info: pending, fetch: pending }, collector: { collectTracked: pending } };
const js = { publish: pending };

const parse = (options: object = {}): IntakeSettings => FROM_JET_STREAM.parse({ ...required, ...options });

describe('FROM_JET_STREAM', () => {
  it('has the documented defaults', () => {
    const { decode, random, ...others } = parse();
    expect(others).to.deep.equal({
      ...required,
      ...{ maxInFlight: 1_000, baseDelayMs: 1_000, maxDelayMs: 60_000 },
      ...{ deadLetters: undefined, scheduler: backgroundScheduler },
    });
    expect(random()).to.be.within(0, 1);
    expect(decode).to.be.a('function');
  });

  it('publishes a dead letter after ten deliveries, if `deadLetters` is set', () => {
    expect(parse({ deadLetters: { js, subject: 'dead' } }).deadLetters).to.deep.equal({ js, subject: 'dead', afterDeliveries: 10 });
  });

  it('accepts delays from 1 ms to the longest that a timer supports', () => {
    for (const name of ['baseDelayMs', 'maxDelayMs'] as const) {
      for (const value of [1, 1.5, 2 ** 31 - 1]) expect(parse({ [name]: value })[name]).to.equal(value);
      for (const value of [0, 2 ** 31, Infinity, NaN, '5', null])
        expect(() => parse({ [name]: value }), `${name}: ${String(value)}`).to.throw(
          TypeError,
          `\`${name}\` to be a number from 1 to 2147483647`,
        );
    }
  });

  it('refuses a number of messages that is not whole, or not positive', () => {
    for (const maxInFlight of [1.5, Infinity, -1, '5', null])
      expect(() => parse({ maxInFlight }), String(maxInFlight)).to.throw(TypeError, '`maxInFlight` to be an integer ≥ 1');
  });

  it('refuses invalid callbacks, and an invalid scheduler', () => {
    for (const name of ['decode', 'random', 'scheduler']) {
      const expected = name === 'scheduler' ? 'a scheduler' : 'a function';
      for (const value of [null, 'json', {}]) expect(() => parse({ [name]: value })).to.throw(TypeError, `\`${name}\` to be ${expected}`);
    }
  });

  it('requires `fetch` and `info` of a consumer', () => {
    for (const consumer of [undefined, null, pending, [], { fetch: pending }, { info: pending }, { fetch: 1, info: pending }])
      expect(() => parse({ consumer })).to.throw(TypeError, 'Expected `consumer` to be a pull consumer of JetStream, got');
  });

  it('names the options of dead letters by their path', () => {
    for (const [deadLetters, path] of [
      [{ subject: 'dead' }, 'deadLetters.js'],
      [{ js }, 'deadLetters.subject'],
      [{ js, subject: 'dead', afterDeliveries: 0 }, 'deadLetters.afterDeliveries'],
      [null, 'deadLetters'],
    ] as const)
      expect(() => parse({ deadLetters }), path).to.throw(TypeError, `Expected \`${path}\` to be`);
  });
});

describe('The default `decode`', () => {
  const decode = (data: Uint8Array): unknown => parse().decode({ data } as JetStreamMessage);
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  it('returns the event that `jetStreamSink` has published', () => {
    const event = anEvent({ type: 'größe_gewählt', data: { sizes: ['Ü', '😀'] } });
    expect(decode(bytes(eventJson(event)))).to.deep.equal(event);
  });

  it('reads a message after another one that broke off in a character', () => {
    expect(() => decode(bytes('{"type":"ü"}').subarray(0, 10))).to.throw(TypeError);
    expect(decode(bytes('{"type":"ü"}'))).to.deep.equal({ type: 'ü' });
  });

  it('throws for bytes that are not UTF-8, and for text that is not JSON', () => {
    expect(() => decode(Uint8Array.of(...bytes('{"type":"'), 0xff, ...bytes('"}')))).to.throw(TypeError);
    for (const text of ['', '{', '{"type":"a"} {}', 'NaN']) expect(() => decode(bytes(text)), text).to.throw(SyntaxError);
  });

  it('does not show the text that is not JSON', () => {
    for (const text of ['nonsense', '{"type":"secret', '{"a": secret}'])
      expect(() => decode(bytes(text)), text).to.throw(SyntaxError, /^Expected the JSON of an event, got text that is not JSON$/);
  });

  it('throws for the JSON of a value that is not an object', () => {
    for (const text of ['null', '1', '"a"', 'true', '[{"type":"a"}]'])
      expect(() => decode(bytes(text)), text).to.throw(TypeError, 'Expected the JSON of an event, got another value');
  });
});
