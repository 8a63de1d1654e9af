/** The one style sheet of a page. Without a request to anywhere, so the fonts are those that the reader has. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: #1c2128; --dim: #57606a; --ground: #ffffff; --raised: #f6f8fa; --line: #d0d7de; --link: #0a58ca;
  --fill: #5b8def; --whisker: #1c2128; --warn: #7d4e00; --warn-ground: #fff8e5;
  --resolved: #116329; --unresolved: #a1260d; --agent-limit: #7d4e00; --cheated: #6b2fa0; --uncounted: #57606a;
  --added: #e6f6ea; --removed: #fdecea; --hunk: #eaf1fd;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e2e6eb; --dim: #9aa4af; --ground: #14181d; --raised: #1d232a; --line: #38414b; --link: #79b0ff;
    --fill: #3f6fcf; --whisker: #e2e6eb; --warn: #f0c060; --warn-ground: #2d2412;
    --resolved: #1f7a3c; --unresolved: #b5371e; --agent-limit: #8f5f0a; --cheated: #8046b8; --uncounted: #626d78;
    --added: #12301d; --removed: #3a1a17; --hunk: #182840;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 78rem; padding: 1rem 1.25rem 4rem; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); }
h1 { margin: 0.5rem 0 0; font-size: 1.7rem; overflow-wrap: anywhere; }
h2 { margin: 2.2rem 0 0.6rem; font-size: 1.25rem; border-bottom: 1px solid var(--line); padding-bottom: 0.25rem; }
h3 { margin: 0 0 0.4rem; font-size: 1.05rem; overflow-wrap: anywhere; }
p { margin: 0.4rem 0; overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
small, .note, .facts, .left { color: var(--dim); font-size: 0.87em; font-weight: normal; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 0.85em; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; padding: 0; list-style: none; }
.warning { color: var(--warn); background: var(--warn-ground); padding: 0.4rem 0.7rem; border-radius: 4px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.35rem 0.7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: middle; }
thead th { color: var(--dim); font-size: 0.87em; font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 600; }
tbody th small, td small { display: block; }
.n { text-align: right; white-space: nowrap; }
thead .n { white-space: normal; }
.line { white-space: nowrap; } .line small { white-space: normal; }
.cells { min-width: 6.5em; }
svg.bar { vertical-align: middle; }
.track { fill: var(--line); } .fill { fill: var(--fill); }
.whisker, .zero { stroke: var(--whisker); stroke-width: 1.5; fill: none; } .zero { stroke-dasharray: 2 2; }
svg.plot { display: block; width: 100%; min-width: 30rem; max-width: 46rem; height: auto; font: 12px system-ui, sans-serif; }
.grid { stroke: var(--line); } .interval { stroke: var(--dim); stroke-width: 1.5; } .tick { fill: var(--dim); } .label { fill: var(--text); font-weight: 600; }
.front { stroke: var(--fill); stroke-width: 2.5; fill: none; }
.point { fill: var(--ground); stroke: var(--fill); stroke-width: 2.5; } .best { fill: var(--fill); }
.outcome { display: inline-block; min-width: 1.6em; padding: 0 0.25em; border-radius: 4px; border: 1px solid var(--line); text-align: center; text-decoration: none; font-weight: 700; color: var(--dim); }
.resolved, .unresolved, .agent_limit, .cheated, .infra, .invalid_task { color: #ffffff; border-color: transparent; }
.resolved { background: var(--resolved); } .unresolved { background: var(--unresolved); } .agent_limit { background: var(--agent-limit); }
.cheated { background: var(--cheated); } .infra, .invalid_task { background: var(--uncounted); }
.cells .outcome { margin: 1px 3px 1px 0; }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; font-size: 0.87em; }
.columns { display: flex; flex-wrap: wrap; gap: 1.5rem 3rem; align-items: flex-start; }
.columns > div { max-width: 100%; overflow-x: auto; }
summary { cursor: pointer; }
.trial { border: 1px solid var(--line); border-radius: 6px; padding: 0.8rem 1rem; margin: 0.8rem 0; content-visibility: auto; contain-intrinsic-size: auto 11rem; scroll-margin-top: 0.5rem; }
.trial:target { border-color: var(--link); box-shadow: 0 0 0 1px var(--link); }
.trial details { margin: 0.3rem 0; }
pre { margin: 0.35rem 0; padding: 0.6rem 0.8rem; background: var(--raised); border-radius: 4px; overflow: auto; max-height: 34rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.diff span { display: inline-block; width: 100%; }
.added { background: var(--added); } .removed { background: var(--removed); } .hunk { background: var(--hunk); color: var(--dim); } .file { font-weight: 700; }
.trajectory { list-style: none; margin: 0.4rem 0 0; padding: 0; }
.trajectory > li { border-left: 4px solid var(--line); padding: 0.15rem 0 0.15rem 0.8rem; margin: 0.5rem 0; }
.trajectory > .model { border-color: var(--fill); } .trajectory > .user { border-color: var(--resolved); }
.trajectory > .bad { border-color: var(--unresolved); } .trajectory > .compaction { border-color: var(--cheated); }
.head { margin: 0; } .head span { color: var(--dim); font-size: 0.87em; }
.said { background: none; padding: 0; font: inherit; max-height: none; }
.call { margin: 0.3rem 0; } .call .head b, .result .head b { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 0.9em; }
dl { margin: 0; display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0 0.7rem; }
dt { color: var(--dim); font-size: 0.87em; padding-top: 0.5rem; } dd { margin: 0; } dd pre { padding: 0.25rem 0.6rem; margin: 0.2rem 0; }
.trouble { color: var(--warn); }
@media (max-width: 40rem) {
  body { padding: 0.5rem 0.75rem 3rem; }
  th, td { padding: 0.3rem 0.45rem; }
  dl { grid-template-columns: minmax(0, 1fr); } dt { padding-top: 0.2rem; }
}
@media print { .scroll, pre { overflow: visible; max-height: none; } }
`;
