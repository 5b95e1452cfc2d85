import * as t from 'io-ts';
import type { BusinessData, BusinessMetric, ErrorData, ErrorSeverity, PerformanceData, UsageData } from '../event/payloads.js';
import { finiteNumber } from './fields.js';
import { guarded } from './guarded.js';

/** A codec for `UsageData`. Like the other payload codecs, it allows further keys. */
export const usageDataCodec: t.Type<UsageData> = /* @__PURE__ */ guarded<UsageData>(
  'UsageData',
  /* @__PURE__ */ t.intersection([
    /* @__PURE__ */ t.type({ feature: t.string, action: t.string, success: t.boolean }),
    /* @__PURE__ */ t.partial({ target: t.string, durationMs: finiteNumber }),
  ]),
);

/** A codec for `PerformanceData`. */
export const performanceDataCodec: t.Type<PerformanceData> = /* @__PURE__ */ guarded<PerformanceData>(
  'PerformanceData',
  /* @__PURE__ */ t.type({ metric: t.string, value: finiteNumber, unit: t.string, tags: /* @__PURE__ */ t.record(t.string, t.string) }),
);

const SEVERITY: t.Type<ErrorSeverity> = /* @__PURE__ */ t.keyof({ debug: null, info: null, warning: null, error: null, critical: null });

/** A codec for `ErrorData`. */
export const errorDataCodec: t.Type<ErrorData> = /* @__PURE__ */ guarded<ErrorData>(
  'ErrorData',
  /* @__PURE__ */ t.intersection([
    /* @__PURE__ */ t.type({ code: t.string, message: t.string, severity: SEVERITY, component: t.string, recovered: t.boolean }),
    /* @__PURE__ */ t.partial({ stackTrace: t.string }),
  ]),
);

const METRIC: t.Type<BusinessMetric> = /* @__PURE__ */ t.keyof({
  input_tokens: null,
  output_tokens: null,
  total_tokens: null,
  cost_usd: null,
  cost_credits: null,
  quota_used: null,
  quota_remaining: null,
});

/** A codec for `BusinessData`. */
export const businessDataCodec: t.Type<BusinessData> = /* @__PURE__ */ guarded<BusinessData>(
  'BusinessData',
  /* @__PURE__ */ t.intersection([
    /* @__PURE__ */ t.type({ metricType: METRIC, value: finiteNumber, unit: t.string }),
    /* @__PURE__ */ t.partial({ backend: t.string, model: t.string }),
  ]),
);
