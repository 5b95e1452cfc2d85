import { expect } from 'chai';
import { DevtoolsView } from '../../support/devtools-view.js';

describe('explainView, in Chromium', function () {
  this.timeout(60_000);

  const view = new DevtoolsView('explain-view', 'module.explainView(send)');

  const explain = (event: string): Promise<unknown> => view.page.evaluate(`view.explain(${JSON.stringify(event)})`);
  const answerOf = (why: string): object => ({ explanation: { stages: [{ stage: 'admit', verdict: 'stops', why }] } });

  it('lists the stages with their verdicts, and the paths and sinks that they name', async () => {
    await view.page.getByRole('button').click();
    expect(await view.commands()).to.deep.equal([
      { type: 'explain', event: '{ "type": "feature_used", "data": { "user": "ada@example.org" } }' },
    ]);
    const stages = [
      { stage: 'redact', verdict: 'passes', why: 'redacts', paths: ['data.user', 'data.<b>'] },
      { stage: 'lanes', verdict: 'chance', why: 'it goes to', sinks: ['one'] },
    ];
    await view.answer(0, { explanation: { stages } });
    expect(await view.texts('li')).to.deep.equal(['✓ redactredacts: data.user, data.<b>', '? lanesit goes to: one']);
  });

  it('shows an error in place of an earlier explanation', async () => {
    await explain('{"type":"a"}');
    await view.answer(0, answerOf('disabled'));
    await explain('{');
    await view.answer(1, { ok: false, text: 'Unexpected end' });
    expect(await view.texts('li')).to.deep.equal(['Unexpected end']);
  });

  it('shows the explanation of the latest event, even if an earlier one is answered later', async () => {
    await explain('{"type":"first"}');
    await explain('{"type":"second"}');
    await view.answer(1, answerOf('second'));
    await view.answer(0, answerOf('first'));
    expect(await view.texts('li')).to.deep.equal(['✗ admitsecond']);
  });
});
