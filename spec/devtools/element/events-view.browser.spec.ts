import { expect } from 'chai';
import type { DevtoolsEvent } from '../../../lib/devtools/protocol.js';
import { DevtoolsView } from '../../support/devtools-view.js';

describe('eventsView, in Chromium', function () {
  this.timeout(60_000);

  const view = new DevtoolsView('events-view', 'module.eventsView((event) => void send({ type: "explain", event }))');

  const eventOf = (id: string, rest: Partial<DevtoolsEvent> = {}): DevtoolsEvent => ({
    id,
    type: `type ${id}`,
    category: 'usage',
    priority: 'normal',
    timestamp: 0,
    weight: 1,
    payload: '{}',
    isCut: false,
    redacted: {},
    fates: {},
    ...rest,
  });
  const click = (type: string): Promise<void> => view.page.getByRole('button', { name: type, exact: true }).click();
  /** The types of the rows that are marked as expanded. */
  const expanded = (): Promise<string[]> => view.texts('[aria-expanded=true]');
  const explained = async (): Promise<unknown> => {
    await click('Explain an event like this');
    const command = (await view.commands()).at(-1);
    return command?.type === 'explain' && JSON.parse(command.event);
  };

  it('lists the latest 25 events', async () => {
    await view.update({ events: Array.from({ length: 40 }, (_, index) => eventOf(String(index))) });
    expect(await view.texts('th button')).to.deep.equal(Array.from({ length: 25 }, (_, index) => `type ${String(index)}`));
  });

  it('marks one event as expanded: the selected one', async () => {
    await view.update({ events: [eventOf('a'), eventOf('b')] });
    await click('type a');
    expect(await expanded()).to.deep.equal(['type a']);
    await click('type b');
    expect([await expanded(), await view.texts('h3')]).to.deep.equal([['type b'], ['type b']]);
    await click('type b');
    expect([await expanded(), await view.page.getByText('captured').isVisible()]).to.deep.equal([[], false]);
  });

  it('holds the list while an event is selected', async () => {
    await view.update({ events: [eventOf('a')] });
    await click('type a');
    await view.update({ events: [eventOf('b')] });
    expect(await view.texts('th button')).to.deep.equal(['type a']);
    await click('type a');
    await view.update({ events: [eventOf('b')] });
    expect(await view.texts('th button')).to.deep.equal(['type b']);
  });

  it('shows the outcome at each sink, and the reason of a loss', async () => {
    const fates = { one: { status: 'pending' }, two: { status: 'delivered' }, three: { status: 'dropped', why: 'overflow' } } as const;
    await view.update({ events: [eventOf('a', { fates, redacted: { email: 2, iban: 1 } }), eventOf('b')] });
    expect(await view.texts('th + td')).to.deep.equal(['… one  ✓ two  ✗ three', 'in the open batch']);
    await click('type a');
    expect((await view.texts('dd')).slice(2)).to.deep.equal(['1', '2 × email, 1 × iban', 'pending', 'delivered', 'dropped: overflow']);
  });

  it('explains the data of an event, and of a truncated one its type only', async () => {
    const payload = JSON.stringify({ data: { text: '</pre>' }, metadata: { shop: 1 } });
    await view.update({ events: [eventOf('whole', { payload }), eventOf('cut', { payload: payload.slice(0, 20), isCut: true })] });
    await click('type whole');
    expect(await explained()).to.deep.equal({ type: 'type whole', data: { text: '</pre>' } });
    await click('type cut');
    expect(await explained()).to.deep.equal({ type: 'type cut' });
    expect(await view.texts('pre')).to.deep.equal([`${payload.slice(0, 20)}…`]);
  });
});
