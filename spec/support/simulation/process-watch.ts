import { toSinkError, SinkError } from '../../../lib/errors/sink-error.js';
import type { SinkErrorKind } from '../../../lib/errors/sink-error.js';
import type { EventBatch } from '../../../lib/event/event.js';
import type { Simulation } from './simulation.js';
import type { Call, SimulatedSink } from './simulated-sink.js';
import { idsOf } from './world.js';

/** Checks every attempt against the guarantees of lanes about identity, order, number and time. */
export class ProcessWatch {
  readonly #simulation: Simulation;
  /** By sink name and batch id: the latest call under that id. */
  readonly #byBatch = new Map<string, Call>();
  /** By sink name and event id: the latest call with that event. */
  readonly #byEvent = new Map<string, Call>();
  /** By sink: the latest call in order. */
  readonly #latest = new Map<SimulatedSink, Call>();
  /** By sink: the first batch of those with the latest sequence. */
  readonly #firstOfSequence = new Map<SimulatedSink, EventBatch>();
  /** Calls under the id of a batch as it was cut, to be compared when all cuts are known. */
  readonly roots: Call[] = [];

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  check(sink: SimulatedSink, call: Call): void {
    const { world, records, shutdownEndedAt } = this.#simulation;
    const { batch } = call;
    const { events, id } = batch;
    const sinkRecord = this.#simulation.sinkRecords.find((each) => each.sink === sink);
    if (sinkRecord === undefined) return;
    world.check(events.length > 0 && Object.isFrozen(events), () => `${sink.name} got ${id} empty or not frozen`);
    world.check(sink.closes === 0, () => `${sink.name} got ${id} after close()`);
    world.check(sinkRecord.goneAt === undefined && shutdownEndedAt === undefined, () => `${sink.name} got ${id} after it had left`);
    const open = sink.open.length;
    world.check(open <= sinkRecord.lane.concurrency, () => `${sink.name} has ${String(open)} attempts in flight`);
    let isRedelivered = false;
    for (const event of events) {
      const record = records.see(event);
      if (record === undefined) continue;
      const ends = records.ends(record, sink.name);
      if (ends.redelivered.length > 0) isRedelivered = true;
      const settled = ends.delivered.length + ends.failed.length + ends.dropped.length;
      world.check(settled <= ends.redelivered.length, () => `${sink.name} got ${event.id} again, which was settled`);
    }
    this.#checkIdentity(sink, call, isRedelivered);
    this.#checkTime(sink, call, isRedelivered);
    if (!isRedelivered) {
      if (sinkRecord.lane.concurrency === 1) this.#checkOrder(sink, call);
      this.#latest.set(sink, call);
    }
    const { breaker } = world.look('process').sinks[sink.name] ?? {};
    const isLeaving = sinkRecord.unregisteredAt !== undefined || this.#simulation.isClosed;
    // A reported probe is already active: pausing in its callback is too late.
    const isHeld = this.#simulation.paused?.has(sink) === true && breaker !== 'half-open';
    world.check(isLeaving || !isHeld, () => `${sink.name} got ${id} in a pause`);
    const isRetrying = this.#simulation.retriedAt === world.clock.awake;
    world.check(isLeaving || isRetrying || breaker !== 'open', () => `${sink.name} got ${id} through an open breaker`);
    if (breaker === 'half-open') world.count('breaker: probe');
    this.#byBatch.set(key(sink, id), call);
    for (const event of events) this.#byEvent.set(key(sink, event.id), call);
  }

