import { Chunk, hexDump, viewOf } from "../../bytes/mod.js";
import { checkOptions, DecodeError } from "../../errors/mod.js";
import { type EntryForm, elementEnd, elementNext, fail, type Mode, type Version } from "../../schema/mod.js";
import { HEADER_SIZE } from "../ids.js";
import { MORE } from "../message.js";
import { encodeMessage, MESSAGES, type Message, messageCodec } from "../messages.js";
import { FLOW_PRINTERS } from "./flow/flow.js";
import { FLOW_MOD_PRINTERS } from "./flow/flow-mod.js";
import { FLOW_REMOVED_PRINTERS } from "./flow/flow-removed.js";
import { MONITOR_PRINTERS } from "./flow/monitor.js";
import { GROUP_PRINTERS } from "./group/group.js";
import { ASYNC_PRINTERS } from "./message/async.js";
import { BASIC_PRINTERS } from "./message/basic.js";
import { BUNDLE_PRINTERS } from "./message/bundle.js";
import { CONTROLLER_PRINTERS } from "./message/controller.js";
import { CT_PRINTERS } from "./message/ct.js";
import { ERROR_PRINTERS } from "./message/error.js";
import { hasGoodLength, isStats, kindOf } from "./message/message-kinds.js";
import { NICIRA_PRINTERS } from "./message/nicira.js";
import { ROLE_PRINTERS } from "./message/role.js";
import { METER_PRINTERS } from "./meter/meter.js";
import { noteKind, noteLength } from "./notes/message-notes.js";
import { noteRow } from "./notes/note.js";
import type { Context, PrintOptions } from "./options.js";
import { PRINT_OPTIONS } from "./options.js";
import { PACKET_PRINTERS } from "./packet/packet-in-out.js";
import { PORT_PRINTERS } from "./port/port.js";
import { PORT_STATS_PRINTERS } from "./port/port-stats.js";
import type { Items, Printer, Printers } from "./printer.js";
import { QUEUE_PRINTERS } from "./queue/queue.js";
import { TABLE_PRINTERS } from "./table/table.js";
import { TABLE_MOD_PRINTERS } from "./table/table-mod.js";
import type { AnyMessage } from "./types.js";
import { chomp, withNewline } from "./words.js";

/** What no table describes further. */
const DUMP = { text: (_m: unknown, c: Context) => `\n${hexDump(c.raw())}` };

const PRINTERS: Printers<AnyMessage["type"]> = {
  ...ASYNC_PRINTERS,
  ...BASIC_PRINTERS,
  ...BUNDLE_PRINTERS,
  ...CONTROLLER_PRINTERS,
  ...CT_PRINTERS,
  ...ERROR_PRINTERS,
  ...FLOW_PRINTERS,
  ...FLOW_MOD_PRINTERS,
  ...FLOW_REMOVED_PRINTERS,
  ...GROUP_PRINTERS,
  ...METER_PRINTERS,
  ...QUEUE_PRINTERS,
  ...TABLE_MOD_PRINTERS,
  ...MONITOR_PRINTERS,
  ...NICIRA_PRINTERS,
  ...PACKET_PRINTERS,
  ...PORT_PRINTERS,
  ...PORT_STATS_PRINTERS,
  ...ROLE_PRINTERS,
  ...TABLE_PRINTERS,
  experimenter: DUMP,
  "experimenter-stats-request": DUMP,
  "experimenter-stats-reply": DUMP,
};

const printerOf = (m: AnyMessage): Printer<AnyMessage> => PRINTERS[m.type] as Printer<AnyMessage>;

const DUMP_FROM = 5;

/** The version in words behind a message's name; OpenFlow 1.0 is not printed. */
function versionWords(wire: number): string {
  if (wire === 1) return "";
  return wire >= 2 && wire <= 6 ? ` (OF1.${wire - 1})` : ` (OF 0x${wire.toString(16).padStart(2, "0")})`;
}

const head = (name: string, wire: number, xid: number): string => `${name}${versionWords(wire)} (xid=0x${xid.toString(16)}):`;

/** The flags of a statistics message. A request of OpenFlow 1.0 to 1.2 cannot say that there is more. */
function flagsText(flags: number, version: number, request: boolean): string {
  if (flags === 0) return "";
  const more = (flags & MORE) !== 0 && (!request || version >= 4);
  const rest = more ? flags & ~MORE : flags;
  return ` flags=${more ? "[more]" : ""}${rest === 0 ? "" : `[***unknown flags 0x${rest.toString(16).padStart(4, "0")}***]`}`;
}

/** The text behind a header, and the name of the error that ends it. */
type Body = readonly [text: string, fault: string | undefined];

/** Messages in messages are printed as text so many levels deep, and as dumps from there on, so that a peer cannot exhaust the stack. */
const MAX_DEPTH = 16;

