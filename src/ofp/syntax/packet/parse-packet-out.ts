import { toHex } from "../../../bytes/mod.js";
import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import { ETHERNET_HEADER_SIZE } from "../../../packet/mod.js";
import type { Version } from "../../../schema/mod.js";
import { PIPELINE } from "../../check/mod.js";
import { formOfName, OXM, type OxmField } from "../../oxm/fields.js";
import { P } from "../../oxm/flow-places.js";
import { ANY_PACKET, Match } from "../../oxm/match.js";
import { MatchEntry } from "../../oxm/match-entry.js";
import { NO_BUFFER } from "../../packet/packet-in-reason.js";
import { PacketOut } from "../../packet/packet-out.js";
import { PortNo } from "../../port/port-no.js";
import type { Act } from "../action/act.js";
import { readActs } from "../action/action-list.js";
import { formatActions } from "../action/actions.js";
import { actionsOfActs } from "../action/acts-of-version.js";
import { formatMatch } from "../match/match.js";
import { MatchBuilder } from "../match/match-builder.js";
import { writtenMatch } from "../match/written.js";
import { TEXT_OPTIONS, type TextOptions, versionOf } from "../options.js";
import { readHexBytes, readLooseU64 } from "../parse/c-number.js";
import { extractActions } from "../parse/extract-actions.js";
import { readPort } from "../parse/name.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SYNTAX_OPTIONS } from "../parse/options.js";
import { Pairs } from "../parse/pairs.js";
import { chooseProtocol } from "../parse/protocols.js";
import type { ActionReading } from "../parse/reading.js";
import { inWhole, readAt, refuse, refuseName } from "../parse/syntax-fault.js";

const IN_PORT = OXM.inPort as OxmField;
const PACKET_TYPE = OXM.packetType as OxmField;
/** The version in which a packet-out has a match. */
const WITH_MATCH = 6;

/** A port that a packet may count as having come in by. */
const isInput = (port: number): boolean => port <= PortNo.Max || port === PortNo.Local || port === PortNo.Any || port === PortNo.Controller;

function readInput(text: string, o: SyntaxOptions): number {
  const port = readPort(text, o) ?? refuse(`${text} is not a valid OpenFlow port`, 0);
  return isInput(port) ? port : refuse(`${text} is not a valid OpenFlow port for PACKET_OUT`, 0);
}

/** Two numbers with a comma between, of which Open vSwitch takes what C's strtoul does. */
function readPacketType(text: string): number {
  const comma = text.indexOf(",");
  if (comma < 0) refuse(`packet_type(${text}) can't be interpreted`, 0);
  const space = BigInt.asUintN(32, readLooseU64(text.slice(0, comma)) << 16n);
  return Number(BigInt.asUintN(32, space | readLooseU64(text.slice(comma + 1))));
}

function readPacket(text: string): Uint8Array {
  const bytes = readHexBytes(text, false) ?? refuse("packet: Trailing garbage in packet data", 0);
  return bytes.length < ETHERNET_HEADER_SIZE ? refuse("packet: Packet data too short for Ethernet", 0) : bytes;
}

/** A packet-out as its text has it, before it is known in which version it will be sent. */
export class PacketOutText {
  /** The protocols that can have it: see `Protocol`. */
  readonly protocols: number;
  readonly #match: MatchBuilder;
  readonly #options: SyntaxOptions;
  #packet: Uint8Array | undefined;
  readonly #acts: readonly Act[] = [];

