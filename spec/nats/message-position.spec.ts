import { expect } from 'chai';
import type { JetStreamMessage } from '../../lib/nats/index.js';
import { positionOf } from '../../lib/nats/message-position.js';

describe('positionOf', () => {
  const info = { stream: 'events', streamSequence: 1, timestampNanos: 2, deliveryCount: 3 };
  const nothing = (): void => undefined;
  const withReply = (reply?: string): JetStreamMessage => ({
    subject: 'events.a',
    data: new Uint8Array(),
    reply,
    info,
    ack: nothing,
    nak: nothing,
    working: nothing,
    term: nothing,
  });

  for (const [what, reply] of Object.entries({
    'without a domain': '$JS.ACK.events.workers.7.9007199254740991.12.1795952506113000123.45',
    'with a domain': '$JS.ACK.hub.ACCOUNT1.events.workers.7.9007199254740991.12.1795952506113000123.45',
    'with a domain and a token': '$JS.ACK._.ACCOUNT1.events.workers.7.9007199254740991.12.1795952506113000123.45.token',
  })) {
    it(`reads a reply subject ${what}`, () => {
      const { streamSequence, timestampNanos } = positionOf(withReply(reply));
      expect(streamSequence).to.equal(9_007_199_254_740_991);
      // Rounded, by less than a microsecond.
      expect(timestampNanos).to.be.closeTo(1_795_952_506_113_000_123, 1_000);
      expect(positionOf(withReply(reply))).to.deep.equal({ streamSequence, timestampNanos });
    });
  }

  for (const [what, reply] of Object.entries({
    'no reply subject': undefined,
    'a reply subject of another form': '_INBOX.abc.1',
    'a reply subject that is too short': '$JS.ACK.events.workers.7',
    'a reply subject between both forms': '$JS.ACK.x.events.workers.7.8.12.9.45',
    'a reply subject without numbers': '$JS.ACK.events.workers.7.x.12.y.45',
  })) {
    it(`reads the position from \`info\` for ${what}`, () => {
      expect(positionOf(withReply(reply))).to.include({ streamSequence: 1, timestampNanos: 2 });
    });
  }
});
