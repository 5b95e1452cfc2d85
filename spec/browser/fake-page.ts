import type { BrowserPage } from '../../lib/browser/page.js';

/** An event target that lists its listeners. */
export class CountingTarget extends EventTarget {
  readonly #listeners = new Set<string>();
  readonly #ids = new Map<unknown, number>();

  get listeners(): readonly string[] {
    return [...this.#listeners].map((key) => key.split(' ')[0]!).sort();
  }

  override addEventListener(...[type, listener, options]: Parameters<EventTarget['addEventListener']>): void {
    this.#listeners.add(this.#key(type, listener, options));
    super.addEventListener(type, listener, options);
  }

  override removeEventListener(...[type, listener, options]: Parameters<EventTarget['removeEventListener']>): void {
    this.#listeners.delete(this.#key(type, listener, options));
    super.removeEventListener(type, listener, options);
  }

  #key(type: string, listener: unknown, options: boolean | AddEventListenerOptions | undefined): string {
    if (!this.#ids.has(listener)) this.#ids.set(listener, this.#ids.size);
    const isCapture = typeof options === 'object' ? options.capture === true : options === true;
    return `${type} ${String(this.#ids.get(listener))} ${String(isCapture)}`;
  }
}

/** A page whose visibility, navigation and network the test controls. */
export class FakePage extends CountingTarget implements BrowserPage {
  readonly document = Object.assign(new CountingTarget(), { visibilityState: 'visible' });
  readonly navigator = { onLine: true };

  /** Listeners of the page and its document. */
  get allListeners(): readonly string[] {
    return [...this.listeners, ...this.document.listeners].sort();
  }

  show(visibilityState: 'visible' | 'hidden'): void {
    this.document.visibilityState = visibilityState;
    this.document.dispatchEvent(new Event('visibilitychange'));
  }

  fire(type: 'pagehide' | 'pageshow'): void {
    this.dispatchEvent(new Event(type));
  }

  connect(onLine: boolean): void {
    this.navigator.onLine = onLine;
    this.dispatchEvent(new Event(onLine ? 'online' : 'offline'));
  }
}
