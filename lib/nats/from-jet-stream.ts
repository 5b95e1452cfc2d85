import { Observable } from 'rxjs';
import { FROM_JET_STREAM, type FromJetStreamOptions } from './intake-options.js';
import { MessageIntake } from './message-intake.js';
import type { JetStreamResult } from './message-result.js';

/**
 * Collects the events of a JetStream consumer, and acknowledges each message when its event is delivered.
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
