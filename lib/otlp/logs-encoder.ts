import type { AnalyticsEvent } from '../event/event.js';
import type { Encoder } from '../http/encoder.js';
import { isNonEmptyString, isObject } from '../internal/check-option.js';
import { lastOf, textJson } from '../internal/text-json.js';
import { anyValueJson, numberValue, stringValue } from './any-value.js';
import { metadataWriter } from './metadata-json.js';
import { nanoseconds, UNKNOWN_TIME } from './nanoseconds.js';
import { severityJson } from './severity.js';
import { userJson, type UserIds } from './user.js';
import { Utf8Writer } from './utf8-writer.js';

/**
 * Writes a batch as an `ExportLogsServiceRequest` with one resource and one scope.
 *
 * It assembles the text from strings: a tree of objects for `JSON.stringify`, with three objects for each value, would take longer than the text. The
 * body is UTF-8 bytes; their `toString` returns the text.
 *
 * @param resource the JSON of the resource
 * @param scope the JSON of the scope
 */
export function logsEncoder(resource: string, scope: string, user: ((event: AnalyticsEvent) => UserIds | undefined) | undefined): Encoder {
  const metadataOf = metadataWriter(user === undefined);
  let spare: Utf8Writer | undefined;

  function recordJson(event: AnalyticsEvent, createdAt: number): string {
    const { id, type, category, priority, timestamp, sessionId, data, metadata, weight } = event;
    if (typeof (type as unknown) !== 'string') throw new TypeError('Expected an event with a type');
    const time = timeJson(timestamp);
    const observed = time === UNKNOWN_TIME ? nanoseconds(createdAt) : time;
    const severity = category === 'error' ? severityJson(data) : '';
    const session = sessionJson(sessionId ?? '') + (type === 'session_started' ? previousSessionJson(data) : '');
    const body = data === undefined ? undefined : anyValueJson(data);
    const { attributes, fields } = metadataOf(metadata);
    const ids = user === undefined ? '' : userJson(user(event), metadata);
    return (
      `{"timeUnixNano":"${time}","observedTimeUnixNano":"${observed}",${severity}"eventName":${textJson(type)}` +
      `${body === undefined ? '' : `,"body":${body}`},"attributes":[{"key":"log.record.uid","value":${stringValue(id)}}` +
      `${session}${categoryJson(category)}${priorityJson(priority)}${weightJson(weight)}` +
      `${ids}${attributes}]${fields}}`
    );
  }

  return {
    contentType: 'application/json',
    encode({ events, createdAt }) {
      // The writer is taken while it is in use, since a getter of an event might call `encode` again.
      const body = spare ?? new Utf8Writer();
      spare = undefined;
      body.write(`{"resourceLogs":[{"resource":${resource},"scopeLogs":[{"scope":${scope},"logRecords":[`);
      let separator = '';
      for (const event of events) {
        body.write(separator + recordJson(event, createdAt));
        separator = ',';
      }
      body.write(']}]}]}');
      const bytes = body.take();
      spare = body;
      return bytes;
    },
  };
}

const timeJson = /* @__PURE__ */ lastOf(nanoseconds);
const sessionJson = /* @__PURE__ */ lastOf((sessionId: string) =>
  sessionId === '' ? '' : `,{"key":"session.id","value":${stringValue(sessionId)}}`,
);
const categoryJson = /* @__PURE__ */ lastOf(
  (category: string) => `,{"key":"rx_event_collector.category","value":${stringValue(category)}}`,
);
const priorityJson = /* @__PURE__ */ lastOf(
  (priority: string) => `,{"key":"rx_event_collector.priority","value":${stringValue(priority)}}`,
);
const weightJson = /* @__PURE__ */ lastOf((weight: number) => {
  const value = numberValue(weight);
  return `,{"key":"rx_event_collector.weight","value":${value}},{"key":"sampler.adjusted_count","value":${value}}`;
});

/** The attribute `session.previous_id`, from the data of a `session_started` event of `withVisitor`. */
function previousSessionJson(data: unknown): string {
  const id = isObject(data) ? data.previousId : undefined;
  return isNonEmptyString(id) ? `,{"key":"session.previous_id","value":${stringValue(id)}}` : '';
}
