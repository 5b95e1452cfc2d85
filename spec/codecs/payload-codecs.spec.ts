import { expect } from 'chai';
import type * as t from 'io-ts';
import { formatErrors } from '../../lib/codecs/format-errors.js';
import { businessDataCodec, errorDataCodec, performanceDataCodec, usageDataCodec } from '../../lib/codecs/payload-codecs.js';
import { EventBuilder } from '../../lib/event/event-builder.js';
import { leftOf, rightOf } from './sides.js';

const build = (): EventBuilder => new EventBuilder<string>('x');

const PAYLOADS: readonly (readonly [name: string, codec: t.Mixed, good: readonly unknown[], bad: object, faults: readonly string[]])[] = [
  [
    'UsageData',
    usageDataCodec,
    [
      build().usageData('mission', 'create', true).build().data,
      { feature: 'f', action: 'a', success: false, target: 't', durationMs: 3, own: [] },
    ],
    { feature: 1, action: 'a', success: 'yes', durationMs: NaN },
    [
      'Expected `feature` to be string, got a number',
      'Expected `success` to be boolean, got a string',
      'Expected `durationMs` to be finite number, got a number that is not finite',
    ],
  ],
  [
    'PerformanceData',
    performanceDataCodec,
    [build().performanceData('latency', 12.5, 'ms').build().data, { metric: 'm', value: -1, unit: '', tags: { region: 'eu' } }],
    { metric: 'm', value: '12', unit: 'ms', tags: { region: 3 } },
    ['Expected `value` to be finite number, got a string', 'Expected `tags.region` to be string, got a number'],
  ],
  [
    'ErrorData',
    errorDataCodec,
    [
      build().errorData('E1', 'broken', 'warning', 'db', true, 'at x').build().data,
      { code: 'c', message: 'm', severity: 'debug', component: '', recovered: false },
    ],
    { code: 'c', message: 'm', severity: 'fatal', component: 'x', recovered: false, stackTrace: [] },
    [
      'Expected `severity` to be "debug" | "info" | "warning" | "error" | "critical", got a string',
      'Expected `stackTrace` to be string, got an array',
    ],
  ],
  [
    'BusinessData',
    businessDataCodec,
    [build().businessData('cost_usd', 0.12, 'usd', { model: 'm' }).build().data, { metricType: 'quota_used', value: 1, unit: 'u' }],
    { metricType: 'cost_eur', value: 1, unit: null, backend: 1 },
    [
      'Expected `metricType` to be "input_tokens" | "output_tokens" | "total_tokens" | "cost_usd" | "cost_credits" | "quota_used" | "quota_remaining", got a string',
      'Expected `unit` to be string, got null',
      'Expected `backend` to be string, got a number',
    ],
  ],
];

for (const [name, codec, good, bad, faults] of PAYLOADS) {
  describe(`the codec of ${name}`, () => {
    it('returns a valid payload unchanged', () => {
      for (const data of good) {
        expect(rightOf(codec.decode(data))).to.equal(data);
        expect(codec.is(data)).to.equal(true);
      }
    });

    it('reports every fault', () => {
      expect(formatErrors(leftOf(codec.decode(bad)))).to.deep.equal(faults);
      expect(codec.is(bad)).to.equal(false);
    });

    it('reports one fault for a value that is not an object', () => {
      expect(formatErrors(leftOf(codec.decode([]))))
        .to.have.length(1)
        .and.to.have.property('0')
        .that.matches(/got an array$/);
    });

    it('throws for no input', () => {
      const getter = new Proxy({}, { get: () => { throw new Error('s3cret'); } }); // prettier-ignore
      expect(formatErrors(leftOf(codec.decode(getter)))).to.deep.equal([
        `Expected the value to be ${name}, got something that can't be read`,
      ]);
      expect(codec.is(getter)).to.equal(false);
    });
  });
}
