import { defer, EMPTY, finalize, ReplaySubject, share, type Observable, type SchedulerLike } from 'rxjs';
import { aCollector } from '../collector/a-collector.js';
import { Collector } from '../collector/collector.js';
import { explain } from '../collector/explain.js';
import { kernelOf } from '../collector/kernel.js';
import type { ConsentState } from '../consent/consent-gate.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import {
  aDelay,
  aFunction,
  anArray,
  anInteger,
  anObservable,
  aNonEmptyString,
  aScheduler,
  checkArgument,
  isObject,
} from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { configControls, consentControl, deliveryControl, type DevtoolsControl } from './controls.js';
import { messageOf } from './cut.js';
import { Observation, type ObservedCollector } from './observation.js';
import type { DevtoolsAnswer, DevtoolsCommand, DevtoolsSnapshot, DevtoolsTable } from './protocol.js';

/** The data source of devtools: a collector in this program (`devtoolsSource`) or in another one (`remoteSource`). */
export interface DevtoolsSource {
  /** The collector is observed while there is a subscriber. All subscribers share one observation; a late one gets the latest snapshot immediately. */
  readonly snapshots$: Observable<DevtoolsSnapshot>;
  /** Never rejects: an error is returned as the answer. */
  send(command: DevtoolsCommand): Promise<DevtoolsAnswer>;
}

