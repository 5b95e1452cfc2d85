import type * as t from 'io-ts';
import { UNREADABLE } from './guarded.js';

/** One fault of a value. It contains the value's kind, never the value itself. */
export interface DecodeFault {
  /** Dotted, array indexes included: `data.items.2.price`. Empty for the value as a whole. */
  readonly path: string;
  /** The name of the codec at this path. */
  readonly expected: string;
  readonly got: string;
}

/**
 * Converts io-ts's errors, which contain the values, into faults that may be logged.
 *
 * If no member of a union fits, the union as a whole is expected. If exactly one member fits in kind, as the object in
 * `t.union([t.type({ … }), t.null])`, the faults within it are reported. An intersection is reported as a whole. Keys of a `t.record` are part of the
 * value: in a path they are kept if they look like identifiers, and are `*` otherwise. Messages of codecs are left out, as they may quote the value.
 *
 * @example
 * const errors = t.type({ total: t.number }).decode({ total: 'twelve' });
 * expect(isLeft(errors) && decodeFaults(errors.left)).to.deep.equal([{ path: 'total', expected: 'number', got: 'a string' }]);
 */
export function decodeFaults(errors: t.Errors): readonly DecodeFault[] {
  const faults = faultsWithin(errors, 0);
  // Two members of an intersection may report the same fault.
  return groupsOf(faults, ({ path, expected }) => `${path}\n${expected}`).flatMap(([fault]) => fault ?? []);
}

/** Describes a value with a getter or proxy that throws, or with too deep nesting. */
export const SOMETHING_UNREADABLE = "something that can't be read";

type Codec = t.ContextEntry['type'];

/** Converts errors whose contexts have the same first `from` entries. */
function faultsWithin(errors: t.Errors, from: number): DecodeFault[] {
  const unionAt = ({ context }: t.ValidationError): number =>
    context.findIndex(({ type }, index) => index >= from && tagOf(type) === 'UnionType');
  // The errors of one union share its entry. An error outside of unions forms its own group.
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
    // Members of unions and intersections have the path of the whole; their keys are only indexes.
    if (index === 0 || parent === 'UnionType' || parent === 'IntersectionType') return [];
    return NAMES_ITS_KEYS.has(parent) || IDENTIFIER.test(key) ? key : '*';
  });
}

/** Codecs whose keys are defined by the codec, or are indexes. */
const NAMES_ITS_KEYS: ReadonlySet<string | undefined> = /* @__PURE__ */ new Set([
  'InterfaceType',
  'PartialType',
  'StrictType',
  'ArrayType',
  'ReadonlyArrayType',
  'TupleType',
]);
const IDENTIFIER = /^[\p{L}_$][\p{L}\p{N}_$-]{0,39}$/u;

/** Codecs that pass their value to an inner codec in the same context. */
const TRANSPARENT: ReadonlySet<string | undefined> = /* @__PURE__ */ new Set([
  'ReadonlyType',
  'ExactType',
  'RefinementType',
  'RecursiveType',
]);

/** The kind of the innermost codec. */
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
