/** Angular in its test environment, for specs that have a process of their own: its zone patches timers and promises of the whole process. */
import 'zone.js';
import '@angular/compiler';
import { DOCUMENT } from '@angular/common';
import { TestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';

/** As much of one as Angular asks for where nothing is rendered. Components are tried in a real browser: `examples/angular`. */
const NO_DOCUMENT = { querySelectorAll: () => [], head: null, body: null, defaultView: null };

TestBed.initTestEnvironment(BrowserTestingModule, platformBrowserTesting([{ provide: DOCUMENT, useValue: NO_DOCUMENT }]));

export { TestBed };