  /** Reads a packet-out from `start` on. Throws {@link SyntaxFault}. */
  constructor(text: string, o: SyntaxOptions = {}, start = 0) {
    checkOptions("PacketOutText", o, SYNTAX_OPTIONS);
    this.#options = o;
    this.#match = new MatchBuilder(o);
    this.#set(IN_PORT, PortNo.Controller);
    const actions = extractActions(text, start);
    const pairs = new Pairs(text, start, actions.end);
    try {
      while (pairs.next()) this.#take(pairs.key, pairs.value);
    } catch (e) {
      throw inWhole(e, pairs.at, pairs.valueAt);
    }
    if (this.#packet === undefined) refuse("must specify packet");
    let { protocols } = this.#match;
    if (actions.start >= 0) {
      const reading: ActionReading = { ...o, protocols };
      this.#acts = readAt(actions.start, () => readActs(text.slice(actions.start), reading, false));
      protocols &= reading.protocols;
    }
    this.protocols = protocols;
  }

  #set(field: OxmField, value: number): void {
    this.#match.image.set(new MatchEntry(field, 0, value, undefined));
  }

  #take(key: string, value: string): void {
    if (value === "") refuse(`field ${key} missing value`);
    if (key === "in_port") this.#set(IN_PORT, readInput(value, this.#options));
    else if (key === "packet_type") this.#set(PACKET_TYPE, readPacketType(value));
    else if (key === "packet") this.#packet = readPacket(value);
    else if (!this.#match.takeField(key, value)) refuseName(`unknown keyword ${key}`, key, ["packet", ...pipelineWords()]);
    else if (!isPipeline(key)) refuse(`${key} is not a valid pipeline field for PACKET_OUT`);
  }

  /** The packet-out of a version. Before OpenFlow 1.5 the port is all that is sent of the packet's metadata. */
  message(version: Version): PacketOut {
    const { image } = this.#match;
    return PacketOut.of({
      bufferId: NO_BUFFER,
      inPort: image.num(P.inPort),
      match: version < WITH_MATCH ? ANY_PACKET : writtenMatch(this.#match.match(version), version),
      actions: actionsOfActs(this.#acts, version),
      data: this.#packet!,
    });
  }
}

/** The names of fields that a packet-out may have. */
const pipelineWords = (): string[] => [...PIPELINE].flatMap(({ words }) => words.names);

function isPipeline(key: string): boolean {
  const form = formOfName(key);
  return form !== undefined && PIPELINE.has(form.field);
}

/** How a packet-out is read for one version. */
export interface PacketOutSyntaxOptions extends SyntaxOptions {
  /** 4 (OpenFlow 1.3) unless given. */
  readonly version?: Version | undefined;
}

/** What {@link PacketOutSyntaxOptions} has, for its check. */
export const PACKET_OUT_SYNTAX_OPTIONS: OptionTable<PacketOutSyntaxOptions> = { ...SYNTAX_OPTIONS, version: "number" };

/**
 * The packet-out that a text such as `in_port=1,packet=ffffffffffff0200000000010806,actions=output:2` stands for, in the words of `ovs-ofctl` (its section Packet-Out Syntax).
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export function parsePacketOut(text: string, o: PacketOutSyntaxOptions = {}): PacketOut {
  checkOptions("parsePacketOut", o, PACKET_OUT_SYNTAX_OPTIONS);
  const version = o.version ?? 4;
  const packetOut = new PacketOutText(text, o);
  chooseProtocol(packetOut.protocols, version);
  return packetOut.message(version);
}

/**
 * The text of a packet-out as {@link parsePacketOut} reads it. It cannot have a buffer in place of the packet, a packet of fewer than 14 bytes, nor fields that a text has no value for.
 */
export function formatPacketOut(m: PacketOut, o: TextOptions = {}): string {
  checkOptions("formatPacketOut", o, TEXT_OPTIONS);
  const match = versionOf(o) < WITH_MATCH ? Match.of({ inPort: m.inPort }) : m.match;
  const { packetType } = match;
  const plain = packetType === undefined ? match : new Match(match.entries.filter((e) => e.field !== PACKET_TYPE));
  const metadata = formatMatch(plain, o);
  let text = metadata === "" ? "" : `${metadata},`;
  if (packetType !== undefined) text += `packet_type(${packetType >>> 16},0x${(packetType & 0xffff).toString(16)}),`;
  return `${text}packet=${toHex(m.data)},actions=${formatActions(m.actions, o)}`;
}
