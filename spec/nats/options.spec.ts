import { expect } from 'chai';
import { createCollector } from '../../lib/index.js';
import { fromJetStream, jetStreamSink, streamWarnings } from '../../lib/nats/index.js';

describe('options of rx-event-collector/nats', () => {
  const js = { publish: () => Promise.resolve() };
  const consumer = { info: () => new Promise<never>(() => undefined), fetch: () => new Promise<never>(() => undefined) };
  const collector = { collectTracked: () => new Promise<never>(() => undefined) };
  const manager = { streams: { info: () => new Promise<never>(() => undefined) } };

  const MISSPELT: Readonly<Record<string, readonly [meant: string, call: () => unknown]>> = {
    jetStreamSink: ['subject', () => jetStreamSink({ js, subject: 'a', subjct: 'a' } as never)],
    fromJetStream: ['maxInFlight', () => fromJetStream({ consumer, collector, maxInFligth: 5 } as never)],
    'fromJetStream, its dead letters': [
      'deadLetters.afterDeliveries',
      () => fromJetStream({ consumer, collector, deadLetters: { js, subject: 'a', afterDelivery: 5 } as never }),
    ],
    streamWarnings: ['maxElapsedMs', () => streamWarnings(manager, { stream: 'a', maxElapsed: 5 } as never)],
  };
  for (const [name, [meant, call]] of Object.entries(MISSPELT)) {
    it(`suggests \`${meant}\` for a misspelt option of ${name}`, async () => {
      let message = 'nothing was thrown';
      try {
        await call();
      } catch (error) {
        ({ message } = error as Error);
      }
      expect(message).to.match(/^Unknown option `/);
      expect(message).to.contain(`Did you mean \`${meant}\`?`);
    });
  }

  it('names the feature that a collector lacks', () => {
    const untracked = createCollector({ sinks: [] });
    expect(() => fromJetStream({ consumer, collector: untracked as never })).to.throw(TypeError, 'createCollector(…, withSettlements())');
    expect(() => fromJetStream({ consumer } as never)).to.throw(TypeError, 'Expected `collector` to be a collector');
  });

  it('names an invalid consumer, subject and number of messages', () => {
    expect(() => fromJetStream({ consumer: {} as never, collector })).to.throw(TypeError, 'Expected `consumer` to be a pull consumer');
    expect(() => fromJetStream({ consumer, collector, maxInFlight: 0 })).to.throw(TypeError, '`maxInFlight` to be an integer ≥ 1');
    expect(() => fromJetStream({ consumer, collector, deadLetters: { js, subject: 'a.>' } })).to.throw(TypeError, 'a NATS subject');
    expect(() => jetStreamSink({ js, subject: 'a', stream: 'a.b' })).to.throw(TypeError, 'the name of a stream');
  });
});
