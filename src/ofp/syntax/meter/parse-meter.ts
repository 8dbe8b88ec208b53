import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import { type Band, DropBand, DscpRemarkBand, MeterFlags, MeterMod, MeterModCommand, MeterNo } from "../../meter/meter.js";
import { MeterConfig, MeterConfigRequest, MeterStatsRequest } from "../../meter/meter-stats.js";
import { chooseProtocol, SINCE_13 } from "../parse/protocols.js";
import { REPLY_HEADER } from "../parse/reply-header.js";
import { readAt, refuse, refuseName } from "../parse/syntax-fault.js";
import { Tokens } from "../parse/tokens.js";
import { BAND_KEYS, BAND_TYPES, type BandFields, FLAGS, type KnownBand, METER_ID } from "./meter-words.js";

/** What the text of a meter is for. */
export type MeterTextCommand = "add" | "modify" | "delete";

const NAME_ENDS = "=, \t\r\n";
const VALUE_ENDS = ", \t\r\n";

const COMMANDS: Readonly<Record<MeterTextCommand, number>> = {
  add: MeterModCommand.Add,
  modify: MeterModCommand.Modify,
  delete: MeterModCommand.Delete,
};

const KEYS: ReadonlyMap<string, (typeof BAND_KEYS)[number]> = new Map(BAND_KEYS.map((row) => [row.key, row]));

/** A band while its keys are read. */
interface BandText extends BandFields {
  readonly type: KnownBand["type"];
}

function readBand(type: string): BandText {
  return {
    type: BAND_TYPES.get(type) ?? refuseName(`field type unknown value ${type}`, type, BAND_TYPES.keys()),
    rate: 0,
    burstSize: 0,
    precLevel: 0,
  };
}

/** What is wrong with a band of a meter with such flags. */
function bandFault(b: BandText, flags: number): string | undefined {
  const remarks = b.type === "dscp-remark";
  if (remarks && b.precLevel === 0) return "'dscp_remark' band must have 'prec_level'";
  if (!remarks && b.precLevel !== 0) return "Only 'dscp_remark' band may have 'prec_level'";
  if (b.rate === 0) return "band must have 'rate'";
  const bursts = (flags & MeterFlags.Burst) !== 0;
  if (bursts && b.burstSize === 0) return "band must have 'burst_size' when 'burst' flag is set";
  return !bursts && b.burstSize !== 0 ? "band may have 'burst_size' only when 'burst' flag is set" : undefined;
}

function bandOf({ type, rate, burstSize, precLevel }: BandText): Band {
  return type === "drop" ? DropBand.of({ rate, burstSize }) : DscpRemarkBand.of({ rate, burstSize, precLevel });
}

/** Reads the bands of a meter with such flags, which stand at the end of a text. */
function readBands(text: string, start: number, flags: number): Band[] {
  const bands: BandText[] = [];
  const tokens = new Tokens(text, start);
  for (let name = tokens.next(NAME_ENDS); name !== undefined; name = tokens.next(NAME_ENDS)) {
    const { at } = tokens;
    const value = tokens.next(VALUE_ENDS) ?? refuse(`field ${name} missing value`, at);
    const band = bands.at(-1);
    if (name === "type") bands.push(readAt(tokens.at, () => readBand(value)));
    else if (band === undefined) refuse("band must start with the 'type' keyword", at);
    else {
      const row = KEYS.get(name) ?? refuseName(`unknown keyword ${name}`, name, ["type", ...KEYS.keys()], at);
      band[row.member] = readAt(tokens.at, () => row.kind.read(value, {}));
    }
  }
  if (bands.length === 0) refuse("meter must have bands", start);
  for (const b of bands) {
    const fault = bandFault(b, flags);
    if (fault !== undefined) refuse(fault, start);
  }
  return bands.map(bandOf);
}

/** A meter as its text has it. */
interface MeterText {
  readonly meterId: number;
  readonly meterFlags: number;
  readonly bands: readonly Band[];
}

