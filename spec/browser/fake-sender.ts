import type { SendingPage } from '../../lib/browser/index.js';

interface Sent {
  readonly init: RequestInit;
  answer(response: Response): void;
  fail(): void;
}

/** A page whose requests are answered by hand. */
export class FakeSender implements SendingPage {
  readonly document = { visibilityState: 'visible' };
  readonly Request: SendingPage['Request'];
  readonly sent: Sent[] = [];
  readonly beacons: Blob[] = [];
  takesBeacons = true;

  constructor(hasKeepalive = true) {
    this.Request = { prototype: hasKeepalive ? { keepalive: false } : {} };
  }

  readonly navigator = {
    sendBeacon: (_url: string, body: Blob): boolean => {
      if (this.takesBeacons) this.beacons.push(body);
      return this.takesBeacons;
    },
  };

  readonly fetch = (_url: unknown, init: RequestInit = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      this.sent.push({
        init,
        answer: resolve,
        fail: () => {
          reject(new TypeError('Failed to fetch'));
        },
      });
    });

  /** How each request went: `k` with keepalive, `f` without; and the number of its bytes. */
  get ways(): readonly string[] {
    return this.sent.map(({ init: { keepalive, body } }) => `${keepalive === true ? 'k' : 'f'}${String((body as Uint8Array).length)}`);
  }
}
