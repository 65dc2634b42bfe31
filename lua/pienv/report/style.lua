-- The style sheet of the timings page. Colours follow the reader's system; nothing is loaded from anywhere.

return [[
:root { color-scheme: light dark;
  --bg: #f7f8fa; --card: #ffffff; --text: #1b2230; --dim: #657084; --line: #e3e7ee; --track: #eef1f6;
  --done: #2f9e6b; --same: #3b82c4; --skipped: #c58a1b; --failed: #d64550; --idle: #9aa5b5; }
@media (prefers-color-scheme: dark) { :root {
  --bg: #11151c; --card: #1a202b; --text: #e6eaf1; --dim: #93a0b4; --line: #2a3342; --track: #232b38;
  --done: #3fb57f; --same: #5aa2e6; --skipped: #d8a340; --failed: #ef6570; --idle: #6d7a8d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 56px; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: .86em; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 6px 14px; margin-bottom: 18px; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.02rem; margin: 0 0 12px; }
.badge { padding: 2px 11px; border-radius: 99px; font-size: .82rem; font-weight: 600; color: #fff;
  background: var(--done); }
.badge.failed { background: var(--failed); }
.sub { flex-basis: 100%; color: var(--dim); font-size: .88rem; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 12px; margin-bottom: 16px; }
.tile, section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.tile { padding: 12px 16px; }
.tile b { display: block; font-size: 1.28rem; line-height: 1.3; font-variant-numeric: tabular-nums;
  letter-spacing: -.01em; }
.tile span { color: var(--dim); font-size: .8rem; }
section { padding: 18px 20px; margin-bottom: 16px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; color: var(--dim); font-size: .8rem; margin: -4px 0 12px; }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px;
  background: var(--c); }
.done { --c: var(--done); } .same { --c: var(--same); } .skipped { --c: var(--skipped); } .failed {
  --c: var(--failed); }
.idle { --c: var(--idle); }
.axis, .head, .step > summary { display: grid;
  grid-template-columns: minmax(120px, 210px) minmax(0, 1fr) 76px 76px 84px;
  gap: 0 14px; align-items: center; }
.axis, .head { color: var(--dim); font-size: .76rem; }
.axis .scale { position: relative; height: 1.5em; border-bottom: 1px solid var(--line); }
.axis .scale span { position: absolute; bottom: 2px; transform: translateX(-50%); white-space: nowrap; }
.axis .scale span:first-child { transform: none; } .axis .scale span:last-child { transform: translateX(-100%); }
.axis .n { text-align: right; }
.step { border-bottom: 1px solid var(--line); }
.step:last-of-type { border-bottom: 0; }
.step > summary { padding: 6px 0; cursor: pointer; list-style: none; border-radius: 6px; }
.step > summary::-webkit-details-marker { display: none; }
.step > summary:hover .name { text-decoration: underline; text-underline-offset: 3px; }
.step > summary:focus-visible { outline: 2px solid var(--same); outline-offset: 1px; }
.name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 500; }
.why { display: block; color: var(--dim); font-size: .8rem; font-weight: 400; overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap; }
.n { text-align: right; font-variant-numeric: tabular-nums; font-size: .84rem; white-space: nowrap; }
.track { position: relative; height: 18px; border-radius: 5px; background: var(--track); overflow: hidden; }
.bar { position: absolute; top: 0; bottom: 0; min-width: 3px; border-radius: 4px; background: var(--c); }
.bar.split { background: color-mix(in srgb, var(--c) 30%, transparent); }
.bar i { position: absolute; top: 0; bottom: 0; min-width: 1px; border-radius: 3px; background: var(--c); }
.bar i + i { box-shadow: -1px 0 0 var(--track); }
.more { padding: 2px 0 14px; }
.more p { margin: 0 0 8px; color: var(--dim); font-size: .86rem; overflow-wrap: anywhere; }
.process { margin: 0 0 8px; padding: 8px 12px; background: var(--track); border-radius: 8px;
  overflow-wrap: anywhere; }
.process span { display: block; color: var(--dim); font-size: .78rem; margin-top: 2px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th { text-align: left; color: var(--dim); font-weight: 500; font-size: .78rem; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td code { overflow-wrap: anywhere; }
pre { margin: 8px 0 0; padding: 10px 12px; background: var(--track); border-radius: 8px; overflow-x: auto; }
.failure { border-left: 4px solid var(--failed); }
.failure p { margin: 0; overflow-wrap: anywhere; }
footer { color: var(--dim); font-size: .8rem; text-align: center; }
@media (max-width: 720px) {
  main { padding: 18px 12px 40px; }
  section { padding: 14px; }
  .axis { grid-template-columns: minmax(0, 1fr); } .axis .n, .axis > :first-child { display: none; }
  .step > summary { grid-template-columns: auto auto auto 1fr; gap: 2px 12px; padding: 8px 0; }
  .step .name, .step .track { grid-column: 1 / -1; }
  .why { white-space: normal; }
  .step .n { text-align: left; color: var(--dim); } .n.none { display: none; }
  .step .n[data-t]::before { content: attr(data-t) " "; }
  .tile:first-child { grid-column: 1 / -1; }
  .tiles { grid-template-columns: repeat(2, 1fr); }
  .wide td, .wide th { display: block; padding: 2px 0; border: 0; } .wide th { display: none; }
  .wide td { overflow-wrap: anywhere; } .wide tr { display: block; padding: 8px 0;
  border-bottom: 1px solid var(--line); }
  .wide tr:last-child { border-bottom: 0; } .wide td:first-child { font-weight: 500; }
  .wide td[data-t]::before { content: attr(data-t) " "; color: var(--dim); font-size: .78rem; } }
@media print { body { background: #fff; } section, .tile { break-inside: avoid; } }
]]
