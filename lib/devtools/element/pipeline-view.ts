import type { DevtoolsSnapshot } from '../protocol.js';
import { compact, count, h, setAll, setText, svg } from './dom.js';
import type { View } from './view.js';

interface Box {
  readonly name: string;
  readonly passed: number;
  /** Notes about the events that went no further, by reason. */
  readonly lost: readonly string[];
  readonly tone: string;
  readonly fill?: number;
}

const WIDE = { box: 138, gap: 30, lane: 250, height: 64 };

/** If the wide picture would be scaled below this factor, its text would be too small, and the narrow picture is drawn. */
const SMALLEST = 0.85;

/** Minimum width of the narrow picture. */
const MIN_WIDTH = 200;

/** Maximum length of a sink's name that fits into its box, in characters. */
const MAX_NAME = 34;

/** Lines of a note. */
const NOTE_LINES = 2;

/** The steps of the path, each with the events that passed it. */
function stepsOf({ stats }: DevtoolsSnapshot): readonly Box[] {
  const { eventsReceived, eventsInvalid, eventsClosed, eventsFiltered, eventsSampledOut, eventsBuffered, stagesIn, stagesOut } = stats;
  const admitted = eventsReceived - eventsInvalid - eventsClosed - eventsFiltered;
  const sampled = admitted - eventsSampledOut;
  const before = stats.droppedBefore ?? stats.eventsDropped;
  const after = stats.droppedAfter ?? 0;
  return [
    box('received', eventsReceived, [
      [eventsInvalid, 'invalid'],
      [eventsClosed, 'closed'],
    ]),
    box('admitted', admitted, [[eventsFiltered, 'filtered']], ''),
    box('sampled', sampled, [[eventsSampledOut, 'sampled out']], ''),
    box('accepted', sampled - before, [[before, 'dropped']]),
    ...(stagesIn === undefined ? [] : [box('stages', stagesOut ?? 0, [[stagesIn - (stagesOut ?? 0), 'inside']], '')]),
    {
      ...box('in batches', stats.eventsProcessed, [
        [after, 'dropped'],
        [eventsBuffered, 'in the open batch'],
      ]),
      tone: after > 0 ? 'bad' : '',
    },
  ];
}

function box(name: string, passed: number, losses: readonly (readonly [number, string])[], tone = 'bad'): Box {
  const lost = losses.filter(([number]) => number > 0).map(([number, what]) => `${compact(number)} ${what}`);
  return { name, passed, lost, tone: lost.length > 0 ? tone : '' };
}

function lanesOf({ stats, lanes }: DevtoolsSnapshot): readonly Box[] {
  return Object.entries(stats.sinks).map(([name, { delivered, pending, failed, dropped, breaker, removed }]) => {
    const { lost } = box('', 0, [
      [pending, 'pending'],
      [failed, 'failed'],
      [dropped, 'dropped'],
    ]);
    const isBad = breaker === 'open' || failed + dropped > 0;
    const state = removed === true ? 'removed' : breaker === 'open' || breaker === 'half-open' ? `breaker ${breaker}` : '';
    return {
      name: state === '' ? fitted(name, MAX_NAME) : `${fitted(name, MAX_NAME - state.length - 3)} · ${state}`,
      passed: delivered,
      lost: lost.length > 0 ? [lost.join(', ')] : [],
      tone: isBad ? 'bad' : pending > 0 ? 'warning' : 'good',
      fill: Math.min(1, pending / (lanes[name]?.maxEvents ?? Infinity)),
    };
  });
}

const fitted = (name: string, length: number): string => (name.length > length ? `${name.slice(0, length - 1)}…` : name);

