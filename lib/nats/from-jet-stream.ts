import { Observable } from 'rxjs';
import { FROM_JET_STREAM, type FromJetStreamOptions } from './intake-options.js';
import { MessageIntake } from './message-intake.js';
import type { JetStreamResult } from './message-result.js';

/**
 * Collects the events of a JetStream consumer, and acknowledges each message when its event is settled at every sink.
 *
 * ```
 * consumer    a--b---------------b'--            b' is the second delivery
 * sink        ----a✓b✗-------------b✓
 * result      ----A-D---------------A            A = acknowledged, D = delayed: the server waits before it delivers b again
 * ```
 *
 * | settlement of the event | message |
 * |---|---|
 * | delivered by every sink, or kept by a durable lane | acknowledged |
 * | filtered or sampled, dropped by a user's stage, or there is no sink | acknowledged: excluded by policy |
 * | failed at a sink, or in the collector | delivered again after a delay that doubles; a dead letter after `afterDeliveries` |
 * | dropped by a full lane, at shutdown, without a sink or consent | delivered again after a delay, never a dead letter |
 * | not the JSON of an event, or invalid | a dead letter immediately; without `deadLetters` delivered again |
 * | the collector is closed | returned, and nothing more is requested |
 *
 * **Duplicates.** Until an event is settled, its message's deadline is extended at every third of `ack_wait`. A message that is delivered again
 * meanwhile, or after its acknowledgement was lost, is not collected again. Across processes, and after a partial failure of several sinks, an event
 * may arrive twice, with the same id. A message that is delivered again is out of order.
 *
 * **Requests.** At most `maxInFlight` messages are requested or unsettled. A failed request is reported as `interrupted` and repeated after a delay
 * of 0.2 to 30 s, even if the consumer was deleted.
 *
 * **End.** Shut the collector down: open messages are settled, then the Observable completes. Unsubscribing stops immediately; unacknowledged
 * messages are delivered again. The Observable errors if the connection is closed permanently (connect with `maxReconnectAttempts: -1`), if the
 * consumer's acknowledgement policy is not `'explicit'`, or if it receives its own dead letters. Each subscription requests its own messages.
 *
 * @throws TypeError for an invalid or unknown option
 */
export function fromJetStream(options: FromJetStreamOptions): Observable<JetStreamResult> {
  const settings = FROM_JET_STREAM.parse(options);
  return new Observable((subscriber) => {
    const intake = new MessageIntake(settings, subscriber);
    subscriber.add(() => {
      intake.stop();
    });
    void intake.start();
  });
}