export interface DevtoolsSourceOptions {
  /** Shown above the pipeline. @default 'Event collector' */
  readonly title?: string | undefined;
  /** Milliseconds between snapshots, at least 50. @default 250 */
  readonly intervalMs?: number | undefined;
  /** Maximum number of events in a snapshot. @default 50 */
  readonly maxEvents?: number | undefined;
  /** Settings in addition to the collector's own, such as a switch for faults. @default none */
  readonly controls?: readonly DevtoolsControl[] | undefined;
  /** Changes the consent, for instance `(state) => consent$.next(state)`. @default none: consent is shown but can't be changed */
  readonly setConsent?: ((state: ConsentState) => void) | undefined;
  /**
   * Additional tables, such as query results of an event store. Each value replaces the previous one. Snapshots continue until it completes, even
   * after the collector has shut down. If it fails, the error is logged in the devtools. @default none
   */
  readonly tables$?: Observable<readonly DevtoolsTable[]> | undefined;
  /** @default timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The rows of these options, which `attachDevtools` has, too. */
export const sourceRows = () =>
  ({
    title: [aNonEmptyString, 'Event collector'],
    intervalMs: [aDelay(50), 250],
    maxEvents: [anInteger(1), 50],
    controls: [anArray, []],
    setConsent: [aFunction],
    tables$: [anObservable, EMPTY],
    scheduler: [aScheduler, backgroundScheduler],
  }) as const;

const OPTIONS = /* @__PURE__ */ optionsOf<DevtoolsSourceOptions, 'setConsent'>(sourceRows);

/**
 * Observes a collector for devtools: snapshots of its state, and commands that it answers.
 *
 * ```
 * subscribers   ---1------------0--        of snapshots$
 * snapshots$       s--s--s--s--s           every intervalMs, the first immediately; the last when the collector has shut down and tables$ is complete
 * ```
 *
 * Without a subscriber it holds no subscription, timer or event. Payloads are shown after redaction. When the last subscriber unsubscribes, a pause
 * that was started through a command ends; other settings stay as they are.
 *
 * @throws TypeError for an invalid collector, and for an invalid or unknown option
 * @example
 * import { devtoolsSource } from 'rx-event-collector/devtools';
 *
 * const collector = new EventCollector({ sinks: [new MemorySink()] });
 * const source = devtoolsSource(collector);
 * collector.track('feature_used');
 * const { stats, controls } = await firstValueFrom(source.snapshots$);
 * expect(stats.eventsReceived).to.equal(1);
 * expect(controls.map(({ name }) => name)).to.deep.equal(['delivery', 'sampling', 'queue', 'privacy']);
 * expect(await source.send({ type: 'set', control: 'sampling', value: '10 %' })).to.include({ ok: true });
 * expect(collector.config.sampling.rate).to.equal(0.1);
 */
export function devtoolsSource<E extends AnalyticsEvent = AnalyticsEvent>(
  collector: ObservedCollector<E>,
  options?: DevtoolsSourceOptions,
): DevtoolsSource {
  checkArgument('collector', collector, aCollector);
  const { title, intervalMs, maxEvents, controls: own, setConsent, tables$, scheduler } = OPTIONS.parse(options);
  const delivery = deliveryControl(() => collector.pause());
  const controls = withOwn([delivery, ...controlsOf(collector, setConsent)], own);
  let observation: Observation<E> | undefined;

  const answer = async (command: DevtoolsCommand): Promise<Omit<DevtoolsAnswer, 'ok'>> => {
    switch (command.type) {
      case 'set':
        return { text: change(controls, command.control, command.value) };
      case 'redeliver':
        if (observation === undefined) throw new Error('Dead letters are kept while the collector is open and has a reader');
        return { text: observation.redeliver(command.deadLetter) };
      case 'explain':
        if (!(collector instanceof Collector)) throw new TypeError('Expected a collector made by this copy of rx-event-collector');
        return explained(collector, command.event);
      case 'flush': {
        const { timedOut } = await collector.flush();
        return { text: timedOut ? 'The flush timed out' : 'Flushed' };
      }
      case 'retryNow':
        collector.retryNow();
        return { text: 'Every wait has ended' };
      default:
        throw new TypeError('Unknown command');
    }
  };

  return {
    snapshots$: defer(() => {
      observation = new Observation(collector, { title, intervalMs, maxEvents, controls, tables$, scheduler });
      return observation.snapshots$;
    }).pipe(
      finalize(() => {
        observation = undefined;
        delivery.release();
      }),
      share({ connector: () => new ReplaySubject<DevtoolsSnapshot>(1) }),
    ),
    send: (command) =>
      answer(command).then(
        (given) => ({ ok: true, ...given }),
        (error: unknown) => ({ ok: false, text: messageOf(error) }),
      ),
  };
}

function controlsOf<E extends AnalyticsEvent>(
  collector: ObservedCollector<E>,
  setConsent: ((state: ConsentState) => void) | undefined,
): DevtoolsControl[] {
  const { facts } = kernelOf(collector) ?? {};
  const update = collector.updateConfig?.bind(collector);
  return [
    ...(facts?.config === undefined || update === undefined ? [] : configControls(facts.config, update)),
    ...(facts?.consent === undefined ? [] : [consentControl(facts.consent, setConsent)]),
  ];
}

/** The built-in controls and the user's, which replace built-in ones of the same name. */
function withOwn(builtIn: readonly DevtoolsControl[], own: readonly DevtoolsControl[]): readonly DevtoolsControl[] {
  const names = new Set(own.map(({ name }) => name));
  return [...builtIn.filter(({ name }) => !names.has(name)), ...own];
}

function change(controls: readonly DevtoolsControl[], name: string, value: string): string {
  const control = controls.find((each) => each.name === name);
  if (control === undefined) throw new RangeError(`Unknown control. Controls: ${controls.map((each) => each.name).join(', ')}`);
  if (!control.values.includes(value)) throw new RangeError(`Expected one of ${control.values.join(', ')}`);
  control.set(value);
  return `${control.label}: ${control.value()}`;
}

function explained<E extends AnalyticsEvent>(collector: Collector<E>, json: string): Omit<DevtoolsAnswer, 'ok'> {
  const event: unknown = JSON.parse(json);
  if (!isObject(event)) throw new TypeError('Expected the JSON of an event, such as {"type": "feature_used"}');
  const explanation = explain(collector, event as unknown as EventInput<E>);
  return { text: `Explained: ${explanation.verdict}`, explanation };
}
