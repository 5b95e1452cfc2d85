import type { AnalyticsEvent } from '../event/event.js';
import { faultOf } from '../event/fault-of.js';
import type { Step, StepEnv } from '../operators/step.js';

/** A user's step whose result is checked: unless it returns a complete event or `undefined`, the event is lost as `'enricher_error'`. */
export function checkedStep<E extends AnalyticsEvent>(step: Step<E>, { reject }: StepEnv<E>): Step<E> {
  return (event) => {
    const result: unknown = step(event);
    const fault = result === undefined ? undefined : faultOf(result, event.weight);
    if (fault === undefined) return result as E | undefined;
    reject(event, 'enricher_error', new TypeError(`Expected a step to return a complete event or undefined, got ${fault}`));
    return undefined;
  };
}
