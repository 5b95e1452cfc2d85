import { expect } from 'chai';
import { cookieStorage, type CookieStorageOptions } from '../../lib/browser/index.js';

/** A document that keeps cookies by name, and the attributes of the last one. */
class Cookies {
  readonly jar = new Map<string, string>();
  attributes: readonly string[] = [];

  get cookie(): string {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  set cookie(text: string) {
    const [pair = '', ...attributes] = text.split('; ');
    this.attributes = attributes;
    const [name = '', value = ''] = pair.split('=');
    if (attributes.includes('max-age=0')) this.jar.delete(name);
    else this.jar.set(name, value);
  }
}

describe('cookieStorage', () => {
  it('keeps any text under any key', () => {
    const document = new Cookies();
    const storage = cookieStorage({ document });
    document.jar.set('other', '1');
    expect(storage.getItem('a key;=')).to.equal(null);
    storage.setItem('a key;=', '{"a":"ü; =%"}');
    expect(storage.getItem('a key;=')).to.equal('{"a":"ü; =%"}');
    storage.removeItem('a key;=');
    expect([...document.jar.keys()]).to.deep.equal(['other']);
  });

  it('sets path, SameSite, age, and the attributes of the options', () => {
    const document = new Cookies();
    cookieStorage({ document }).setItem('a', '1');
    expect(document.attributes).to.deep.equal(['path=/', 'samesite=lax', 'max-age=34560000']);
    cookieStorage({ document, domain: 'example.com', secure: true, maxAgeMs: 1_000 }).setItem('a', '1');
    expect(document.attributes).to.deep.equal(['path=/', 'samesite=lax', 'max-age=1', 'domain=example.com', 'secure']);
  });

  it('throws for a cookie that the browser refuses', () => {
    const refusing = {
      get cookie() {
        return 'a=1';
      },
      set cookie(_text: string) {
        // A browser says nothing.
      },
    };
    expect(() => {
      cookieStorage({ document: refusing }).setItem('a', '2');
    }).to.throw('The browser has refused the cookie');
  });

  it('throws for invalid options', () => {
    expect(() => cookieStorage({ domian: 'a' } as CookieStorageOptions)).to.throw(TypeError, 'Did you mean `domain`?');
    expect(() => cookieStorage({ document: {} as { cookie: string } })).to.throw(TypeError, 'Expected `document` to be a document');
  });
});
