import type * as t from 'io-ts';
import { UNREADABLE } from './guarded.js';

/** One thing wrong with a value. It tells the value's kind, and nothing else of it. */
export interface DecodeFault {
  /** Dotted, array indexes included: `data.items.2.price`. Empty for the value as a whole. */
  readonly path: string;
  /** The name of the codec that stands there. */
  readonly expected: string;
  readonly got: string;
}

/**
 * What is wrong, in words that may be logged: io-ts's own errors carry the values.
 *
 * Where no alternative of a union fits, the union as a whole is expected; but when a single one fits in kind, as the object in
 * `t.union([t.type({ … }), t.null])`, what is wrong within it is told. An intersection is one thing to expect, too. Keys that come from the
 * value, those of a `t.record`, stand in a path where they look like identifiers, and are `*` otherwise. Messages of codecs are left out:
 * they may quote the value.
 *
 * @example
 * const errors = t.type({ total: t.number }).decode({ total: 'twelve' });
 * expect(isLeft(errors) && decodeFaults(errors.left)).to.deep.equal([{ path: 'total', expected: 'number', got: 'a string' }]);
 */
export function decodeFaults(errors: t.Errors): readonly DecodeFault[] {
  const faults = faultsWithin(errors, 0);
  // Two members of an intersection may well find the same.
  return groupsOf(faults, ({ path, expected }) => `${path}\n${expected}`).flatMap(([fault]) => fault ?? []);
}

/** Said of a value with a getter or proxy that throws, or nested too deeply. */
export const SOMETHING_UNREADABLE = "something that can't be read";

type Codec = t.ContextEntry['type'];

/** Of errors that agree in the first `from` places of their contexts. */
function faultsWithin(errors: t.Errors, from: number): DecodeFault[] {
  const unionAt = ({ context }: t.ValidationError): number =>
    context.findIndex(({ type }, index) => index >= from && tagOf(type) === 'UnionType');
  // The errors of one union share its entry; one that is in no union stands for itself.
  const groups = groupsOf(errors, (error) => error.context[unionAt(error)] ?? error);
  return groups.flatMap((group) => {
    const at = unionAt(group[0]);
    return at === -1 ? faultOf(group[0]) : faultsOfUnion(group, at);
  });
}

function faultsOfUnion(errors: Group<t.ValidationError>, at: number): DecodeFault[] {
  const union = errors[0].context.slice(0, at + 1);
  const { length } = segmentsOf(union);
  const members = groupsOf(errors, ({ context }) => context[at + 1]);
  const fitInKind = members.filter((group) => group.every(({ context }) => segmentsOf(context).length > length));
  const [member, another] = fitInKind;
  if (member !== undefined && another === undefined) return faultsWithin(member, at + 1);
  return [faultOf({ value: union[at]?.actual, context: union })];
}

function faultOf({ value, context, message }: t.ValidationError): DecodeFault {
  let last = context.length - 1;
  while (tagOf(context[last - 1]?.type) === 'IntersectionType') last -= 1;
  return {
    path: segmentsOf(context).join('.'),
    expected: shortened(context[last]?.type.name ?? 'unknown'),
    got: message === UNREADABLE ? SOMETHING_UNREADABLE : kindOf(value),
  };
}

function segmentsOf(context: t.Context): string[] {
  return context.flatMap(({ key }, index) => {
    const parent = tagOf(context[index - 1]?.type);
    // The members of these stand where they stand themselves; their keys are but numbers.
    if (index === 0 || parent === 'UnionType' || parent === 'IntersectionType') return [];
    return NAMES_ITS_KEYS.has(parent) || IDENTIFIER.test(key) ? key : '*';
  });
}

/** The keys below come from the codec, or are indexes. */
const NAMES_ITS_KEYS: ReadonlySet<string | undefined> = /* @__PURE__ */ new Set([
  'InterfaceType',
  'PartialType',
  'StrictType',
  'ArrayType',
  'ReadonlyArrayType',
  'TupleType',
]);
const IDENTIFIER = /^[\p{L}_$][\p{L}\p{N}_$-]{0,39}$/u;

/** These hand their value on to the codec inside, under the same context. */
const TRANSPARENT: ReadonlySet<string | undefined> = /* @__PURE__ */ new Set([
  'ReadonlyType',
  'ExactType',
  'RefinementType',
  'RecursiveType',
]);

/** What kind of codec decides on what stands below. */
function tagOf(codec: Codec | undefined): string | undefined {
  const { _tag, type } = (codec ?? {}) as { readonly _tag?: string; readonly type?: Codec };
  return TRANSPARENT.has(_tag) ? tagOf(type) : _tag;
}

const MAX_NAME = 200;

const shortened = (name: string): string => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name);

function kindOf(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'object':
      return value === null ? 'null' : isArray(value) ? 'an array' : 'an object';
    case 'number':
      return Number.isFinite(value) ? 'a number' : 'a number that is not finite';
    case 'string':
      return value === '' ? 'an empty string' : 'a string';
    default:
      return `a ${typeof value}`;
  }
}

function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    // A revoked proxy.
    return false;
  }
}

type Group<T> = [T, ...T[]];

function groupsOf<T>(items: readonly T[], keyOf: (item: T) => unknown): Group<T>[] {
  const groups = new Map<unknown, Group<T>>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
