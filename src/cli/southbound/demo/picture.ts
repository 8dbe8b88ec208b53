import { formatDpid, formatIpv4, formatMac } from "../../../bytes/mod.js";
import { formatLine, type LogLine } from "../logging.js";
import { type Glyphs, render, type Span, type Style } from "../screen.js";
import type { Pair } from "./pings.js";
import { type DemoState, learntAt } from "./summary.js";
import type { WatchedSwitch } from "./watch.js";

/** What a picture is drawn from. */
export interface PictureState extends DemoState {
  /** The names of the embedded switches, in their row, by datapath id. */
  readonly row: ReadonlyMap<bigint, string>;
  /** The last lines of the log, oldest first. */
  readonly log: readonly LogLine[];
}

type Line = readonly Span[];

const LOG_STYLE: Readonly<Record<LogLine["level"], Style | undefined>> = { debug: "dim", info: undefined, warn: "yellow", error: "red" };

/** The fewest lines of the log that are worth their place. */
const LEAST_LOG = 3;

/** Draws the demo on `rows` lines of `columns` characters. What does not fit is left out, the least important first. */
export function drawPicture(state: PictureState, columns: number, rows: number, colour: boolean, glyphs: Glyphs): string[] {
  const topology = topologyLines(state, glyphs);
  const times = state.hosts.length === 0 ? [] : [...timesMatrix(state, columns), totals(state)];
  const fixed = 2 + times.length + 2;
  const room = Math.max(3, rows - fixed - LEAST_LOG - 2);
  const switches = switchLines(state, room, glyphs);
  const answers = state.hosts.length === 0 ? [] : answersMatrix(state);

  let sections: (readonly Line[])[] = [titleLines(state, columns, glyphs), topology, switches, times, answers];
  const height = () => sections.reduce((n, lines) => n + (lines.length === 0 ? 0 : lines.length + 1), 0);
  if (height() + 2 * LEAST_LOG > rows) sections[4] = [];
  if (height() + LEAST_LOG - 1 > rows) sections[1] = [];
  if (height() > rows + 1) sections = [sections.flat()];

  const lines: Line[] = [];
  for (const section of sections) {
    if (section.length === 0) continue;
    if (lines.length > 0) lines.push([]);
    lines.push(...section);
  }
  const left = rows - lines.length - 1;
  if (left > 0 && state.log.length > 0) lines.push([], ...state.log.slice(-left).map(logLine));
  return lines.slice(0, rows).map((line) => render(line, columns, colour, glyphs.cut));
}

function titleLines(state: PictureState, columns: number, { dot }: Glyphs): Line[] {
  const title = " southbound demo";
  const rest = `  ${elapsed(state.now - state.startedAt)} ${dot} listening on ${state.listen.join(", ")}`;
  const stop = "Ctrl-C stops ";
  const gap = columns - title.length - rest.length - stop.length;
  return gap > 0
    ? [[["bold", title], `${rest}${" ".repeat(gap)}`, ["dim", stop]]]
    : [[["bold", title], "  ", ["dim", stop]], [` ${rest.trimStart()}`]];
}

/** `0:12`, `1:02:03`. */
function elapsed(ms: number): string {
  const s = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  return `${hours === 0 ? Math.floor(s / 60) : `${hours}:${two(Math.floor(s / 60) % 60)}`}:${two(s % 60)}`;
}

/** The switches in their row, and each one's hosts above it. */
function topologyLines(state: PictureState, { line }: Glyphs): Line[] {
  if (state.row.size === 0) return [];
  const width = 20;
  const names: Span[] = ["  "];
  const stems: Span[] = ["  "];
  const boxes: Span[] = ["  "];
  let i = 0;
  for (const [dpid, name] of state.row) {
    const hosts = state.hosts.filter((host) => host.dpid === dpid);
    const each = hosts.map((host): Span => [learntAt(state, host) === undefined ? "dim" : "green", host.name.padEnd(5)]);
    const used = hosts.reduce((n, host) => n + host.name.padEnd(5).length, 0);
    names.push(...each, " ".repeat(Math.max(0, width - used)));
    stems.push(["dim", " \\   /".padEnd(width)]);
    const up = state.watch.switches.some((s) => s.dpid === dpid && s.connected);
    const last = ++i === state.row.size;
    boxes.push(" ", [up ? "green" : "red", `[${name}]`]);
    if (!last) boxes.push(["dim", ` ${line.repeat(width - name.length - 4)}`]);
  }
  return [names, stems, boxes];
}

