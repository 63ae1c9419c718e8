import { barsSvg, courseSvg } from './charts.ts';
import type { Block, Document } from './document.ts';
import { escaped } from './escape.ts';

/** Colours that hold on paper and for those who see few of them; a page that prints leaves the background white. */
const STYLE = `
:root { color-scheme: light dark; --ink: #16202c; --soft: #5b6876; --rule: #d9dfe6; --paper: #fff; --mono: ui-monospace, monospace }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --soft: #9aa7b5; --rule: #34404d; --paper: #141a21 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; break-after: avoid }
.sub { color: var(--soft); margin: .25rem 0 1.5rem }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--rule); vertical-align: top }
th { color: var(--soft); font-weight: 600 } .right { text-align: right } td.right { white-space: nowrap }
pre { font: .875rem/1.5 var(--mono); background: color-mix(in srgb, var(--rule) 40%, transparent); padding: .5rem .75rem; border-radius: .375rem; overflow-x: auto; white-space: pre-wrap }
figure { margin: 1rem 0; break-inside: avoid } figcaption { color: var(--soft); font-size: .9rem; margin-bottom: .25rem } svg { width: 100%; height: auto; display: block }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif } svg .soft { fill: var(--soft) } svg .grid { stroke: var(--rule) } svg .line { stroke: var(--ink); stroke-dasharray: 4 3 }
ul { padding-left: 1.25rem } li { margin: .25rem 0 }
@page { margin: 16mm }
@media print { :root { --ink: #000; --soft: #444; --rule: #bbb; --paper: #fff } body { max-width: none; padding: 0; font-size: 10.5pt } pre { border: 1px solid var(--rule); background: none } .wide { overflow: visible } table { font-size: 7.5pt } th, td { padding-right: .35rem } td:first-child { overflow-wrap: anywhere; min-width: 9em } th:last-child, td:last-child { padding-right: 0 } thead { display: table-header-group } tr { break-inside: avoid } * { print-color-adjust: exact } }
`;

/** A report as one HTML file that needs nothing else and prints as it stands. Pure. */
export function htmlOf({ title, subtitle, blocks }: Document): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p class="sub">${escaped(subtitle)}</p>
${blocks.map(blockOf).join('\n')}
</main>
</body>
</html>
`;
}

function blockOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h2>${escaped(block.text)}</h2>`;
    case 'text':
      return `<p>${escaped(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>`;
    case 'command':
      return `<pre>${escaped(block.text)}</pre>`;
    case 'table':
      return tableOf(block);
    case 'bars':
      return `<figure><figcaption>${escaped(block.title)}</figcaption>${barsSvg(block)}</figure>`;
    case 'course':
      return `<figure><figcaption>${escaped(block.title)}</figcaption>${courseSvg(block)}</figure>`;
  }
}

function tableOf({ rows: [head = [], ...rows], right }: Extract<Block, { kind: 'table' }>): string {
  const cell = (name: 'th' | 'td') => (text: string, at: number) =>
    `<${name}${right.includes(at) ? ' class="right"' : ''}${name === 'th' ? ' scope="col"' : ''}>${escaped(text)}</${name}>`;
  const body = rows.map((row) => `<tr>${row.map(cell('td')).join('')}</tr>`).join('\n');
  return `<div class="wide"><table><thead><tr>${head.map(cell('th')).join('')}</tr></thead>\n<tbody>${body}</tbody></table></div>`;
}
