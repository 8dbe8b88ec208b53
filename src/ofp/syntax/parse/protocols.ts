import { named } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import type { OldMatch, OxmForm } from "../../oxm/fields.js";
import { refuse } from "./syntax-fault.js";

/**
 * The protocols in which flows can be sent, as bits in the order in which Open vSwitch prefers them: OpenFlow 1.0 without and with the Nicira extension that gives a flow-mod a table, Nicira's
 * flow-mods likewise, and the later versions.
 */
export const Protocol = named("Protocol", {
  OpenFlow10: 1,
  OpenFlow10Table: 2,
  Nxm: 4,
  NxmTable: 8,
  OpenFlow11: 16,
  OpenFlow12: 32,
  OpenFlow13: 64,
  OpenFlow14: 128,
  OpenFlow15: 256,
});

/** OpenFlow 1.0, with a table or not. */
export const OF10 = 3;
/** Nicira's flow-mods, with a table or not. */
export const NXM = 12;
/** Everything that has lists of fields. */
export const WITH_OXM = 0x1ec;
/** OpenFlow 1.1 and later. */
export const SINCE_11 = 0x1f0;
/** OpenFlow 1.2 and later. */
export const SINCE_12 = 0x1e0;
/** OpenFlow 1.3 and later. */
export const SINCE_13 = 0x1c0;
/** All in which a flow-mod has a table. */
export const WITH_TABLE = 0x1fa;
/** OpenFlow 1.0 and 1.5, in which groups have properties and numbers for their buckets. */
export const WITH_BUCKET_IDS = 0x10f;
/** All of them. */
export const ANY_PROTOCOL = 0x1ff;

const OF_VERSION: Readonly<Record<Version, number>> = {
  1: OF10 | NXM,
  2: Protocol.OpenFlow11,
  3: Protocol.OpenFlow12,
  4: Protocol.OpenFlow13,
  5: Protocol.OpenFlow14,
  6: Protocol.OpenFlow15,
};

/** The protocols of a version. */
export const protocolsOfVersion = (version: Version): number => OF_VERSION[version];

/** The version in whose words a protocol sends flows. */
export const versionOfProtocol = (protocol: number): Version =>
  protocol < Protocol.OpenFlow11 ? 1 : ((29 - Math.clz32(protocol)) as Version);

/** The first protocol of some, in the order in which Open vSwitch takes them. */
export const firstProtocol = (protocols: number): number => protocols & -protocols;

const NAMES = [
  ...["OpenFlow10-table_id", "OpenFlow10+table_id", "NXM-table_id", "NXM+table_id", "OpenFlow11"],
  ...["OXM-OpenFlow12", "OXM-OpenFlow13", "OXM-OpenFlow14", "OXM-OpenFlow15"],
];

const SHORT: readonly (readonly [bits: number, name: string])[] = [
  [ANY_PROTOCOL, "any"],
  [OF10, "OpenFlow10"],
  [NXM, "NXM"],
  [SINCE_12, "OXM"],
];

/** Protocols in the words of Open vSwitch, such as `OpenFlow10,NXM`; `none` where there are none. */
export function protocolNames(protocols: number): string {
  const names: string[] = [];
  for (let rest = protocols; rest !== 0; ) {
    const short = SHORT.find(([bits]) => (rest & bits) === bits);
    const bit = rest & -rest;
    names.push(short?.[1] ?? NAMES[31 - Math.clz32(bit)]!);
    rest &= ~(short?.[0] ?? bit);
  }
  return names.length === 0 ? "none" : names.join(",");
}

/** How a value is masked: as a whole, by a prefix, otherwise. */
export type MaskShape = "exact" | "prefix" | "any";

const takes = (old: OldMatch, shape: MaskShape): boolean => old === "any" || old === shape || (old === "prefix" && shape === "exact");

/** The protocols that can have a field in a match, with such a mask. The port of 32 bits is not OpenFlow 1.0's. */
export function protocolsOf({ field, name }: OxmForm, shape: MaskShape): number {
  const { ovs, maskable } = field;
  if (ovs === undefined || (shape !== "exact" && maskable === "no")) return 0;
  const in10 = name !== "in_port_oxm" && takes(ovs.in10, shape);
  return (in10 ? OF10 : 0) | (takes(ovs.in11, shape) ? Protocol.OpenFlow11 : 0) | WITH_OXM;
}

/**
 * The first protocol of a version among those that can have what a text says.
 * @throws SyntaxFault where there is none
 */
export function chooseProtocol(usable: number, version: Version, allowed: number = protocolsOfVersion(version)): number {
  if ((usable & allowed) !== 0) return firstProtocol(usable & allowed);
  return refuse(`none of the usable flow formats (${protocolNames(usable)}) is among the allowed flow formats (${protocolNames(allowed)})`);
}