/** Reads a meter. Open vSwitch ofp-meter.c (parse_ofp_meter_mod_str__) @param whole - whether flags and bands are read too, and have to be there */
function readMeter(text: string, whole: boolean): MeterText {
  const band = whole ? text.indexOf("band") : text.length;
  const equals = whole && band >= 0 ? text.indexOf("=", band + 1) : -1;
  if (whole && equals < 0) refuse("must specify bands");
  let meterId = 0;
  let meterFlags = 0;
  const tokens = new Tokens(text, 0, band);
  for (let name = tokens.next(NAME_ENDS); name !== undefined; name = tokens.next(NAME_ENDS)) {
    const flag = whole ? FLAGS.get(name) : undefined;
    if (flag !== undefined) {
      meterFlags |= flag;
      continue;
    }
    const { at } = tokens;
    const value = tokens.next(VALUE_ENDS) ?? refuse(`field ${name} missing value`, at);
    if (name !== "meter") refuseName(`unknown keyword ${name}`, name, ["meter", "bands", ...FLAGS.keys()], at);
    meterId = readAt(tokens.at, () => METER_ID.read(value, {}));
  }
  if (meterId === 0) refuse("must specify 'meter'");
  if (whole && meterFlags === 0) refuse("meter must specify either 'kbps' or 'pktps'");
  return { meterId, meterFlags, bands: whole ? readBands(text, equals + 1, meterFlags) : [] };
}

/** How a meter is read. */
export interface MeterSyntaxOptions {
  /** `add` unless given. */
  readonly command?: MeterTextCommand | undefined;
  /** 4 (OpenFlow 1.3), the first one with meters, unless given. */
  readonly version?: Version | undefined;
}

/** What {@link MeterSyntaxOptions} has, for its check. */
export const METER_SYNTAX_OPTIONS: OptionTable<MeterSyntaxOptions> = { command: ["add", "modify", "delete"], version: "number" };

/**
 * The meter-mod that a text such as `meter=1 kbps burst bands=type=drop rate=1000 burst_size=100` stands for, in the words of `ovs-ofctl` (its section Meter Syntax). With the command `delete`
 * the text is a number or a word for some, as in `meter=all`.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export function parseMeter(text: string, o: MeterSyntaxOptions = {}): MeterMod {
  checkOptions("parseMeter", o, METER_SYNTAX_OPTIONS);
  const { command = "add", version = 4 } = o;
  const meter = readMeter(text, command !== "delete");
  chooseProtocol(SINCE_13, version);
  return MeterMod.of({ command: COMMANDS[command], ...meter });
}

/** How a request for meters is read. */
export interface MeterRequestSyntaxOptions {
  /** 4 (OpenFlow 1.3), the first one with meters, unless given. */
  readonly version?: Version | undefined;
}

/** What {@link MeterRequestSyntaxOptions} has, for its check. */
export const METER_REQUEST_SYNTAX_OPTIONS: OptionTable<MeterRequestSyntaxOptions> = { version: "number" };

/** The meters that a request asks for. */
function asked(text: string | undefined, o: MeterRequestSyntaxOptions): { readonly meterId: number } {
  const meterId = text === undefined ? MeterNo.All : readMeter(text, false).meterId;
  chooseProtocol(SINCE_13, o.version ?? 4);
  return { meterId };
}

/**
 * The request for what a meter is made of, from a text such as `meter=1`; without a text for all meters.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export const parseMeterConfigRequest = (text?: string, o: MeterRequestSyntaxOptions = {}): MeterConfigRequest => {
  checkOptions("parseMeterConfigRequest", o, METER_REQUEST_SYNTAX_OPTIONS);
  return MeterConfigRequest.of(asked(text, o));
};

/**
 * The request for the counters of a meter, from a text such as `meter=1`; without a text for those of all meters.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export const parseMeterStatsRequest = (text?: string, o: MeterRequestSyntaxOptions = {}): MeterStatsRequest => {
  checkOptions("parseMeterStatsRequest", o, METER_REQUEST_SYNTAX_OPTIONS);
  return MeterStatsRequest.of(asked(text, o));
};

/**
 * The meters that a page of `ovs-ofctl dump-meters` describes: each begins with a line such as `meter=1 kbps bands=` and has a line for each band. The lines with which the page begins are passed over.
 * @throws SyntaxFault `ERR_SYNTAX` with what is wrong
 */
export function parseMeterConfigs(text: string): MeterConfig[] {
  const found: MeterConfig[] = [];
  const lines = /[^\n]*\n?/y;
  let start = -1;
  const finish = (end: number): void => {
    if (start < 0) return;
    const at = start;
    found.push(MeterConfig.of(readAt(at, () => readMeter(text.slice(at, end), true))));
    start = -1;
  };
  for (let at = 0; at < text.length; at = lines.lastIndex) {
    lines.lastIndex = at;
    const line = lines.exec(text)![0];
    const begins = /^\s*meter=/.test(line);
    if (begins || REPLY_HEADER.test(line)) finish(at);
    if (begins) start = at;
    else if (start < 0 && !REPLY_HEADER.test(line) && line.trim() !== "")
      refuse(`unknown keyword ${/^[^=\s]*/.exec(line.trimStart())![0]}`, at);
  }
  finish(text.length);
  return found;
}