  /** The same id means the same content; other content has the last attempted id as its parent. */
  #checkIdentity(sink: SimulatedSink, call: Call, isRedelivered: boolean): void {
    const { world, deadLetters } = this.#simulation;
    const { batch, attempt } = call;
    const { id, parentId, events, sequence, reason } = batch;
    const previous = this.#byBatch.get(key(sink, id));
    if (previous !== undefined) {
      const isSame = idsOf(previous.batch.events) === idsOf(events);
      world.check(isSame, () => `${sink.name} got ${id} with other events: ${idsOf(previous.batch.events)}, then ${idsOf(events)}`);
      world.check(
        isRedelivered || attempt === previous.attempt + 1,
        () => `attempt ${String(attempt)} at ${id} follows ${String(previous.attempt)}`,
      );
      return;
    }
    if (parentId === undefined) {
      world.check(attempt === 1, () => `the first attempt at ${id} has the number ${String(attempt)}`);
      this.roots.push(call);
      return;
    }
    const parent = this.#byBatch.get(key(sink, parentId));
    if (parent === undefined) {
      // A dead letter of a part has an id that is not visible elsewhere.
      if (isRedelivered && deadLetters.some(({ batch: { id: told } }) => told === parentId)) return;
      world.fail(`${id} names a parent that ${sink.name} never got: ${parentId}`);
      return;
    }
    world.count('batch: changed after an attempt');
    world.check(
      parent.batch.sequence === sequence && parent.batch.reason === reason,
      () => `${id} has not its parent's sequence and reason`,
    );
    world.check(isSubsequence(events, parent.batch.events), () => `${id} holds what its parent did not`);
    world.check(
      // The parent may have been redelivered again meanwhile.
      isRedelivered || attempt === 1 || attempt === parent.attempt + 1,
      () => `attempt ${String(attempt)} at ${id} follows ${String(parent.attempt)}`,
    );
    if (isRedelivered) return;
    for (const event of events) {
      const last = this.#byEvent.get(key(sink, event.id));
      world.check(
        last === parent,
        () => `${id} names ${parentId} as its parent, but ${event.id} was last tried in ${String(last?.batch.id)}`,
      );
    }
  }

  /** No attempt is made before a Retry-After is over, after the last allowed one, or for rejected events. */
  #checkTime(sink: SimulatedSink, { batch, attempt }: Call, isRedelivered: boolean): void {
    const { world, sinkRecords } = this.#simulation;
    const lane = sinkRecords.find((each) => each.sink === sink)?.lane;
    if (isRedelivered || lane === undefined) return;
    for (const { id } of batch.events) {
      const last = this.#byEvent.get(key(sink, id));
      if (last === undefined) continue;
      const kind = kindOf(last);
      const { error } = last;
      const refused = error instanceof SinkError ? error.rejected : undefined;
      const wasRefused = refused?.some((event) => (event as { readonly id: string }).id === id) === true;
      world.check(!wasRefused, () => `${sink.name} got ${id} again, which it had refused`);
      // A refused batch without named events is halved.
      const isHalf =
        refused !== undefined ||
        (error instanceof SinkError && error.failed === undefined && batch.events.length < last.batch.events.length);
      world.check(kind !== 'rejected' || isHalf, () => `${sink.name} got ${id} again, which it had rejected`);
      if (kind === 'rejected') world.count('batch: sent again after a refusal');
      const isOutage = kind === 'unavailable' || kind === 'timeout';
      world.check(
        attempt <= lane.retry.maxAttempts || isOutage || refused !== undefined,
        () => `attempt ${String(attempt)} at ${batch.id} is more than allowed`,
      );
      const { answeredAt } = last;
      if (error instanceof SinkError && error.retryAfterMs !== undefined && answeredAt !== undefined) {
        const earliest = answeredAt.time + Math.min(error.retryAfterMs, 300_000);
        const isRetried = this.#simulation.retriedAt >= answeredAt.awake;
        world.check(isRetried || world.clock.now >= earliest, () => `${sink.name} asked to be left alone until ${String(earliest)}`);
      }
    }
  }

  /** Batches arrive by sequence, and parts of a batch in their order. */
  #checkOrder(sink: SimulatedSink, { batch }: Call): void {
    const { world } = this.#simulation;
    const previous = this.#latest.get(sink)?.batch;
    if (previous?.sequence !== batch.sequence) this.#firstOfSequence.set(sink, batch);
    if (previous === undefined) return;
    world.check(
      previous.sequence <= batch.sequence,
      () => `${sink.name} got #${String(batch.sequence)} after #${String(previous.sequence)}`,
    );
    if (previous.sequence !== batch.sequence || isSubsequence(batch.events, previous.events)) return;
    const whole = this.#firstOfSequence.get(sink)?.events ?? [];
    const places = (events: typeof batch.events): number[] => events.map((event) => whole.indexOf(event));
    const isLater = Math.min(...places(batch.events)) > Math.max(...places(previous.events));
    world.check(isLater, () => `${sink.name} got ${idsOf(batch.events)} after ${idsOf(previous.events)}`);
  }
}

/** The error of an attempt that was followed by another one. */
function kindOf({ answer, error }: Call): SinkErrorKind | undefined {
  if (answer === 'failure') return toSinkError(error).kind;
  return answer === 'success' ? undefined : 'timeout';
}

const key = (sink: SimulatedSink, id: string): string => `${sink.name} ${id}`;

export function isSubsequence<T>(part: readonly T[], whole: readonly T[]): boolean {
  let next = 0;
  for (const each of whole) if (next < part.length && part[next] === each) next += 1;
  return next === part.length;
}
