import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Enum, parse, type Field, type Type } from 'protobufjs';

const { root } = parse(readFileSync(resolve(import.meta.dirname, 'otlp.proto'), 'utf8'));
root.resolveAll();
const request = root.lookupType('otlp.ExportLogsServiceRequest');

/** A message of OTLP: its fields by their JSON names, those with default values left out. */
export type Message = Readonly<Record<string, unknown>>;

/** The parts of a request that specs look at. */
export interface LogsRequest extends Message {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeLogs: readonly { readonly scope: Message; readonly logRecords: readonly LogRecord[] }[];
  }[];
}

export interface LogRecord extends Message {
  readonly timeUnixNano?: string;
  readonly observedTimeUnixNano?: string;
  readonly eventName?: string;
  readonly body?: Message;
  readonly attributes?: readonly KeyValue[];
}

export interface KeyValue {
  readonly key?: string;
  readonly value: Message;
}

const DEFAULTS = { longs: String, bytes: String, enums: Number, defaults: false } as const;

/** A binary request, in the form of `decodeLogs`. */
export const decodeBinaryLogs = (bytes: Uint8Array): LogsRequest => request.toObject(request.decode(bytes), DEFAULTS) as LogsRequest;

/**
 * The request in an OTLP/JSON text, converted to binary Protocol Buffers and back.
 *
 * Unlike most decoders, it refuses unknown fields, values of another type than the field's, several values for a `oneof`, duplicate keys,
 * ids of another length, and messages that are nested deeper than decoders accept by default.
 */
export function decodeLogs(json: string): LogsRequest {
  const message = request.fromObject(strict(request, JSON.parse(json), 'request'));
  return decodeBinaryLogs(request.encode(message).finish());
}

export const recordsOf = ({ resourceLogs }: LogsRequest): readonly LogRecord[] =>
  resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));

/** The value of an attribute. */
export const attributeOf = ({ attributes = [] }: LogRecord, name: string): Message | undefined =>
  attributes.find(({ key }) => key === name)?.value;

/** The JSON value of an `AnyValue`; bytes as base64, integers as numbers. */
export function plain(value: Message | undefined): unknown {
  const [[field, content] = [undefined, undefined]] = Object.entries(value ?? {});
  if (field === 'intValue') return Number(content);
  if (field === 'arrayValue') return ((content as { values?: Message[] }).values ?? []).map(plain);
  if (field === 'kvlistValue')
    return Object.fromEntries(((content as { values?: KeyValue[] }).values ?? []).map(({ key = '', value: part }) => [key, plain(part)]));
  return content ?? null;
}

function strict(type: Type, value: unknown, path: string): Message {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError(`${path}: expected a message`);
  const message: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    const field = type.fields[name];
    if (field === undefined) throw new TypeError(`${path}: unknown field ${name}`);
    message[name] = field.repeated ? list(field, part, `${path}.${name}`) : single(field, part, `${path}.${name}`);
  }
  for (const { oneof, name } of type.oneofsArray)
    if (oneof.filter((each) => each in message).length > 1) throw new TypeError(`${path}: several values for ${name}`);
  return message;
}

function list(field: Field, value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${path}: expected an array`);
  const items = value.map((item, index) => single(field, item, `${path}[${String(index)}]`));
  const keys = field.resolvedType?.name === 'KeyValue' ? items.map((item) => (item as KeyValue).key) : [];
  if (new Set(keys).size < keys.length) throw new TypeError(`${path}: a key is there twice`);
  return items;
}

/** A value of the JSON mapping as protobufjs accepts it. */
function single({ type, name, resolvedType }: Field, value: unknown, path: string): unknown {
  const refuse = (): never => {
    throw new TypeError(`${path}: expected ${type}, got ${JSON.stringify(value)}`);
  };
  if (resolvedType instanceof Enum) return typeof value === 'number' && value in resolvedType.valuesById ? value : refuse();
  if (resolvedType !== null) return strict(resolvedType, value, path);
  switch (type) {
    case 'fixed64':
      return typeof value === 'string' && isInteger(value, 0n, 2n ** 64n) ? value : refuse();
    case 'int64':
      return isInteger(String(value), -(2n ** 63n), 2n ** 63n) ? String(value) : refuse();
    case 'uint32':
    case 'fixed32':
      return isInteger(String(value), 0n, 2n ** 32n) ? value : refuse();
    case 'double':
      return typeof value === 'number' ? value : refuse();
    case 'bool':
      return typeof value === 'boolean' ? value : refuse();
    case 'bytes': {
      const length = { traceId: 32, spanId: 16 }[name];
      if (typeof value !== 'string') return refuse();
      if (length === undefined) return /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/.test(value) ? Buffer.from(value, 'base64') : refuse();
      return value.length === length && /^[\da-f]+$/.test(value) ? Buffer.from(value, 'hex') : refuse();
    }
    default:
      return typeof value === 'string' && !/\p{Surrogate}/u.test(value) ? value : refuse();
  }
}

const isInteger = (text: string, min: bigint, end: bigint): boolean => /^-?\d+$/.test(text) && BigInt(text) >= min && BigInt(text) < end;
