/** Angular's test environment. Its specs run in their own process: the zone patches timers and promises globally. */
import 'zone.js';
import '@angular/compiler';
import { DOCUMENT } from '@angular/common';
import { TestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';

/** The parts of a document that Angular reads without rendering. Components are tested in a real browser: `examples/angular`. */
const NO_DOCUMENT = { querySelectorAll: () => [], head: null, body: null, defaultView: null };

TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting([{ provide: DOCUMENT, useValue: NO_DOCUMENT }]));

export { TestBed };
