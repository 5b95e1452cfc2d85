import type { SettlementListener } from '../collector/recorder.js';
import type { Settlement } from '../features/settlement.js';
import type { JetStreamMessage } from './jet-stream-consumer.js';
import type { MessagePosition } from './message-position.js';

/** A message that is not answered yet, because its event is being collected. */
export class OpenMessage implements SettlementListener {
  readonly position: MessagePosition;
  /** The latest delivery of the message. */
  message: JetStreamMessage;
  /** The final outcome of the message's event. */
  settlement: Settlement | undefined;
  readonly #onSettled: (open: OpenMessage) => void;

  constructor(position: MessagePosition, message: JetStreamMessage, onSettled: (open: OpenMessage) => void) {
    this.position = position;
    this.message = message;
    this.#onSettled = onSettled;
  }

  onSettled(settlement: Settlement): void {
    this.settlement = settlement;
    this.#onSettled(this);
  }
}
