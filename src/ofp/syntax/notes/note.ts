import type { DecodeError } from "../../../errors/mod.js";

/** The levels of Open vSwitch's log, the gravest first. */
export type NoteLevel = "ERR" | "WARN" | "INFO" | "DBG";

/** A line that Open vSwitch logs while it reads a message or a text, as data: what is done with it is up to the program that asked for it. */
export interface SyntaxNote {
  /** Open vSwitch's module, such as `ofp_actions` or `nx_match`. */
  readonly module: string;
  readonly level: NoteLevel;
  /** One line, or several with a newline between them, without one at the end. */
  readonly text: string;
  /** Further lines, which are logged where the first one is. */
  readonly more?: readonly string[] | undefined;
  /** The name of the rate limit that the line counts against; undefined where Open vSwitch logs it however often it occurs. */
  readonly limit?: string | undefined;
  /** How many lines of that limit may come at once: 5 unless given. One more is allowed each minute. */
  readonly burst?: number | undefined;
  /** How many lines it counts for: 1 unless given. */
  readonly cost?: number | undefined;
  /** Whether Open vSwitch logs it the first time only. */
  readonly once?: boolean | undefined;
}

/** Takes notes in the order in which Open vSwitch logs them. It is called only for what Open vSwitch complains of, never for good input. */
export type NoteSink = (note: SyntaxNote) => void;

/** Passes on a warning that counts against the limit of its module. */
export function warn(log: NoteSink | undefined, module: string, text: string): void {
  log?.({ module, level: "WARN", text, limit: module });
}

/** Passes on a warning that nothing limits. */
export function warnAlways(log: NoteSink | undefined, module: string, text: string): void {
  log?.({ module, level: "WARN", text });
}

/** Passes on a warning that counts against a limit of its own. @param own - the place in Open vSwitch that has it */
export function warnOwn(log: NoteSink | undefined, module: string, own: string, text: string, burst?: number): void {
  log?.({ module, level: "WARN", text, limit: `${module}/${own}`, burst });
}

/** A number as C prints it with `%#x`: zero has no prefix. */
export const sharp = (n: number): string => (n === 0 ? "0" : `0x${n.toString(16)}`);

/** Ports between those of OpenFlow 1.0 and the reserved ones of later versions. Open vSwitch ofp-port.c (ofputil_port_from_ofp11) */
export const notePort = (log: NoteSink | undefined, port: number): void =>
  warnOwn(log, "ofp_port", "from_ofp11", `port ${port} is outside the supported range 0 through 65279 or 0xffffff00 through 0xffffffff`);

/** Passes on what Open vSwitch logs of a value that the rows of a message refuse. @param at - the bytes of the message */
export function noteRow(log: NoteSink | undefined, e: DecodeError, at: DataView): void {
  if (log === undefined || e.offset + 4 > at.byteLength) return;
  const value = at.getUint32(e.offset);
  if (e.reason === "OFPBAC_BAD_OUT_PORT") notePort(log, value);
  else if (e.reason === "OFPBRC_EPERM")
    warn(log, "ofp_packet", `NXT_SET_PACKET_IN_FORMAT message specified invalid packet-in format ${value}`);
}
