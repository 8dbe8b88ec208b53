import type { Clock } from "../../clock/mod.js";
import {
  ControllerRole,
  type KnownMessage,
  Match,
  type Message,
  NO_BUFFER,
  PacketIn,
  PacketInFormat,
  PacketInReason,
} from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import type { Log, LogLevel, Vconn } from "../../vconn/mod.js";
import type { PuntOptions, PuntReason, PuntWhy } from "../packet/outlets.js";
import type { Packet } from "../packet/packet.js";
import { BUFFERS, PacketBuffer } from "../pipeline/packet-buffer.js";
import { turnsOf } from "../work/turns.js";
import { type AsyncEvent, AsyncMasks } from "./async-masks.js";
import { type Apply, Bundles } from "./bundles.js";
import type { Core } from "./core.js";
import { FlowMonitors } from "./flow-monitors.js";
import { besideOf } from "./packet-in-match.js";
import type { Raw } from "./raw.js";

/** The kind of peer: a controller, or a client that connected to this switch and gets only what it asks for. */
export type ConnectionKind = "controller" | "service";

/** What "send all of it, and hold nothing" is as a length. OpenFlow 1.3 §7.2.5 (OFPCML_NO_BUFFER) */
const ALL = 0xffff;
/** No packet-in carries more, so that its message is never too long. */
const MAX_DATA = 65_000;
/** How many refused messages of one connection are logged as warnings; further ones are logged on debug level. */
const LOGGED = 20;
/** How many bytes may wait for a peer before it loses what it did not ask for and what does not come again: flow-removed and port-status. */
const MAX_EVENTS = 0x400000;

/** The number of a reason in OpenFlow 1.4, and in the versions before, which have fewer. OpenFlow 1.4 §7.4.1; Open vSwitch lib/ofp-packet.c (encode_packet_in_reason) */
const REASONS: Readonly<Record<PuntWhy, readonly [since14: number, in13: number, before: number]>> = {
  noMatch: [PacketInReason.NoMatch, PacketInReason.NoMatch, PacketInReason.NoMatch],
  tableMiss: [PacketInReason.NoMatch, PacketInReason.NoMatch, PacketInReason.Action],
  action: [PacketInReason.Action, PacketInReason.Action, PacketInReason.Action],
  invalidTtl: [PacketInReason.InvalidTtl, PacketInReason.InvalidTtl, PacketInReason.InvalidTtl],
  actionSet: [PacketInReason.ActionSet, PacketInReason.Action, PacketInReason.Action],
  group: [PacketInReason.Group, PacketInReason.Action, PacketInReason.Action],
  packetOut: [PacketInReason.PacketOut, PacketInReason.Action, PacketInReason.Action],
};

const reasonIn = (why: PuntWhy, version: Version): number => REASONS[why][version >= 5 ? 0 : version === 4 ? 1 : 2];

/** The bit of the reasons for which a peer wants packets. */
const maskBit = (why: PuntWhy, version: Version): number => (why === "tableMiss" ? reasonIn(why, version) : REASONS[why][0]);

/** The cookie of what no flow sends, as Open vSwitch has it in Nicira's packet-ins; the versions that are sent such have none in theirs. */
const NO_FLOW = 0n;

const inPortMatch = Match.maker("inPort");
const packetIn = PacketIn.maker("bufferId", "totalLen", "reason", "tableId", "cookie", "match", "data");

/** One OpenFlow connection of a switch: what the peer has asked to be sent, and the sending of it. Its requests are carried out by `Requests`. */
export class Connection {
  readonly kind: ConnectionKind;
  readonly vconn: Vconn;
  /** Resolves when it has ended. Never rejects. */
  readonly closed: Promise<void>;
  /** Bytes of a packet that no flow matches for the peer; 0xffff is all. A service gets nothing unasked while it is 0. */
  missSendLen: number;
  /** What the controller is; see `ControllerRole`. */
  role: number = ControllerRole.Equal;
  /** Whether flows are described in Nicira's form, which can say all fields. OpenFlow 1.0 */
  nxm = false;
  /** The form of packet-ins, of `PacketInFormat`. */
  packetInFormat: number = PacketInFormat.Standard;
  /** The id that actions name it by; see `PuntOptions.controllerId`. */
  controllerId = 0;
  /** Whether the upper half of a command of OpenFlow 1.0 names the table. Nicira's NXT_FLOW_MOD_TABLE_ID */
  flowModTableId = false;
  /** What it watches of flows. */
  readonly monitors: FlowMonitors;
  readonly buffer: PacketBuffer;
  /** Packet-ins that were not sent because the peer does not take what it is sent. */
  dropped = 0;
  /** Flow-removed and port-status messages that were not sent because 4 MiB waited for the peer already. */
  droppedEvents = 0;
  readonly #log: Log;
  #masks: AsyncMasks | undefined;
  #bundles: Bundles | undefined;
  #refused = 0;
  #losing = 0;

  constructor(core: Core, vconn: Vconn, kind: ConnectionKind) {
    this.#log = core.log;
    this.kind = kind;
    this.missSendLen = kind === "controller" ? core.missSendLen : 0;
    this.buffer = new PacketBuffer(BUFFERS, core.clock);
    this.vconn = vconn;
    this.closed = this.vconn.closed;
    this.monitors = new FlowMonitors(this, core.forwarder.tables, turnsOf(core.clock), () => core.forwarder.changes);
  }

