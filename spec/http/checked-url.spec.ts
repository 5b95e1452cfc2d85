import { expect } from 'chai';
import { checkedUrl } from '../../lib/http/checked-url.js';

describe('checkedUrl', () => {
  it('returns the absolute URL without its fragment', () => {
    expect(checkedUrl('HTTPS://Example.org:443/a/../b?x=ü#part')).to.equal('https://example.org/b?x=%C3%BC');
    expect(checkedUrl(new URL('http://[::1]:8080/'))).to.equal('http://[::1]:8080/');
  });

  it('resolves a relative URL against the base URL of the document, as in a srcdoc frame', () => {
    const place = { document: { baseURI: 'https://example.org/shop/' }, location: { href: 'about:srcdoc' } };
    for (const [name, value] of Object.entries(place)) Object.defineProperty(globalThis, name, { value, configurable: true });
    try {
      expect(checkedUrl('events')).to.equal('https://example.org/shop/events');
    } finally {
      for (const name of Object.keys(place)) Reflect.deleteProperty(globalThis, name);
    }
  });

  it('resolves a relative URL against the location of a worker', () => {
    expect(() => checkedUrl('/events')).to.throw(TypeError);
    Object.defineProperty(globalThis, 'location', { value: { href: 'https://example.org/shop/' }, configurable: true });
    try {
      expect(checkedUrl('events')).to.equal('https://example.org/shop/events');
    } finally {
      Reflect.deleteProperty(globalThis, 'location');
    }
  });

  for (const url of ['', 'example.org', 'ftp://example.org/', 'file:///etc/passwd', 'http://', 'javascript:alert(1)', undefined, 7, null])
    it(`refuses ${String(url)}, and doesn't show it`, () => {
      expect(() => checkedUrl(url)).to.throw(TypeError, /^Expected `url` to be an http: or https: URL$/);
    });

  for (const url of ['https://ada:hunter2@example.org/', 'https://ada@example.org/', 'https://:hunter2@example.org/'])
    it(`refuses credentials, and doesn't show them: ${url}`, () => {
      expect(() => checkedUrl(url))
        .to.throw(TypeError, 'Expected `url` to be without user name and password')
        .with.property('message')
        .that.does.not.match(/ada|hunter2|example/);
    });
});
