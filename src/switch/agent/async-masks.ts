import { ControllerRole, GetAsyncReply, type SetAsync } from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";

/** What a switch sends unasked. */
export type AsyncEvent =
  | "packetIn"
  | "portStatus"
  | "flowRemoved"
  | "roleStatus"
  | "tableStatus"
  | "requestForward"
  | "flowCounters"
  | "controllerStatus";

const EVENTS: readonly AsyncEvent[] = [
  "packetIn",
  "portStatus",
  "flowRemoved",
  "roleStatus",
  "tableStatus",
  "requestForward",
  "flowCounters",
  "controllerStatus",
];

/** All reasons of a packet-in but a time to live that would end. */
const PACKET_IN = 0b111011;
/** An action, and those of an action set, of a group, of a packet-out beside. */
const ACTION = 0b10;
const ACTIONS = 0b111010;
const PORT_STATUS = 0b111;
const VACANCY_BITS = 0b11000;

/** The reasons for which a flow goes that a version has. */
const flowRemovedBits = (version: Version): number => (version >= 5 ? 0b111111 : version === 4 ? 0b1111 : 0b111);

type Masks = Record<AsyncEvent, number>;

const NONE: Masks = {
  packetIn: 0,
  portStatus: 0,
  flowRemoved: 0,
  roleStatus: 0,
  tableStatus: 0,
  requestForward: 0,
  flowCounters: 0,
  controllerStatus: 0,
};

/** For which reasons a peer is sent messages that it did not ask for, while it is primary or equal and while it is secondary. OpenFlow 1.3 §7.3.10; Open vSwitch lib/ofp-connection.c (ofputil_async_cfg_default) */
export class AsyncMasks {
  #primary: Masks;
  #secondary: Masks;
  readonly #version: Version;

  /** What a version begins with. */
  constructor(version: Version) {
    this.#version = version;
    this.#primary = { ...NONE, packetIn: PACKET_IN, portStatus: PORT_STATUS, flowRemoved: flowRemovedBits(version) };
    if (version >= 5) this.#primary.tableStatus = VACANCY_BITS;
    this.#secondary = { ...NONE, portStatus: PORT_STATUS };
  }

  /** Whether a peer of a role is sent a message for a reason. */
  has(event: AsyncEvent, reason: number, role: number): boolean {
    return ((this.#of(role)[event] >>> reason) & 1) === 1;
  }

  /** Adds or takes away a reason for those that are primary or equal. */
  put(event: AsyncEvent, reason: number, on: boolean): void {
    const bit = 1 << reason;
    this.#primary[event] = on ? this.#primary[event] | bit : this.#primary[event] & ~bit;
  }

  /** Takes what a message has. @param whole - whether what it does not have is none, as in the messages of OpenFlow 1.3 and Nicira's first */
  set(m: SetAsync, whole: boolean): void {
    if (whole) {
      this.#primary = { ...NONE };
      this.#secondary = { ...NONE };
    }
    for (const event of EVENTS) {
      this.#primary[event] = m[event] ?? this.#primary[event];
      this.#secondary[event] = m[`${event}Secondary`] ?? this.#secondary[event];
    }
    if (this.#version >= 5) return;
    // what later versions distinguish is an action before
    for (const masks of [this.#primary, this.#secondary]) if ((masks.packetIn & ACTION) !== 0) masks.packetIn |= ACTIONS;
  }

  /** The masks as a reply. */
  reply(version: Version): GetAsyncReply {
    const last = version >= 6 ? EVENTS.length : version === 5 ? 6 : 3;
    const made: Partial<Record<AsyncEvent | `${AsyncEvent}Secondary`, number>> = {};
    for (const event of EVENTS.slice(0, last)) {
      made[event] = this.#primary[event] >>> 0;
      made[`${event}Secondary`] = this.#secondary[event] >>> 0;
    }
    return GetAsyncReply.of(made);
  }

  #of(role: number): Masks {
    return role === ControllerRole.Secondary ? this.#secondary : this.#primary;
  }
}
