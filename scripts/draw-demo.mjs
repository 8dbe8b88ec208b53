// @ts-check
/**
 * Draws docs/demo.svg: what `southbound demo` shows on a terminal after some seconds, taken from the running program. Needs `script` (util-linux), which gives it a terminal.
 *
 * `npm run build && node scripts/draw-demo.mjs`
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./setup.mjs";

const COLUMNS = 112;
const ROWS = 32;
const SECONDS = 8;
/** Of a character, in pixels of the picture. */
const [WIDTH, HEIGHT] = [8.4, 18];
/** The colours of SGR codes, and of the page. */
const COLOURS = /** @type {Record<string, string>} */ ({ 31: "#f47067", 32: "#8ddb8c", 33: "#daaa3f", 2: "#8b949e" });
const [PAPER, INK] = ["#161b22", "#e6edf3"];
const ESC = String.fromCharCode(27);

const demo = `stty cols ${COLUMNS} rows ${ROWS}; exec ${process.execPath} ${join(ROOT, "bin", "southbound.js")} demo --duration ${SECONDS}`;
const { stdout, status } = spawnSync("script", ["-qec", demo, "/dev/null"], {
  encoding: "utf8",
  env: { ...process.env, TERM: "xterm-256color", LANG: "C.UTF-8" },
});
if (status !== 0) throw new Error(`the demo ended with status ${status}\n${stdout}`);

const frames = stdout.split(`${ESC}[H`).slice(1);
const frame = frames.at(-1)?.split(`${ESC}[J`)[0]?.split(`${ESC}[?`)[0] ?? "";
const lines = frame.replaceAll(`${ESC}[K`, "").split("\r\n").slice(0, ROWS);
while (lines.at(-1)?.trim() === "") lines.pop();

/** @param {string} text */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The spans of a line as SVG. @param {string} line */
function spans(line) {
  let style = "";
  let out = "";
  for (const [i, part] of line.split(ESC).entries()) {
    const code = i === 0 ? null : /^\[([\d;]*)m/.exec(part);
    if (code !== null) {
      const colour = COLOURS[code[1] ?? ""];
      style = code[1] === "1" ? ' font-weight="bold"' : colour === undefined ? "" : ` fill="${colour}"`;
    }
    const text = escaped(code === null ? part : part.slice(code[0].length));
    if (text !== "") out += style === "" ? text : `<tspan${style}>${text}</tspan>`;
  }
  return out;
}

const width = Math.ceil(COLUMNS * WIDTH + 24);
const height = lines.length * HEIGHT + 24;
/** How many characters of a line are seen. @param {string} line */
const shown = (line) =>
  line.split(ESC).reduce((n, part, i) => n + part.length - (i === 0 ? 0 : (/^\[[\d;]*m/.exec(part)?.[0].length ?? 0)), 0);
const rows = lines.flatMap((line, i) => {
  const at = `x="12" y="${(i + 1) * HEIGHT + 6}" textLength="${(shown(line) * WIDTH).toFixed(1)}"`;
  return shown(line) === 0 ? [] : [`<text ${at} xml:space="preserve">${spans(line)}</text>`];
});
writeFileSync(
  join(ROOT, "docs", "demo.svg"),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="southbound demo on a terminal">
<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="${INK}">
${rows.join("\n")}
</g>
</svg>
`,
);