function makeContext(wire: number, o: PrintOptions, raw: () => Uint8Array, depth = 0): Context {
  const version = (wire >= 1 && wire <= 6 ? wire : 1) as Version;
  const inner = (bytes: Uint8Array, verbosity: number): string =>
    depth < MAX_DEPTH ? printAt(bytes, { ...o, verbosity }, depth + 1) : hexDump(bytes);
  const innerBody = (bytes: Uint8Array): Body =>
    body(
      new Chunk(bytes),
      makeContext(bytes[0]!, o, () => bytes, depth + 1),
    );
  return {
    portNames: o.portNames,
    tableNames: o.tableNames,
    verbosity: o.verbosity ?? 0,
    log: o.log,
    wire,
    version,
    raw,
    inner,
    innerBody,
  };
}

/** The fault of an element, where it is printed. */
const told = (items: Items, fault: string, c: Context): string | undefined =>
  items.quiet === true && c.verbosity === 0 ? undefined : fault;

/** Prints a message that was decoded from a chunk, up to the element of a list that Open vSwitch would refuse. */
function decodedBody(m: AnyMessage, c: Context, chunk: Chunk): Body {
  const printer = printerOf(m);
  const fault = printer.refuse?.(m, c);
  if (fault !== undefined) return ["", printer.diagnose?.(chunk, c) ?? fault];
  const { items } = printer;
  if (items?.refuse === undefined) return [printer.text(m, c), undefined];
  const holder = m as unknown as Record<string, readonly unknown[]>;
  const list = holder[items.field]!;
  for (let i = 0; i < list.length; i++) {
    const bad = items.refuse(list[i], c);
    if (bad === undefined) continue;
    if (c.log !== undefined) noteItem(items, i, chunk, c);
    holder[items.field] = list.slice(0, i);
    return [printer.text(m, c), told(items, bad, c)];
  }
  return [printer.text(m, c), undefined];
}

/** Looks at the bytes of an element that is refused, for what Open vSwitch logs of it. */
function noteItem({ element, at, diagnose }: Items, index: number, chunk: Chunk, c: Context): void {
  const frame = element.frame(c.version);
  if (diagnose === undefined || frame === undefined) return;
  let p = at(c.version);
  for (let i = 0; i < index; i++) p = elementNext(p, elementEnd(chunk, p, chunk.u8.length, frame), chunk.u8.length, frame);
  diagnose(chunk, p, c);
}

/** Where the last element ends that can be decoded, of a list that cannot be as a whole, and why the next one cannot. */
function goodEnd(chunk: Chunk, items: Items, version: Version, mode: Mode): readonly [end: number, reason: string | undefined] {
  const { element } = items;
  const end = chunk.u8.length;
  const codec = element.codec(version, mode);
  const frame = element.frame(version);
  let p = items.at(version);
  try {
    while (p < end) {
      const e = frame === undefined ? p + element.exact(version) : elementEnd(chunk, p, end, frame);
      if (e > end) fail("OFPBRC_BAD_LEN", "an element is cut short", p);
      codec.decode(chunk, p, e);
      p = frame === undefined ? e : elementNext(p, e, end, frame);
    }
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return [p, e.reason];
  }
  return [p, undefined];
}

/** The text of a message whose rows hold what Open vSwitch refuses. */
function checkedBody(entry: EntryForm["entry"], { text, items }: Printer<AnyMessage>, c: Context, chunk: Chunk): Body {
  const codec = messageCodec(c.version, "checked");
  const read = (end: number): string => text(codec.decode(chunk, 0, end) as AnyMessage, c);
  try {
    return [read(chunk.u8.length), undefined];
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    noteRow(c.log, e, chunk.dv);
    if (items === undefined || !entry.versionsOf(items.field).includes(c.version)) return ["", e.reason];
    const [end, fault = e.reason] = goodEnd(chunk, items, c.version, "checked");
    return [read(end), told(items, fault, c)];
  }
}

function body(chunk: Chunk, c: Context, reduced = false): Body {
  const codec = messageCodec(c.version);
  const entry = MESSAGES.formAt(c.version, chunk, 0, chunk.u8.length)?.entry;
  const printer = entry === undefined ? undefined : (PRINTERS[entry.entryName as AnyMessage["type"]] as Printer<AnyMessage>);
  try {
    const whole = printer?.whole?.(chunk, c);
    if (whole !== undefined) return whole;
    if (printer?.checked === true) return checkedBody(entry!, printer, c, chunk);
    const m = codec.decode(chunk, 0, chunk.u8.length);
    return m.type === "unknown" ? [`\n${hexDump(chunk.u8)}`, undefined] : decodedBody(m, c, chunk);
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    if (printer?.broken !== undefined) return [printer.broken(c), undefined];
    if (printer?.reduce !== undefined && !reduced) return body(printer.reduce(chunk, c), c, true);
    const items = printer?.items;
    if (items === undefined || !entry!.versionsOf(items.field).includes(c.version)) return ["", printer?.diagnose?.(chunk, c) ?? e.reason];
    const [end] = goodEnd(chunk, items, c.version, "interpreted");
    const [text, fault] = decodedBody(codec.decode(chunk, 0, end) as AnyMessage, c, chunk);
    return [text, fault ?? told(items, items.diagnose?.(chunk, end, c) ?? items.reasons?.[e.reason] ?? e.reason, c)];
  }
}

