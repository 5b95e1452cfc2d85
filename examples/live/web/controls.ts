import type { DevtoolsControl } from 'rx-event-collector/devtools';
import { HEALTHS } from '../faulty-sink.js';
import type { Run } from '../output/output.js';
import { QUEUE_STEPS, SAMPLE_STEPS, type Settings } from '../settings.js';

const percent = (share: number): string => `${String(Math.round(share * 10_000) / 100)} %`;

/** The settings of a run that its keys change, for its page: both change the same. */
export function controlsOf({ settings$, change }: Pick<Run, 'settings$' | 'change'>): readonly DevtoolsControl[] {
  const control = (
    name: string,
    label: string,
    values: readonly string[],
    value: (settings: Settings) => string,
    set: DevtoolsControl['set'],
  ): DevtoolsControl => ({ name, label, values, value: () => value(settings$.value), set });
  return [
    control(
      'input',
      'Input',
      ['running', 'paused'],
      ({ isPaused }) => (isPaused ? 'paused' : 'running'),
      (value) => {
        if ((value === 'paused') !== settings$.value.isPaused) change({ type: 'pause' });
      },
    ),
    control(
      'sampling',
      'Sampling rate',
      SAMPLE_STEPS.map(percent),
      ({ sample }) => percent(sample),
      (value) => {
        change({ type: 'sample', to: Number.parseFloat(value) / 100 });
      },
    ),
    control(
      'queue',
      'Queue limit',
      QUEUE_STEPS.map(String),
      ({ maxEvents }) => String(maxEvents),
      (value) => {
        change({ type: 'queue', to: Number(value) });
      },
    ),
    ...Object.keys(settings$.value.healths).map((sink) =>
      control(
        `fault:${sink}`,
        `Fault of ${sink}`,
        HEALTHS,
        ({ healths }) => healths[sink] ?? 'ok',
        (value) => {
          const health = HEALTHS.find((each) => each === value);
          if (health !== undefined) change({ type: 'health', health, sink });
        },
      ),
    ),
  ];
}