  /** The peer's name. */
  get name(): string {
    return this.vconn.name;
  }

  /** Whether messages can be sent. */
  get isUp(): boolean {
    return this.vconn.state === "connected";
  }

  /** The negotiated version. Only to be asked of one that is or was up. */
  get version(): Version {
    return this.vconn.version as Version;
  }

  /** Whether it is to be sent anything that it did not ask for. */
  get wantsEvents(): boolean {
    return this.isUp && (this.kind === "controller" || this.missSendLen !== 0);
  }

  /** Its bundles. @param apply - carries out a message of one */
  bundles(clock: Clock, apply: Apply): Bundles {
    this.#bundles ??= new Bundles(this, clock, apply);
    return this.#bundles;
  }

  /** For which reasons it is sent what it did not ask for. */
  get masks(): AsyncMasks {
    this.#masks ??= new AsyncMasks(this.version);
    return this.#masks;
  }

  /** Whether it is to be sent a message that it did not ask for. @param reason - of the enumeration of the message's reasons */
  wants(event: AsyncEvent, reason: number): boolean {
    return this.wantsEvents && this.masks.has(event, reason, this.role);
  }

  /** Sends a message, unless the connection has ended. */
  send(message: Message): void {
    if (this.isUp) this.vconn.send(message);
  }

  /** Sends one message in bytes, which are copied, unless the connection has ended. */
  sendBytes(bytes: Uint8Array): void {
    if (this.isUp) this.vconn.sendBytes(bytes);
  }

  /** Sends a message that the peer did not ask for and that does not come again. One that takes nothing loses those for which there is no room, and they are counted. */
  notify(event: AsyncEvent, reason: number, make: (version: Version) => Message): void {
    if (!this.wants(event, reason)) return;
    if (this.vconn.stream.queued <= MAX_EVENTS) {
      this.vconn.send(make(this.version));
      return;
    }
    this.droppedEvents++;
    if (this.#losing++ === 0)
      this.#log("warn", `${this.name}: ${MAX_EVENTS} bytes wait for the peer: flow-removed and port-status are dropped from now on`);
  }

  /** Sends the answer to a request. @param xid - the request's */
  answer(xid: number, message: KnownMessage): void {
    message.xid = xid;
    this.send(message);
  }

  /** Sends a packet that no flow matches. OpenFlow 1.3 drops it: only a flow sends packets there. §5.4 */
  packetMissed(packet: Packet, tableId: number): void {
    if (this.version < 4) this.packetIn(packet, { maxLen: this.missSendLen }, { why: "noMatch", tableId, cookie: NO_FLOW });
  }

  /** Whether it is to be sent a packet. */
  takes({ controllerId = 0 }: PuntOptions, { why }: PuntReason): boolean {
    return controllerId === this.controllerId && this.wants("packetIn", maskBit(why, this.version));
  }

  /** Sends a packet, or its first bytes, and holds it for the peer then. */
  packetIn(packet: Packet, options: PuntOptions, reason: PuntReason): void {
    if (!this.takes(options, reason)) return;
    if (this.vconn.stream.congested) {
      this.dropped++;
      return;
    }
    const { maxLen } = options;
    const { why, tableId, cookie } = reason;
    const frame = packet.share();
    const bufferId = maxLen === ALL ? undefined : this.buffer.put(frame, packet.inPort);
    const ofNicira = this.packetInFormat !== PacketInFormat.Standard;
    const made = packetIn({
      bufferId: bufferId ?? NO_BUFFER,
      totalLen: Math.min(frame.length, 0xffff),
      reason: reasonIn(why, this.version),
      tableId,
      cookie,
      match: packet.marked && (this.version >= 3 || ofNicira) ? besideOf(packet) : inPortMatch({ inPort: packet.inPort }),
      data: frame.subarray(0, bufferId === undefined ? MAX_DATA : Math.min(maxLen, MAX_DATA)),
    });
    this.send(ofNicira ? this.#inForm(made, options) : made);
  }

  /** A packet-in in the form that the peer has asked for. */
  #inForm(m: PacketIn, { userdata }: PuntOptions): PacketIn {
    const { bufferId, totalLen, reason, tableId, cookie, match, data } = m;
    const same = { bufferId, totalLen, reason, tableId, cookie, match, data };
    if (this.packetInFormat === PacketInFormat.Nxt) return PacketIn.of({ ...same, format: "nxt" });
    return PacketIn.of({ ...same, ...(userdata !== undefined && { userdata }), format: "nxt2" });
  }

  /** Answers a message with an error, and logs it. */
  refuse(reason: string, what: string, { c, p, end }: Raw): void {
    this.#log(this.#refusalLevel(reason), `${this.name}: refused: ${what}`);
    if (this.isUp) this.vconn.sendError(reason, c, p, end);
  }

  /** Ends it in order. */
  close(): Promise<void> {
    return this.vconn.close();
  }

  /** The peer takes what it is sent again. */
  drained(): void {
    this.monitors.drained();
    if (this.#losing > 0) this.#log("warn", `${this.name}: ${this.#losing} flow-removed and port-status messages were dropped`);
    this.#losing = 0;
  }

  /** Asking for an extension that is not there is how tools find out, and no fault. */
  #refusalLevel(reason: string): LogLevel {
    return reason === "OFPBRC_BAD_VENDOR" || ++this.#refused > LOGGED ? "debug" : "warn";
  }
}