function switchLines({ watch, row }: PictureState, room: number, glyphs: Glyphs): Line[] {
  const all = watch.switches;
  const head: Line = [["dim", " switch datapath id      OpenFlow  flows packet-ins learnt peer"]];
  if (all.length === 0) return [head, [["dim", ` no switch has connected yet${row.size === 0 ? "" : glyphs.cut}`]]];
  const shown = all.length <= room ? all : all.slice(0, room - 1);
  const lines = shown.map((s): Line => [switchLine(s, row)]);
  if (shown.length < all.length) lines.push([["dim", ` and ${all.length - shown.length} more`]]);
  return [head, ...lines];
}

function switchLine(s: WatchedSwitch, row: ReadonlyMap<bigint, string>): Span {
  const cells = [
    (row.get(s.dpid) ?? "-").padEnd(6),
    formatDpid(s.dpid),
    s.version.padStart(8),
    String(s.flows).padStart(6),
    String(s.packetIns).padStart(10),
    String(s.addresses.size).padStart(6),
    s.connected ? s.peer : "gone",
  ];
  const text = ` ${cells.join(" ")}`;
  return s.connected ? text : ["red", text];
}

/** A time in few characters: `0.42`, `12.3`, `1234`. */
const brief = (ms: number | undefined): string =>
  ms === undefined ? "-" : ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
const briefest = (ms: number | undefined): string => (ms === undefined ? "-" : ms < 10 ? ms.toFixed(1) : ms.toFixed(0));

/** Widths: of what is shown of a host, with its MAC address and without, and of a cell with three times and with one. */
const WIDE = { host: 42, cell: 12 } as const;
const NARROW = { host: 32, cell: 8 } as const;

/** The hosts, where they were learnt, and the round-trip times from each to each. */
function timesMatrix(state: PictureState, columns: number): Line[] {
  const { hosts, pings } = state;
  const wide = columns >= WIDE.host + WIDE.cell * hosts.length;
  const width = wide ? WIDE : NARROW;
  const cell = (pair: Pair | undefined): Span => {
    if (pair === undefined) return ["dim", ".".padStart(width.cell)];
    const { min, avg, max } = pair.roundTrips;
    const text = wide && avg !== undefined ? `${briefest(min)}/${briefest(avg)}/${briefest(max)}` : brief(avg);
    return [pair.lost > 0 ? "red" : pair.answered > 0 ? "green" : "dim", text.padStart(width.cell)];
  };
  const corner = wide ? " host address   MAC address       learnt  " : " host address   learnt   avg ms";
  const heads = corner.padEnd(width.host) + hosts.map(({ name }) => name.padStart(width.cell)).join("");
  const rows = hosts.map((host): Line => {
    const at = learntAt(state, host);
    const place = at === undefined ? "-" : `${at.name}:${at.port}`;
    const mac = wide ? `${formatMac(host.mac)} ` : "";
    const who = ` ${host.name.padEnd(5)}${formatIpv4(host.ip).padEnd(10)}${mac}${place}`;
    return [who.padEnd(width.host), ...hosts.map((to) => cell(pings.pair(host.name, to.name)))];
  });
  return [...(wide ? [[["dim", " round trips in ms, min/avg/max"] as const]] : []), [["dim", heads]], ...rows];
}

function totals({ pings }: PictureState): Line {
  const { sent, answered, lost, roundTrips: rtt } = pings.total;
  return [
    ` pings ${sent} sent, `,
    ["green", `${answered} answered`],
    ", ",
    lost > 0 ? ["red", `${lost} lost`] : "0 lost",
    `; rtt ms min ${brief(rtt.min)} avg ${brief(rtt.avg)} max ${brief(rtt.max)}`,
  ];
}

/** How many pings from each to each were answered, and how many were lost. */
function answersMatrix({ hosts, pings }: PictureState): Line[] {
  const cell = (pair: Pair | undefined): Span => {
    if (pair === undefined) return ["dim", ".".padStart(10)];
    const text = `${pair.answered}${pair.lost > 0 ? ` -${pair.lost}` : ""}`.padStart(10);
    return pair.lost > 0 ? ["red", text] : text;
  };
  return [
    [["dim", ` answered -lost${hosts.map(({ name }) => name.padStart(10)).join("")}`]],
    ...hosts.map((from): Line => [` ${from.name.padEnd(14)}`, ...hosts.map((to) => cell(pings.pair(from.name, to.name)))]),
  ];
}

function logLine(line: LogLine): Line {
  const style = LOG_STYLE[line.level];
  const text = ` ${formatLine({ ...line, time: line.time.slice(0, 8) }, false)}`;
  return [style === undefined ? text : [style, text]];
}
