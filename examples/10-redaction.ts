/** Redaction: `npx tsx examples/10-redaction.ts`. Personal data is removed before subscribers and sinks get the event; events that can't be redacted are dropped. */
import { createEvent, defaultRedaction, EventCollector, MemorySink, redact, redaction, type RedactionRule } from 'rx-event-collector';
import { of } from 'rxjs';

/** A rule gets every string of `data` and `metadata`, with its path. */
const ticketRule: RedactionRule = {
  name: 'ticket',
  redact: (value, path) => (path.startsWith('data.') ? value.replaceAll(/\bT-\d+\b/g, '[redacted:ticket]') : value),
};

export async function main(): Promise<void> {
  const sink = new MemorySink();
  const collector = new EventCollector({
    sinks: [sink],
    redaction: defaultRedaction({ without: ['ip'], with: [ticketRule] }),
  });

  const order = {
    note: 'T-1000: write to ada@example.org',
    login: { user: 'ada', password: 'hunter2' },
    paid: 'card 4111 1111 1111 1111, not 4111 1111 1111 1112',
    from: '192.0.2.7',
  };
  collector.collect({ type: 'order_placed', data: order });

  // Fail-closed: an event that can't be read can't be redacted.
  const outcome = collector.collect({
    type: 'order_placed',
    data: {
      get note(): string {
        throw new Error('unreadable');
      },
    },
  });
  await collector.shutdown();

  for (const [key, value] of Object.entries(sink.events[0]?.data as object)) console.log(`${key}:`, value);
  console.log("the caller's own:", order.note);
  console.log(outcome, collector.stats().dropped.redactor_error);

  // The operator alone, with a rule of your choice.
  of(createEvent({ type: 'note', data: '4111 1111 1111 1111' }))
    .pipe(redact([redaction.card()]))
    .subscribe(({ data }) => console.log('alone:', data));
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// note: [redacted:ticket]: write to [redacted:email]
// login: { user: 'ada', password: '[redacted:secret]' }
// paid: card [redacted:card], not 4111 1111 1111 1112
// from: 192.0.2.7
// the caller's own: T-1000: write to ada@example.org
// dropped 1
// alone: [redacted:card]
