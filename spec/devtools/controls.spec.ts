import { expect } from 'chai';
import { Subscription } from 'rxjs';
import type { CollectorConfig, ConfigPatch } from '../../lib/config/options.js';
import { resolveConfig } from '../../lib/config/resolve-config.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import { configControls, consentControl, deliveryControl, stateOf, type DevtoolsControl } from '../../lib/devtools/controls.js';

describe('controls of the configuration', () => {
  const controlsOf = (patch: ConfigPatch): ReadonlyMap<string, DevtoolsControl> => {
    let config: CollectorConfig = resolveConfig(patch);
    const controls = configControls(
      () => config,
      (change) => {
        config = resolveConfig(change);
      },
    );
    return new Map(controls.map((control) => [control.name, control]));
  };

  it('show the current value, read each time', () => {
    const controls = controlsOf({ sampling: { rate: 0.25 }, queue: { maxEvents: 123 }, privacyLevel: 'minimal' });
    const values = (): unknown => [...controls.values()].map((control) => stateOf(control).value);
    expect(values()).to.deep.equal(['25 %', '123', 'minimal']);
    controls.get('privacy')?.set('full');
    expect(values()).to.deep.equal(['100 %', '10000', 'full']);
  });

  it('set each value that they offer', () => {
    const controls = controlsOf({});
    for (const control of controls.values())
      for (const value of control.values) {
        control.set(value);
        expect(control.value(), control.label).to.equal(value);
      }
    expect([...controls.keys()]).to.deep.equal(['sampling', 'queue', 'privacy']);
  });

  it('show a sampling rate as precisely as it was set, without an error of rounding', () => {
    const shown = [0.07, 0.29, 0.001, 1 / 3, 0].map((rate) => controlsOf({ sampling: { rate } }).get('sampling')?.value());
    expect(shown).to.deep.equal(['7 %', '29 %', '0.1 %', '33.3333333333 %', '0 %']);
  });
});

describe('consentControl', () => {
  it('offers no values if consent can only be read', () => {
    const control = consentControl(() => 'denied');
    expect(stateOf(control)).to.deep.equal({ name: 'consent', label: 'Consent', value: 'denied', values: [] });
    expect(() => {
      control.set('granted');
    }).not.to.throw();
  });

  it('passes on the three states, and nothing else', () => {
    const states: ConsentState[] = [];
    const control = consentControl(
      () => 'unknown',
      (state) => states.push(state),
    );
    for (const value of [...control.values, 'GRANTED', '', 'toString']) control.set(value);
    expect(states).to.deep.equal(['granted', 'denied', 'unknown']);
  });
});

describe('deliveryControl', () => {
  let pauses: Subscription[];
  let control: ReturnType<typeof deliveryControl>;

  beforeEach(() => {
    pauses = [];
    control = deliveryControl(() => {
      const pause = new Subscription();
      pauses.push(pause);
      return pause;
    });
  });

  const open = (): number => pauses.filter(({ closed }) => !closed).length;

  it('starts one pause, however often it is set', () => {
    control.set('paused');
    control.set('paused');
    expect([control.value(), pauses.length, open()]).to.deep.equal(['paused', 1, 1]);
    control.set('running');
    control.set('running');
    expect([control.value(), pauses.length, open()]).to.deep.equal(['running', 1, 0]);
    control.set('paused');
    expect([control.value(), pauses.length, open()]).to.deep.equal(['paused', 2, 1]);
  });

  it('ends its pause when it is released, and can pause again', () => {
    control.release();
    control.set('paused');
    control.release();
    expect([control.value(), open()]).to.deep.equal(['running', 0]);
    control.set('paused');
    expect([control.value(), open()]).to.deep.equal(['paused', 1]);
  });

  it('is still running if the collector refuses to pause', () => {
    const refused = deliveryControl(() => {
      throw new Error('Closed');
    });
    expect(() => {
      refused.set('paused');
    }).to.throw('Closed');
    expect(refused.value()).to.equal('running');
  });
});

describe('stateOf', () => {
  it('shows the start of the error of a value that cannot be read, and offers no values', () => {
    const broken = (error: unknown): DevtoolsControl => ({
      name: 'broken',
      label: 'Broken',
      values: ['on', 'off'],
      value: () => {
        throw error;
      },
      set: () => undefined,
    });
    expect(stateOf(broken(new Error('x'.repeat(400))))).to.deep.equal({
      name: 'broken',
      label: 'Broken',
      value: `unreadable: ${'x'.repeat(300)}`,
      values: [],
    });
    expect(stateOf(broken({ message: 'secret' })).value).to.equal('unreadable: object');
  });
});
