/** The use of a feature, and whether it succeeded. You can add further keys. */
export interface UsageData {
  readonly feature: string;
  readonly action: string;
  readonly success: boolean;
  /** The object of the action. */
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
  /** Dimensions for grouping measurements. */
  readonly tags: Readonly<Record<string, string>>;
}

export type ErrorSeverity = 'debug' | 'info' | 'warning' | 'error' | 'critical';

/** An error. */
export interface ErrorData {
  /** Stable and machine-readable. */
  readonly code: string;
  readonly message: string;
  readonly severity: ErrorSeverity;
  /** The part of the application that failed. */
  readonly component: string;
  /** Whether the application recovered by itself. */
  readonly recovered: boolean;
  readonly stackTrace?: string | undefined;
}

export type BusinessMetric =
  'input_tokens' | 'output_tokens' | 'total_tokens' | 'cost_usd' | 'cost_credits' | 'quota_used' | 'quota_remaining';

/** Consumption or cost. */
export interface BusinessData {
  readonly metricType: BusinessMetric;
  readonly value: number;
  readonly unit: string;
  readonly backend?: string | undefined;
  readonly model?: string | undefined;
}