/** The whole of a message that has the length that it says. */
function printWhole(bytes: Uint8Array, o: PrintOptions, depth: number): string {
  const kind = kindOf(bytes);
  const dump = (text: string, fault: string | undefined): string =>
    withNewline((o.verbosity ?? 0) >= DUMP_FROM || fault !== undefined ? withNewline(text) + hexDump(bytes) : text);
  const complain = (fault: string): string => `***decode error: ${fault}***\n`;
  if (typeof kind === "string") {
    if (o.log !== undefined) noteKind(o.log, bytes, kind);
    return dump(complain(kind), kind);
  }
  if (!hasGoodLength(kind, bytes.length)) {
    if (o.log !== undefined) noteLength(o.log, kind, bytes.length);
    return dump(complain("OFPBRC_BAD_LEN"), "OFPBRC_BAD_LEN");
  }
  const chunk = new Chunk(bytes);
  const wire = bytes[0]!;
  const c = makeContext(wire, o, () => bytes, depth);
  let words = isStats(wire, bytes[1]!) ? flagsText(chunk.dv.getUint16(10), wire, isStats(wire, bytes[1]!, "request")) : "";
  const [text, fault] = body(chunk, c);
  words += text;
  const header = head(kind.name, wire, chunk.dv.getUint32(4));
  if (fault === undefined) return dump(chomp(header + words), undefined);
  return dump(`${header}${words === "" ? " " : withNewline(chomp(words))}${complain(fault)}`, fault);
}

/**
 * Prints a message in bytes as `ovs-ofctl ofp-print` does: the text of one that can be understood, and else what of it can, a line that names the error
 * by which Open vSwitch refuses it, and a dump. Any bytes do; nothing is thrown. The text ends in a newline.
 */
export function printBytes(bytes: Uint8Array, o: PrintOptions = {}): string {
  checkOptions("printBytes", o, PRINT_OPTIONS);
  return printAt(bytes, o, 0);
}

function printAt(bytes: Uint8Array, o: PrintOptions, depth: number): string {
  const size = bytes.length;
  if (size === 0) return "OpenFlow message is empty\n";
  if (size < HEADER_SIZE) return `OpenFlow packet too short (only ${size} bytes):\n${hexDump(bytes)}`;
  const length = bytes[2]! * 256 + bytes[3]!;
  if (length === size) return printWhole(bytes, o, depth);
  if (length < size) return `(***only uses ${length} bytes out of ${size}***)\n${hexDump(bytes)}`;
  const kind = kindOf(bytes);
  const xid = viewOf(bytes).getUint32(4);
  if (typeof kind === "string" && o.log !== undefined) noteKind(o.log, bytes, kind);
  const named = typeof kind === "string" ? "" : `${head(kind.name, bytes[0]!, xid)}\n`;
  return `${named}(***truncated to ${size} bytes from ${length}***)\n${hexDump(bytes)}`;
}

/**
 * Prints a message as {@link printBytes} prints its bytes, without looking for what Open vSwitch would refuse. The text ends in a newline. Throws `ERR_UNSUPPORTED` for a
 * message that its version cannot express; the version is the one that it was received in, or that of the options.
 */
export function print(m: Message, o: PrintOptions = {}): string {
  checkOptions("print", o, PRINT_OPTIONS);
  if (m.type === "unknown") return printBytes(m.bytes, o);
  const version = (m.version === 0 ? (o.version ?? 4) : m.version) as Version;
  let encoded: Uint8Array | undefined;
  const raw = (): Uint8Array => {
    encoded ??= encodeMessage(m, version);
    return encoded;
  };
  const name = nameOf(m, version, raw);
  const c = makeContext(version, o, raw);
  const flags = (m as { readonly flags?: number }).flags;
  const entry = MESSAGES.entries.find((e) => e.is(m))!;
  const type = entry.keyOf(version, formatOf(m))?.[0] ?? raw()[1]!;
  const words = isStats(version, type) ? flagsText(flags ?? 0, version, isStats(version, type, "request")) : "";
  const text = withNewline(chomp(head(name, version, m.xid) + words + printerOf(m).text(m, c)));
  return c.verbosity >= DUMP_FROM ? withNewline(text) + hexDump(raw()) : text;
}

/** The form that a message is sent in, where it has several. */
const formatOf = (m: AnyMessage): string => (m as { readonly format?: string }).format ?? "";

const names = new Map<string, string>();

/** The name of a message's kind. An experimenter's message is identified by its bytes. */
function nameOf(m: AnyMessage, version: Version, raw: () => Uint8Array): string {
  const key = `${m.type} ${version} ${formatOf(m)}`;
  let name = names.get(key);
  if (name === undefined) {
    const kind = kindOf(raw());
    name = typeof kind === "string" ? "OFPT_EXPERIMENTER" : kind.name;
    if (!m.type.startsWith("experimenter")) names.set(key, name);
  }
  return name;
}
