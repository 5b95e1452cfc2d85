/** Configuration at run time: `npx tsx examples/12-runtime-configuration.ts`. Change settings, see all faults together, and ask for reasons. */
import { EventCollector, explain, isConfigError, MemorySink } from 'rx-event-collector';

export async function main(): Promise<void> {
  const sink = new MemorySink();
  const collector = new EventCollector({ sinks: [sink], config: { batch: { maxCount: 3 } } });

  // Settings are merged deeply, and apply from the next event.
  console.log(collector.track('login_failed'));
  collector.updateConfig({ overrides: { login_failed: { enabled: false } } });
  console.log(collector.track('login_failed'));

  // `explain` returns the reason without collecting the event.
  console.log(explain(collector, { type: 'login_failed' }).stages.at(-1)?.why);

  // `undefined` restores a default.
  collector.updateConfig({ overrides: { login_failed: undefined } });
  console.log(collector.track('login_failed'));

  // A lowered limit cuts the open batch immediately.
  collector.updateConfig({ batch: { maxCount: 2 } });
  console.log(sink.getEvents().map(({ events, reason }) => `${String(events.length)} by ${reason}`));

  // An invalid update changes nothing, and the error has every fault.
  try {
    collector.updateConfig({ enabled: false, sampling: { rate: 7 }, queue: { maxEvents: -1 } });
  } catch (error) {
    if (isConfigError(error)) for (const { path, expected, got } of error.faults) console.log(`${path}: ${expected}, got ${got}`);
  }
  console.log('enabled:', collector.config.enabled);
  await collector.shutdown();
}

if (process.argv[1] === import.meta.filename) await main();

// Prints:
// accepted
// filtered
// the override of type login_failed disables it
// accepted
// [ '2 by count' ]
// sampling.rate: a number from 0 to 1, got `7` (number)
// queue.maxEvents: an integer ≥ 1, got `-1` (number)
// enabled: true
