/** Both colour schemes, and all widths from 320 px. */
export const STYLES = /* css */ `
:host { display: block; color-scheme: light dark; container-type: inline-size; --ink: light-dark(#16202e, #e4eaf2); --faint: light-dark(#566476, #97a5b8); --line: light-dark(#dbe2ea, #2a3648); --paper: light-dark(#f3f6f9, #0d131c); --card: light-dark(#fff, #151d29); --accent: light-dark(#0b62c4, #6db3ff); --good: light-dark(#0a7040, #4cc98a); --warning: light-dark(#8a5200, #f0b44c); --bad: light-dark(#b3261e, #ff8a80); background: var(--paper); color: var(--ink); font: 14px/1.45 system-ui, sans-serif; text-align: start; }
:host([hidden]) { display: none }
:host(:focus) { outline: none }
:host([theme=light]) { color-scheme: light }
:host([theme=dark]) { color-scheme: dark }
:host([docked]) { position: fixed; inset: auto 0 0; z-index: 2147483647; max-height: 70vh; overflow: auto; box-shadow: 0 -2px 16px #0004; border-top: 1px solid var(--line) }
* { box-sizing: border-box }
[hidden] { display: none !important }
.tables { display: contents }
.head { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; padding: 10px 16px; background: var(--card); border-bottom: 1px solid var(--line) }
h1 { font-size: 16px; margin: 0; flex: 1 1 120px }
.head [role=status] { order: 1 } .head [role=status]:empty { margin-inline-start: -16px }
@container (max-width: 759px) { .head [role=status] { flex-basis: 100% } } @container (max-width: 479px) { .head .time { display: none } }
h2 { font-size: 12px; font-weight: 600; margin: 0 0 10px; color: var(--faint); letter-spacing: .02em }
h3 { font-size: 14px; margin: 0 0 6px }
.grid { display: grid; grid-template-columns: repeat(12, minmax(0, 1fr)); gap: 12px; padding: 12px 16px 20px }
section { content-visibility: auto; contain-intrinsic-size: auto 160px; grid-column: span 12; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; min-width: 0 }
@container (min-width: 760px) { .half { grid-column: span 6 } .third { grid-column: span 4 } }
.good, .good .number { color: var(--good); fill: var(--good) }
.warning { color: var(--warning); fill: var(--warning) }
.bad { color: var(--bad); fill: var(--bad) }
.faint { color: var(--faint); margin: 0 }
button, select, textarea { font: inherit; color: inherit; background: var(--card); border: 1px solid light-dark(#8794a5, #5c6c82); border-radius: 6px; padding: 4px 10px; min-height: 30px }
button { cursor: pointer }
button:hover, select:hover { border-color: var(--accent) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
textarea { width: 100%; font: 12px/1.5 ui-monospace, monospace; display: block; margin-bottom: 8px; resize: vertical }
.link { border: 0; padding: 0 2px; min-height: 24px; background: none; color: var(--accent); font-weight: 600 }
.pipeline { width: 100%; max-width: 1400px; margin: auto; display: block; font: 12px system-ui, sans-serif; fill: var(--ink) }
.pipeline path { fill: none; stroke: light-dark(#b8cbe2, #33507a) }
.box { fill: var(--paper); stroke: var(--line) }
.name, .note { fill: var(--faint) }
.number { font-size: 19px; font-weight: 600; fill: var(--ink) }
.bad .note { fill: var(--bad) }
.bad .box { stroke: var(--bad) }
.warning .note, .warning .fill { fill: var(--warning) }
.good .fill { fill: var(--good) }
.bad .fill { fill: var(--bad) }
ul, ol, dl, p { margin: 0; padding: 0; list-style: none }
.equations li { display: flex; flex-wrap: wrap; gap: 0 8px; padding: 3px 0; color: var(--ink); font-variant-numeric: tabular-nums }
.equations b { min-width: 76px }
.equations .mark { font-weight: 700; color: var(--good) }
.equations .bad .mark { color: var(--bad) }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; color: var(--faint); font-size: 12px; border-color: var(--line); margin-bottom: 4px }
.legend b { color: var(--ink) }
.legend i { display: inline-block; width: 10px; height: 3px; background: currentColor; margin-inline-end: 5px; vertical-align: middle }
.series-0 { color: var(--accent) }
.series-1 { color: var(--good) }
.series-2 { color: var(--bad) }
.chart { color: var(--faint); min-height: 150px; overflow: hidden }
.uplot, .u-wrap { position: relative } .u-over, .u-under, .u-axis, canvas { position: absolute } canvas { width: 100%; height: 100%; display: block; inset: 0 }
.scroll { overflow: auto; max-height: 320px }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: start; padding: 4px 14px 4px 0; white-space: nowrap; border-bottom: 1px solid var(--line); font-weight: 400 }
thead th { color: var(--faint); font-size: 12px; position: sticky; top: 0; background: var(--card) }
tbody th { font-weight: 600 }
meter { width: 70px; margin-inline-end: 8px; vertical-align: middle }
.bars li { display: grid; grid-template-columns: 1fr auto; padding: 3px 0; font-variant-numeric: tabular-nums }
.bars i, th i { grid-column: 1 / -1; display: block; height: 4px; border-radius: 2px; background: var(--accent); min-width: 2px }
.controls { display: grid; grid-template-columns: repeat(auto-fill, minmax(132px, 1fr)); gap: 10px }
.controls label { display: grid; gap: 3px; color: var(--faint); font-size: 12px }
.controls select, output { font-size: 14px; color: var(--ink) }
.buttons { display: flex; gap: 8px; margin-top: 12px }
.hold { float: inline-end; display: flex; gap: 6px; align-items: center; margin-top: -30px; color: var(--faint); font-size: 12px; min-height: 24px }
.scroll + .scroll { border-top: 1px solid var(--line); margin-top: 10px; padding-top: 10px }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 1px 14px; overflow-wrap: anywhere }
dt { color: var(--faint) } dd { margin: 0 }
pre { font: 12px/1.5 ui-monospace, monospace; background: var(--paper); border-radius: 6px; padding: 10px; margin: 10px 0; white-space: pre-wrap; overflow-wrap: anywhere }
mark { background: light-dark(#ffe3a3, #6b4a00); color: inherit; border-radius: 3px; padding: 0 2px }
.log li { display: flex; gap: 10px; padding: 4px 0; align-items: baseline; overflow-wrap: anywhere }
.log .faint { flex: none }
.letters span:nth-child(2) { flex: 1 } small { display: block; color: var(--faint) }
.third tbody th { white-space: normal; overflow-wrap: anywhere; min-width: 110px }
.stages { margin-top: 8px } .third .scroll + .faint { margin-top: 8px }
.stages li { display: flex; gap: 10px; padding: 3px 0 } .stages b { min-width: 96px } .stages span { color: var(--ink) }
`;
