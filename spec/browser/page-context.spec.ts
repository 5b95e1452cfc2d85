import { expect } from 'chai';
import { pageContext, type ContextPage, type PageContextOptions } from '../../lib/browser/index.js';
import { anEvent } from '../support/an-event.js';

const page = (
  { href = 'https://shop.example/', referrer = '', width = 1_280, height = 800, isTouch = false } = {},
  isMobile?: boolean,
): ContextPage => ({
  document: { referrer },
  location: { href },
  navigator: isMobile === undefined ? {} : { userAgentData: { mobile: isMobile } },
  innerWidth: width,
  innerHeight: height,
  matchMedia: () => ({ matches: isTouch }),
});
const metadataOn = (window: ContextPage, options: PageContextOptions = {}): object =>
  pageContext({ ...options, window })(anEvent({ metadata: {} })).metadata;

describe('pageContext', () => {
  it('adds the referrer without its query, the campaign, the class of the device and the viewport', () => {
    const href = 'https://shop.example/?utm_source=mail&utm_campaign=May&utm_term=&other=1';
    expect(metadataOn(page({ href, referrer: 'https://search.example/?q=secret' }))).to.deep.equal({
      referrer: 'https://search.example/',
      campaign: { source: 'mail', name: 'May' },
      deviceClass: 'desktop',
      viewport: { width: 1_280, height: 800 },
    });
  });

  it('leaves out values that the page does not have, and the fields of `without`', () => {
    expect(metadataOn(page(), { without: ['deviceClass', 'viewport'] })).to.deep.equal({});
    expect(metadataOn(page({ referrer: 'https://a.example/' }), { without: ['referrer', 'viewport', 'deviceClass'] })).to.deep.equal({});
  });

  it('distinguishes phones, tablets and desktops by input and width', () => {
    const classOf = (window: ContextPage): unknown => (metadataOn(window) as { deviceClass: unknown }).deviceClass;
    expect(classOf(page({ width: 390, height: 844, isTouch: true }))).to.equal('mobile');
    expect(classOf(page({ width: 820, height: 1_180, isTouch: true }))).to.equal('tablet');
    expect(classOf(page({ width: 390, height: 800 }))).to.equal('desktop');
    expect(classOf(page({}, true))).to.equal('mobile');
  });

  it("keeps the event's own metadata, and the event itself without a page", () => {
    const event = anEvent({ metadata: { referrer: 'own' } });
    expect(pageContext({ window: page({ referrer: 'https://a.example/' }) })(event).metadata).to.include({ referrer: 'own' });
    expect(pageContext()(event)).to.equal(event);
  });

  it('leaves out an unreadable field', () => {
    const hostile = { ...page({ href: 'no url' }), matchMedia: () => expect.fail('hostile') };
    expect(metadataOn(hostile)).to.deep.equal({ viewport: { width: 1_280, height: 800 } });
  });

  it('throws for an unknown field or option', () => {
    expect(() => pageContext({ without: ['reffer' as never] })).to.throw(TypeError, "an array of 'referrer', 'campaign'");
    expect(() => pageContext({ witout: [] } as PageContextOptions)).to.throw(TypeError, 'Did you mean `without`?');
  });
});
