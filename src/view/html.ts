import { checkOptions } from "../errors/mod.js";
import type { FlowGroup, FlowTableView } from "./logic.js";
import type { FlowRecord } from "./record.js";
import type { ViewOptions } from "./text.js";
import { VIEW_OPTIONS } from "./text.js";

const NAMED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text as HTML shows it, also within attributes. Control characters, which a page cannot have, and half surrogate pairs are shown as U+FFFD. */
export const escapeHtml = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd")
    .replace(/[&<>"']/g, (c) => NAMED[c]!);

const STYLE = `body{font:14px/1.45 system-ui,sans-serif;margin:0 auto;max-width:90rem;padding:1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.3rem}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}nav a{display:inline-block;margin:0 .6rem .3rem 0}
code{font:12.5px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}summary{cursor:pointer}summary .n{color:#555}
details{border-top:1px solid #ddd;padding:.25rem 0}ol{margin:.3rem 0;padding-left:2.5rem}.hit{background:#fff1a8;border-left:4px solid #b07800;padding-left:.3rem}
.jumps a{margin-left:.5rem}a{color:#0645ad}:target{outline:2px solid #0645ad}
@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}summary .n{color:#aaa}details{border-color:#444}.hit{background:#4a3c00}a,.jumps a{color:#8ab4f8}}`;

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;

function groupHtml(group: FlowGroup, known: ReadonlySet<number>, o: ViewOptions): string {
  const stands = (flow: FlowRecord): boolean => o.highlight?.(flow) === true;
  const hit = group.flows.some(stands);
  const told = group.packets === undefined ? "" : `, n_packets=${group.packets}, n_bytes=${group.bytes ?? 0n}`;
  const jumps = group.jumps.map(({ tableId, by }) =>
    known.has(tableId) ? `<a href="#table-${tableId}">${by} ${tableId}</a>` : `<span>${by} ${tableId} (no flows)</span>`,
  );
  const flows = group.flows.map((flow) => `<li${stands(flow) ? ' class="hit"' : ""}><code>${escapeHtml(flow.text)}</code></li>`);
  return `<details${hit ? " open" : ""}><summary${hit ? ' class="hit"' : ""}><code>priority=${group.priority} ${escapeHtml(group.fields)} → ${escapeHtml(group.actions)}</code> <span class="n">(${plural(group.flows.length, "flow")}${told})</span>${jumps.length === 0 ? "" : `<span class="jumps">${jumps.join("")}</span>`}</summary>
<ol>
${flows.join("\n")}
</ol></details>
`;
}

/**
 * Flows by table, priority and shape as a page of its own: it loads nothing and runs no script, and all text in it is escaped. Ways from table to table are links.
 * @param title - such as the switch's name
 */
export function htmlPage(tables: readonly FlowTableView[], title: string, o: ViewOptions = {}): string {
  checkOptions("htmlPage", o, VIEW_OPTIONS);
  const known = new Set(tables.map((table) => table.tableId));
  const nameOf = (tableId: number): string => {
    const name = o.tableNames?.get(tableId);
    return name === undefined ? String(tableId) : `${tableId} ${escapeHtml(name)}`;
  };
  const all = tables.reduce((n, table) => n + table.size, 0);
  const nav = tables.map(({ tableId, size }) => `<a href="#table-${tableId}">table ${nameOf(tableId)} (${size})</a>`);
  const sections = tables.map(
    (table) =>
      `<section id="table-${table.tableId}"><h2>Table ${nameOf(table.tableId)} <small>(${plural(table.size, "flow")})</small></h2>
${table.groups.map((group) => groupHtml(group, known, o)).join("")}</section>
`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style></head><body>
<h1>${escapeHtml(title)}: ${plural(all, "flow")} in ${plural(tables.length, "table")}</h1>
<nav aria-label="Tables">${nav.join("\n")}</nav>
<main>
${sections.join("")}</main>
</body></html>
`;
}
