import type { AnalyticsEvent } from '../../lib/event/event.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { httpSink, type HttpSinkOptions } from '../../lib/http/http-sink.js';
import { anEvent } from './an-event.js';
import { LoopbackServer, type Received } from './loopback-server.js';

/** The answer of a stub to one request. @default the vendor's answer to accepted events */
export interface StubAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The outcomes of events by id, and the requests of the stub. */
export interface Sent {
  readonly delivered: readonly string[];
  readonly failed: Readonly<Record<string, string>>;
  readonly requests: readonly Received[];
}

/** Events `a`, `b`, `c`, … with ids in the form of UUIDs. */
export const idOf = (letter: string): string => `0${letter}890000-0000-7000-8000-000000000000`;

export const vendorEvent = (letter: string, patch: Partial<AnalyticsEvent> = {}): AnalyticsEvent =>
  anEvent({
    id: idOf(letter),
    type: 'checkout_completed',
    category: 'business',
    timestamp: 1_700_000_000_000,
    data: { total: 12.5 },
    metadata: { appVersion: '1.2.0', userId: 'user-1', anonymousId: 'anon-1' },
    ...patch,
  });

/** What `identify` of a visitor collects. */
export const identified = (
  letter: string,
  traits: unknown,
  metadata: AnalyticsEvent['metadata'] = vendorEvent('a').metadata,
): AnalyticsEvent =>
  vendorEvent(letter, { type: 'user_identified', category: 'usage', data: { userId: 'user-1', anonymousId: 'anon-1', traits }, metadata });

/**
 * Sends events to a server that answers with `answers`, one after the other, then always the last one, and returns their outcomes. Retries are immediate.
 */
export async function sendTo(
  preset: (url: string) => HttpSinkOptions,
  events: readonly AnalyticsEvent[],
  answers: readonly (StubAnswer | ((received: Received) => StubAnswer))[],
): Promise<Sent> {
  let count = 0;
  const server = await LoopbackServer.start((received, response) => {
    const given = answers[Math.min(count, answers.length - 1)] ?? { status: 200 };
    count += 1;
    const { status, headers, body = '' } = typeof given === 'function' ? given(received) : given;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  try {
    const collector = new EventCollector({
      sinks: [httpSink(preset(`http://127.0.0.1:${String(server.port)}`))],
      lane: { retry: { baseDelayMs: 0, maxAttempts: 3 }, breaker: false },
      config: { categories: { performance: { sampling: { rate: 1 } } }, privacyLevel: 'full' },
    });
    const delivered: string[] = [];
    const failed: Record<string, string> = {};
    collector.deliveries$.subscribe((delivery) => {
      for (const { id } of delivery.batch.events)
        if (delivery.status === 'delivered') delivered.push(id);
        else failed[id] = delivery.status === 'failed' ? `${delivery.error.kind} ${delivery.error.code}` : delivery.reason;
    });
    collector.collectBatch(events);
    await collector.shutdown();
    return { delivered, failed, requests: server.requests };
  } finally {
    await server.stop();
  }
}
