"""The style sheet of a report: light and dark as the reader's device is, on wide screens and on phones."""

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --quiet: #59636e; --line: #d1d9e0; --track: #e1e4e8; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #0d1117; --ink: #e6edf3; --quiet: #9198a1; --line: #3d444d; --track: #2a313c; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1216px; margin: 0 auto; padding: 24px 16px 48px; }
h1 { margin: 0 0 4px; font-size: 32px; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 48px 0 8px; padding-top: 16px; border-top: 1px solid var(--line); font-size: 22px; }
h2 { overflow-wrap: anywhere; }
h3 { margin: 32px 0 0; font-size: 16px; overflow-wrap: anywhere; }
p { margin: 4px 0 12px; overflow-wrap: anywhere; }
section p, figcaption, footer, summary { color: var(--quiet); font-size: 14px; }
img { display: block; max-width: 100%; height: auto; }
section img { background: #808080; }
.journey { margin: 24px 0; }
.journey img { border: 1px solid var(--line); border-radius: 6px; box-sizing: border-box; }
.bar { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 2px 16px; max-width: 560px; margin: 0 0 10px; }
.bar span { overflow-wrap: anywhere; }
.bar i { grid-column: 1 / -1; height: 12px; background: var(--track); }
.bar b { display: block; height: 12px; }
.figures { display: flex; flex-wrap: wrap; gap: 24px; align-items: flex-start; }
figure { margin: 0; flex: 1 1 260px; max-width: 400px; }
figure img { width: 100%; }
figcaption { margin-top: 4px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 16px 4px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-weight: 600; white-space: nowrap; }
td { white-space: nowrap; }
.facts td { white-space: normal; overflow-wrap: anywhere; }
details { margin: 8px 0; }
details .wide { max-height: 420px; overflow-y: auto; }
summary { cursor: pointer; }
footer { margin-top: 48px; }
"""
