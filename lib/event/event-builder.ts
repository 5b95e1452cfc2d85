import { createEvent, type EventEnv } from './create-event.js';
import type { AnalyticsEvent, EventCategory, EventInput, EventMetadata, EventPriority } from './event.js';
import type { BusinessData, BusinessMetric, ErrorData, ErrorSeverity, PerformanceData, UsageData } from './payloads.js';

/**
 * Builds an event step by step; fields that are not set have the defaults of `createEvent`.
 *
 * A builder can be reused: every event has a new id and time, unless you set them.
 *
 * @example
 * const event = new EventBuilder('mission_created').usageData('mission', 'create', true).priority('high').build();
 * expect(event.data).to.deep.equal({ feature: 'mission', action: 'create', success: true });
 * expect(event.sessionId).to.equal(undefined);
 */
export class EventBuilder<T extends string = string, D = undefined> {
  #input: EventInput;

  /** @throws TypeError if `type` is not a non-empty string; thrown by `build` */
  constructor(type: T) {
    this.#input = { type };
  }

  usageData(feature: string, action: string, success: boolean, more?: Partial<UsageData>): EventBuilder<T, UsageData> {
    return this.data<UsageData>({ ...more, feature, action, success });
  }

  performanceData(
    metric: string,
    value: number,
    unit: string,
    tags: Readonly<Record<string, string>> = {},
  ): EventBuilder<T, PerformanceData> {
    return this.data<PerformanceData>({ metric, value, unit, tags });
  }

  errorData(
    code: string,
    message: string,
    severity: ErrorSeverity,
    component: string,
    recovered = false,
    stackTrace?: string,
  ): EventBuilder<T, ErrorData> {
    const data: ErrorData = { code, message, severity, component, recovered };
    return this.data(stackTrace === undefined ? data : { ...data, stackTrace });
  }

  businessData(
    metricType: BusinessMetric,
    value: number,
    unit: string,
    source?: Pick<BusinessData, 'backend' | 'model'>,
  ): EventBuilder<T, BusinessData> {
    return this.data<BusinessData>({ ...source, metricType, value, unit });
  }

  /** The payload: any value, used by reference. */
  data<N>(data: N): EventBuilder<T, N> {
    this.#set({ data });
    return this as unknown as EventBuilder<T, N>;
  }

  /** @default the category of the type; `'custom'` if the type isn't built in */
  category(category: EventCategory): this {
    return this.#set({ category });
  }

  /** @default 'normal' */
  priority(priority: EventPriority): this {
    return this.#set({ priority });
  }

  /** @default none: the collector's session id is used */
  session(sessionId: string): this {
    return this.#set({ sessionId });
  }

  /** Adds to the metadata set before; later values take precedence. */
  metadata(metadata: EventMetadata): this {
    return this.#set({ metadata: { ...this.#input.metadata, ...metadata } });
  }

  /** Adds one key to the metadata. */
  customMetadata(key: string, value: unknown): this {
    return this.metadata({ [key]: value });
  }

  /** Milliseconds since the epoch, a `Date`, or an ISO 8601 string. @default the time at which the event is built */
  timestamp(timestamp: number | Date | string): this {
    return this.#set({ timestamp });
  }

  /** @default a new one for each event */
  id(id: string): this {
    return this.#set({ id });
  }

  build(env?: EventEnv): AnalyticsEvent<T, D> {
    return createEvent(this.#input, env) as AnalyticsEvent<T, D>;
  }

  #set(fields: Partial<EventInput>): this {
    this.#input = { ...this.#input, ...fields };
    return this;
  }
}
