import { toMessage, type Reply, type Request } from '../../lib/ports/port-messages.js';

type Listener = (value: unknown) => void;

/** A port of Node whose other side is the test. */
export class TestPort<Sent extends Request | Reply> {
  readonly sent: Sent[] = [];
  readonly #listeners = new Map<string, Set<Listener>>();

  postMessage(message: unknown): void {
    this.sent.push(structuredClone(message) as Sent);
  }

  on(type: string, listener: Listener): void {
    this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(listener));
  }

  off(type: string, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  emit(type: string, value?: unknown): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) listener(value);
  }

  /** A message of the other side arrives. */
  receive(content: Request | Reply): void {
    this.emit('message', toMessage(content));
  }

  get listening(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }
}
