/** What someone did with a feature, and whether it worked. Further keys are the user's. */
export interface UsageData {
  readonly feature: string;
  readonly action: string;
  readonly success: boolean;
  /** What it was done to. */
  readonly target?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly [key: string]: unknown;
}

/** One measurement. */
export interface PerformanceData {
  readonly metric: string;
  readonly value: number;
  /** `'ms'`, `'bytes'`, `'percent'`, … */
  readonly unit: string;
  /** What to group the measurement by. */
  readonly tags: Readonly<Record<string, string>>;
}

export type ErrorSeverity = 'debug' | 'info' | 'warning' | 'error' | 'critical';

/** Something that went wrong. */
export interface ErrorData {
  /** Stable and machine-readable. */
  readonly code: string;
  readonly message: string;
  readonly severity: ErrorSeverity;
  /** Where in the application. */
  readonly component: string;
  /** Whether the application got over it by itself. */
  readonly recovered: boolean;
  readonly stackTrace?: string | undefined;
}

export type BusinessMetric =
  'input_tokens' | 'output_tokens' | 'total_tokens' | 'cost_usd' | 'cost_credits' | 'quota_used' | 'quota_remaining';

/** What something consumed or cost. */
export interface BusinessData {
  readonly metricType: BusinessMetric;
  readonly value: number;
  readonly unit: string;
  readonly backend?: string | undefined;
  readonly model?: string | undefined;
}
