import type { ReadStream, WriteStream } from 'node:tty';
import { fromEvent, interval, merge, Subject, Subscription, throttle, timer } from 'rxjs';
import { render } from 'ink';
import type { Output } from '../output/output.js';
import { reportLines } from '../output/report.js';
import { alternateScreen, CLEAR } from './alternate-screen.js';
import { Keyboard } from './keyboard.js';
import type { Action } from './keys.js';
import { noticeOf, type Notice } from './notices.js';
import { RecentEvents, type RecentEvent } from './recent-events.js';
import { screenModel } from './screen-model.js';
import { Screen } from './screen.js';
import { withoutHeight } from './without-height.js';

const REFRESH_MS = 250;
/** Regardless of how fast keys arrive. */
const MIN_REFRESH_MS = 100;
/** A slow frame is followed by a pause, so that drawing never uses more than this share of the time. */
const MAX_SHARE = 0.05;
const MAX_REST_MS = 1_000;
const KEPT_NOTICES = 10;
const KEPT_EVENTS = 200;

/** Draws a run on a terminal, a few times a second and never for a single event. `keys` is the source of keys, if there is one. */
export function liveView(terminal: WriteStream, keys: ReadStream | undefined, print: (line: string) => void): Output {
  const recent = new RecentEvents(KEPT_EVENTS);
  let notices: readonly Notice[] = [];
  /** Place of the selected event in `held`, from 1; 0: none, and the list follows. */
  let cursor = 0;
  let held: readonly RecentEvent[] = [];
  let isExplained = false;
  const moved$ = new Subject<void>();
  const note = (notice: Notice): void => {
    notices = [notice, ...notices].slice(0, KEPT_NOTICES);
  };

  return {
    follow(run) {
      const following = new Subscription();
      const model = () => {
        const { columns, rows } = terminal;
        return screenModel({
          from: run.from,
          to: run.to,
          page: run.page,
          snapshot: run.snapshot(),
          notices,
          recent: (count) => (cursor === 0 ? recent.latest(count) : held.slice(cursor - 1, cursor - 1 + count)),
          hasCursor: cursor > 0,
          isExplained,
          hasKeys: keys !== undefined,
          size: { columns, rows },
        });
      };
      const act = (action: Action): void => {
        switch (action.type) {
          case 'quit':
            run.stop();
            break;
          case 'legend':
            isExplained = !isExplained;
            moved$.next();
            break;
          case 'cursor':
            if (cursor === 0) held = recent.latest(KEPT_EVENTS);
            cursor = Math.min(held.length, Math.max(0, cursor + action.by));
            moved$.next();
            break;
          default:
            run.change(action);
        }
      };
      const picture = () => (
        <>
          <Screen model={model()} />
          <Keyboard isActive={keys !== undefined} onAction={act} />
        </>
      );

      let drawnInMs = 0;
      const leaveScreen = alternateScreen(terminal);
      const instance = render(picture(), {
        stdout: withoutHeight(terminal),
        ...(keys !== undefined && { stdin: keys }),
        exitOnCtrlC: false,
        maxFps: 1_000 / MIN_REFRESH_MS,
      });
      following.add(() => {
        instance.unmount();
        leaveScreen();
      });
      following.add(
        run.collector.events$.subscribe((event) => {
          recent.add(event);
        }),
      );
      following.add(
        run.collector.diagnostics$.subscribe((diagnostic) => {
          const notice = noticeOf(diagnostic);
          if (notice !== undefined) note(notice);
        }),
      );
      const draw = (): void => {
        const startedAt = performance.now();
        instance.rerender(picture());
        drawnInMs = performance.now() - startedAt;
      };
      const rest = () => timer(Math.min(MAX_REST_MS, Math.max(MIN_REFRESH_MS, drawnInMs / MAX_SHARE)));
      following.add(
        merge(interval(REFRESH_MS), run.settings$, moved$)
          .pipe(throttle(rest, { leading: true, trailing: true }))
          .subscribe(draw),
      );
      following.add(
        fromEvent(terminal, 'resize').subscribe(() => {
          // The terminal has wrapped what was drawn for another size, at unknown places.
          terminal.write(CLEAR);
          draw();
        }),
      );
      return following;
    },
    say(text) {
      note({ at: Date.now(), text });
    },
    end(report) {
      print(`from  ${report.from}`);
      print(`to    ${report.to}`);
      for (const line of [...report.problems, ...reportLines(report)]) print(line);
    },
  };
}
