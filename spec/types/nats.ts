/** The clients and collectors that users hand over: `npm run types` fails where one of these lines has become wrong. */
import type { Consumer, JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { createCollector, MemorySink, withSettlements } from '../../lib/index.js';
import { fromJetStream, jetStreamSink, streamWarnings } from '../../lib/nats/index.js';

declare const connection: NatsConnection;
declare const js: JetStreamClient;
declare const manager: JetStreamManager;
declare const consumer: Consumer;

type Clicked = AnalyticsEvent<'clicked', { readonly x: number }>;
type Scrolled = AnalyticsEvent<'scrolled', number>;

jetStreamSink({ connection, subject: 'events' });
jetStreamSink({ js, subject: ({ type }) => `events.${type}` });
export const typed = new EventCollector<Clicked>({
  sinks: [jetStreamSink<Clicked>({ js, subject: ({ data }) => `events.${String(data.x)}` })],
});
// @ts-expect-error a subject is required
jetStreamSink({ connection });

const sinks = [new MemorySink<Clicked | Scrolled>()];
fromJetStream({ consumer, collector: new EventCollector() });
fromJetStream({ consumer, collector: new EventCollector<Clicked | Scrolled>(), maxInFlight: 5_000 });
fromJetStream({
  consumer,
  collector: createCollector({ sinks: [new MemorySink()] }, withSettlements()),
  deadLetters: { js, subject: 'dead' },
});
fromJetStream({ consumer, collector: createCollector({ sinks }, withSettlements<Clicked | Scrolled>()) });
// @ts-expect-error its events are not followed to their settlement
fromJetStream({ consumer, collector: createCollector({ sinks }) });

export const warnings: Promise<readonly string[]> = streamWarnings(manager, { stream: 'events' });
