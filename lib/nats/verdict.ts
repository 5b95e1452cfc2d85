import type { Settlement } from '../features/settlement.js';
import type { DropReason } from '../ledger/drop-reason.js';

/** How a message is answered after its event is settled. */
export type Verdict = 'acknowledge' | 'failed' | 'not_accepted' | 'invalid' | 'closed';

/** Reasons caused by the event or by code that handles it. The others are caused by the collector's load or state. */
const FAILURES: ReadonlySet<DropReason> = /* @__PURE__ */ new Set<DropReason>([
  'enricher_error',
  'redactor_error',
  'sampler_error',
  'stage_error',
  'too_large',
  'reentrancy',
]);

/**
 * | settlement | verdict |
 * |---|---|
 * | delivered by every sink, or kept in the store of a durable lane | `acknowledge` |
 * | accepted, and there is no sink, or a stage of the user dropped it | `acknowledge` |
 * | filtered, sampled: settled by policy | `acknowledge` |
 * | failed at a sink, or in the collector because of an error or its size | `failed`: deliver again, a limited number of times |
 * | dropped by a full lane, at shutdown, without a sink or consent | `not_accepted`: deliver again |
 * | invalid | `invalid`: another delivery would not help |
 * | closed | `closed` |
 */
export function verdictOf({ outcome, sinks, lost }: Settlement): Verdict {
  if (outcome === 'invalid' || outcome === 'closed') return outcome;
  if (outcome === 'filtered' || outcome === 'sampled') return 'acknowledge';
  let isDropped = outcome === 'dropped' || lost !== undefined;
  let isFailed = lost !== undefined && FAILURES.has(lost);
  for (const sink in sinks) {
    const fate = sinks[sink];
    isFailed ||= fate === 'failed';
    isDropped ||= fate === 'dropped';
  }
  if (isFailed) return 'failed';
  return isDropped ? 'not_accepted' : 'acknowledge';
}
