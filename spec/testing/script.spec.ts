import { expect } from 'chai';
import { readScript, type Step } from '../../lib/testing/script.js';

const first = (script: string): Step => readScript('script', script)();

describe('readScript', () => {
  it('returns one step per call, then the last one again and again', () => {
    const next = readScript('script', '\n fail\tok ');
    expect([next(), next(), next(), next()].map(({ word }) => word)).to.deep.equal(['fail', 'ok', 'ok', 'ok']);
  });

  it('begins each reading at the first word', () => {
    const [one, other] = [readScript('script', 'fail ok'), readScript('script', 'fail ok')];
    expect([one(), one(), other()].map(({ word }) => word)).to.deep.equal(['fail', 'ok', 'fail']);
  });

  it('keeps the word as it was written, and adds what it means', () => {
    expect(first('partial:5')).to.deep.equal({ word: 'partial:5', manner: 'answers', takes: 0.5, failure: 'write_failed', delayMs: 5 });
    expect(first('hang')).to.deep.equal({ word: 'hang', manner: 'hangs', takes: 0 });
  });

  it('reads the number as the delay that a server requests only after `429` and `503`', () => {
    for (const word of ['429', '503'])
      expect(first(`${word}:0`))
        .to.include({ retryAfterMs: 0 })
        .and.to.not.have.property('delayMs');
    for (const word of ['ok', 'fail', 'partial', 'reject', '413', 'late'])
      expect(first(`${word}:007`), word)
        .to.include({ delayMs: 7 })
        .and.to.not.have.property('retryAfterMs');
  });

  it('accepts delays up to the longest that a timer supports', () => {
    expect(first('ok:2147483647').delayMs).to.equal(2 ** 31 - 1);
    for (const digits of ['2147483648', '1e3', '1.5', '+1', '٣', ' '])
      expect(() => first(`ok:${digits}`), digits).to.throw(TypeError, 'every word of `script`');
  });

  it('checks every word before the first step', () => {
    expect(() => readScript('close', 'ok ok OK')).to.throw(TypeError, /every word of `close` to be one of ok\[:ms\], .*, got `'OK'`/);
  });

  it('refuses what is not text, or has no word', () => {
    for (const script of ['', ' \n', undefined, null, ['ok'], 429])
      expect(() => readScript('flush', script as string), String(script)).to.throw(TypeError, '`flush` to be words separated by blanks');
  });
});