/** The pipeline as a picture, with live counts. Its description has the same numbers. */
export function pipelineView(widthOf: () => number): View {
  const picture = svg('svg', { class: 'pipeline', role: 'img' });
  let shape = '';
  let nodes: {
    readonly title: Text;
    readonly number: Text;
    readonly notes: readonly SVGElement[];
    readonly group: SVGElement;
    readonly fill: SVGElement;
    /** Width of `fill` for a full lane. */
    readonly room: number;
  }[] = [];
  let links: SVGElement[] = [];

  /** Draws the boxes and lines; `update` sets the texts. */
  const draw = (steps: number, lanes: number, isNarrow: boolean, full: number): void => {
    nodes = [];
    links = [];
    const { box: boxWidth, gap, lane: laneWidth, height } = WIDE;
    const count = steps + lanes;
    const pitch = height + 30;
    const rows = isNarrow ? count : lanes;
    // Space for both lines of a note.
    const total = Math.max(rows * pitch, pitch + 16) + 8;
    const middle = total / 2 - pitch / 2;
    setAll(picture, { viewBox: `0 0 ${String(full)} ${String(total)}` });
    const at = (index: number): readonly [x: number, y: number, width: number] => {
      const isLane = index >= steps;
      if (isNarrow) return [isLane ? 28 : 1, index * pitch + 1, isLane ? full - 30 : Math.min(170, full * 0.45)];
      if (isLane) return [full - laneWidth - 1, (total - lanes * pitch) / 2 + (index - steps) * pitch + 10, laneWidth];
      return [index * (boxWidth + gap) + 1, middle + 10, boxWidth];
    };
    const line = (from: number, to: number): SVGElement => {
      const [x1, y1, w1] = at(from);
      const [x2, y2] = at(to);
      const half = height / 2;
      const path = isNarrow
        ? to < steps
          ? `M${String(x1 + w1 / 2)} ${String(y1 + height)}V${String(y2)}`
          : `M14 ${String(at(steps - 1)[1] + height)}V${String(y2 + half)}H${String(x2)}`
        : `M${String(x1 + w1)} ${String(y1 + half)}C${String((x1 + w1 + x2) / 2)} ${String(y1 + half)} ${String((x1 + w1 + x2) / 2)} ${String(y2 + half)} ${String(x2)} ${String(y2 + half)}`;
      const link = svg('path', { d: path });
      links.push(link);
      return link;
    };
    const lines = Array.from({ length: count - 1 }, (_, index) => line(index + 1 < steps ? index : steps - 1, index + 1));
    const boxes = Array.from({ length: count }, (_, index) => {
      const [x, y, w] = at(index);
      const isLane = index >= steps;
      const [title, number] = [document.createTextNode(''), document.createTextNode('')];
      const notes = Array.from({ length: NOTE_LINES }, (_, line) => {
        const below = isLane || !isNarrow;
        const [left, top] = below ? [isLane ? x + 12 : x + w / 2, y + height + 16] : [x + w + 10, y + height / 2 - 2];
        return svg('text', { class: 'note', x: left, y: top + line * 15, ...(below && !isLane && { 'text-anchor': 'middle' }) });
      });
      const fill = svg('rect', { class: 'fill', x: x + 12, y: y + height - 9, width: 0, height: 3, rx: 1.5 });
      const group = svg(
        'g',
        {},
        svg('rect', { class: 'box', x, y, width: w, height, rx: 8 }),
        svg('text', { class: 'name', x: x + 12, y: y + 22 }, title),
        svg('text', { class: 'number', x: x + 12, y: y + 47 }, number),
        ...notes,
        fill,
      );
      nodes.push({ title, number, notes, group, fill, room: w - 24 });
      return group;
    });
    picture.replaceChildren(...lines, ...boxes);
  };

  return {
    element: h('div', {}, picture),
    update: (snapshot) => {
      const steps = stepsOf(snapshot);
      const lanes = lanesOf(snapshot);
      const { box: boxWidth, gap, lane: laneWidth } = WIDE;
      const wide = steps.length * (boxWidth + gap) + 26 + laneWidth;
      const isNarrow = widthOf() < wide * SMALLEST;
      // A container may be smaller than its padding.
      const width = isNarrow ? Math.max(MIN_WIDTH, widthOf()) : wide;
      const wanted = [steps.length, lanes.length, width].join();
      if (wanted !== shape) draw(steps.length, lanes.length, isNarrow, width);
      shape = wanted;
      const all = [...steps, ...lanes];
      const most = Math.max(1, all[0]?.passed ?? 0);
      all.forEach(({ name, passed, lost, tone, fill = 0 }, index) => {
        const node = nodes[index];
        if (node === undefined) return;
        setText(node.title, name);
        setText(node.number, count(passed));
        for (const [line, note] of node.notes.entries()) setText(note, lost[line] ?? '');
        setAll(node.group, { class: tone });
        setAll(node.fill, { width: Math.round(fill * node.room) });
        if (index > 0) links[index - 1]?.setAttribute('stroke-width', (1.5 + 7 * Math.min(1, passed / most)).toFixed(1));
      });
      setAll(picture, {
        'aria-label': `Pipeline: ${all.map(({ name, passed, lost }) => `${name} ${count(passed)}${lost.length === 0 ? '' : ` (${lost.join(', ')})`}`).join(', ')}`,
      });
    },
  };
}
