import { OXM, OXM_FIELDS, type OxmField, type OxmName } from "./fields.js";

/*
 * Where Open vSwitch keeps the fields of a flow. Several fields share a place: what is known of one is known of the others, and no place may be given twice. A place has the name of the field
 * that the rows of the others point at.
 */

/** The registers, which lie behind all other places; wider ones lie over them. */
const REGISTER = /^(x*)reg(\d+)$/;
const OPTION = /^tunMetadata(\d+)$/;
const REGISTERS = 32;

const whole = OXM_FIELDS.filter(({ name, ovs }) => ovs !== undefined && ovs.at === name && !REGISTER.test(name) && !OPTION.test(name));
const NUMBERS = new Map(whole.map((f, i) => [f.name, i]));

/** The number of the place of each field that has one of its own or shares one in whole. */
export const P = Object.fromEntries(
  OXM_FIELDS.flatMap(({ name, ovs }) => {
    const at = NUMBERS.get(ovs?.at ?? "");
    return at === undefined ? [] : [[name, at]];
  }),
) as { readonly [K in OxmName]: number };
/** The number of the first register's place. */
export const REG0: number = whole.length;

const PLACES = REG0 + REGISTERS;
const heldAt = (at: number): number => whole[at]?.ovs?.held ?? 32;

/** All bits of each place. */
export const FULL: readonly (number | bigint)[] = Array.from({ length: PLACES }, (_, at) =>
  heldAt(at) > 48 ? (1n << BigInt(heldAt(at))) - 1n : 2 ** heldAt(at) - 1,
);
/** Groups of places that seldom have a value, so that nobody looks for what is not there. */
export const Group = { pipeline: 1, connection: 2, registers: 4, tunnel: 8, rare: 16 } as const;

const COMMON: readonly OxmName[] = [
  ...(["inPort", "ethSrc", "ethDst", "ethType", "vlanTci", "ipv4Src", "ipv4Dst", "ipProto", "tcpSrc", "tcpDst", "metadata"] as const),
];
const PIPELINE: readonly OxmName[] = ["pktMark", "recircId", "dpHash", "conjId", "actsetOutput", "packetType"];

function groupOf(at: number): number {
  if (at >= REG0) return Group.registers;
  const name = whole[at]!.name as OxmName;
  if (COMMON.includes(name)) return 0;
  if (PIPELINE.includes(name)) return Group.pipeline;
  return name.startsWith("ct") ? Group.connection : name.startsWith("tun") ? Group.tunnel : Group.rare;
}

/** The group of each place; 0 for those that often have one. */
export const GROUP_OF: readonly number[] = Array.from({ length: PLACES }, (_, at) => groupOf(at));

/** No bits of each place. */
export const NOTHING: readonly (number | bigint)[] = FULL.map((v) => (typeof v === "bigint" ? 0n : 0));

/** The bits of `nw_frag`: a fragment, and one behind the first. */
export const Fragment = { Any: 1, Later: 2 } as const;

/** The bit of a tag that says that there is one. */
export const TAGGED = 0x1000;
/** That bit and the number of the VLAN. */
export const VID = 0x1fff;
/** The priority of a tag. */
export const PCP = 0xe000;

/** How a field lies at its place. */
export type Layout =
  | { readonly how: "whole"; readonly at: number }
  | { readonly how: "vid" | "pcp" }
  | { readonly how: "registers"; readonly at: number; readonly count: number }
  | { readonly how: "option"; readonly n: number }
  | { readonly how: "none" };

function layoutOf({ name, ovs }: OxmField): Layout {
  if (ovs === undefined) return { how: "none" };
  if (name === "vlanVid") return { how: "vid" };
  if (name === "vlanPcp") return { how: "pcp" };
  const option = OPTION.exec(name);
  if (option !== null) return { how: "option", n: Number(option[1]) };
  const register = REGISTER.exec(name);
  if (register === null) return { how: "whole", at: P[name as OxmName] };
  const count = 1 << register[1]!.length;
  return { how: "registers", at: REG0 + Number(register[2]) * count, count };
}

/** How each field lies, by its index. */
export const LAYOUT: readonly Layout[] = OXM_FIELDS.map(layoutOf);

/** Whether Open vSwitch has a field to match on. */
export const isKnown = (field: OxmField): boolean => field.ovs !== undefined;

/** Fields that only Ethernet packets have, besides those that need some type or protocol. */
const ETHERNET = new Set<unknown>([OXM.ethSrc, OXM.ethDst, OXM.ethType, OXM.vlanVid, OXM.vlanPcp, OXM.vlanTci]);

/** Whether a field is of packets, which are Ethernet unless something else is said, by its index. */
export const OF_PACKETS: readonly boolean[] = OXM_FIELDS.map((f) => ETHERNET.has(f) || "ethType" in f.requires || f.tracked);

/** Whether only Ethernet packets have a field. */
export const isOfEthernet = (field: OxmField): boolean => OF_ETHERNET[field.index]!;

const OF_ETHERNET: readonly boolean[] = OXM_FIELDS.map((f) => ETHERNET.has(f));
