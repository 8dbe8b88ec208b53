import { viewOf } from "../../../bytes/mod.js";
import type { Version } from "../../../schema/mod.js";
import { PacketType } from "../../action/encap.js";
import { BundleAlgorithm, HashFields, MultipathAlgorithm } from "../../action/hash.js";
import type { Subfield } from "../../action/subfield.js";
import { CtFlags } from "../../action/table.js";
import { ALL_TABLES } from "../../flow/flow-mod.js";
import { EXPERIMENTER, EXPERIMENTER_IDS } from "../../ids.js";
import { fieldOfHeader, formOfHeader, OXM, type OxmField } from "../../oxm/fields.js";
import { EXPERIMENTER_CLASS } from "../../oxm/header.js";
import { hasStrayBits, type MatchEntry } from "../../oxm/match.js";
import { PortNo } from "../../port/port-no.js";
import { VLAN_PRESENT } from "../../vlan.js";
import { refuseUnknownField } from "../action/set-field-header.js";
import { isWritable, knownForm, refuseHeader, refuseSource, refuseTarget } from "../action/subfield.js";
import { isKnown } from "../match/flow-places.js";
import type { AnyAction } from "../types.js";
import { isRealPort } from "../words.js";
import { isMplsType, isValid } from "./check-match.js";

type ActionOf<N extends AnyAction["type"]> = Extract<AnyAction, { readonly type: N }>;

/** Why Open vSwitch refuses one action, whatever stands beside it; undefined for a good one. Actions within it are not looked at. */
type Check<N extends AnyAction["type"]> = (a: ActionOf<N>, version: Version) => string | undefined;

const BAD = "OFPBAC_BAD_ARGUMENT";
const BAD_TYPE = "OFPBAC_BAD_TYPE";
const BAD_PORT = "OFPBAC_BAD_OUT_PORT";
const BAD_SET = "OFPBAC_BAD_SET_ARGUMENT";

const VLAN_TYPES = [0x8100, 0x88a8];

/** The reserved ports that a packet can be sent to. */
const OUTPUTS: readonly number[] = [PortNo.InPort, PortNo.Table, PortNo.Normal, PortNo.Flood, PortNo.All, PortNo.Controller, PortNo.Local];

/** Whether a packet can be sent to a port. */
export const isOutput = (port: number): boolean => isRealPort(port) || OUTPUTS.includes(port);

const valuesOf = (table: Readonly<Record<string, number>>): readonly number[] => Object.values(table);
const HASHES = valuesOf(HashFields);
const MULTIPATHS = valuesOf(MultipathAlgorithm);
const BUNDLES = valuesOf(BundleAlgorithm);
const PACKET_TYPES: readonly number[] = [PacketType.Ethernet, PacketType.Nsh, PacketType.Mpls, PacketType.MplsMulticast];

const bad = (wrong: boolean, reason = BAD): string | undefined => (wrong ? reason : undefined);

/** A field that a header and a value name: what is wrong with them before it is known what the field is for. */
function refuseEntry({ field, header, value, mask }: MatchEntry): string | undefined {
  if (field === undefined) {
    const experimenter = header >>> 16 === EXPERIMENTER_CLASS ? experimenterOf(value) : 0;
    const known = fieldOfHeader(header, experimenter);
    // a value with bits that the field does not have
    if (known !== undefined && isKnown(known) && formOfHeader(header, experimenter) !== undefined) return BAD_SET;
    return refuseUnknownField(header, experimenter);
  }
  if (!isKnown(field)) return refuseUnknownField(header, headerExperimenter(header, field));
  return bad(mask !== undefined && hasStrayBits(value, mask), "OFPBMC_BAD_WILDCARDS");
}

const experimenterOf = (value: unknown): number => (value instanceof Uint8Array && value.length >= 4 ? viewOf(value).getUint32(0) : 0);

const headerExperimenter = (header: number, { forms }: OxmField): number =>
  forms.find((f) => f.header === header || f.maskedHeader === header)?.experimenter ?? 0;

function refuseSetField({ field: e, format }: ActionOf<"set-field">, version: Version): string | undefined {
  const fault = refuseEntry(e);
  if (fault !== undefined) return fault;
  const field = e.field!;
  if (format !== "" || version < 3) return bad(!isWritable(field), BAD_SET);
  if (e.mask !== undefined && version < 6) return "OFPBAC_BAD_SET_MASK";
  const inPort32 = field === (OXM.inPort as OxmField) && (e.header === 0 || e.header === field.header);
  if (inPort32 || !isWritable(field) || !isValid(field, e.value)) return BAD_SET;
  const untagged =
    field === (OXM.vlanVid as OxmField) && ((e.value as number) & VLAN_PRESENT & ((e.mask as number | undefined) ?? VLAN_PRESENT)) === 0;
  return bad(untagged, BAD_SET);
}

export const MOST_MEMBERS = 2048;
const IN_PORT_HEADER = 2;

/** Ports to choose from; none of them may be the controller. */
export function refuseMembers(ports: readonly number[]): string | undefined {
  return bad(
    ports.some((port) => (port !== PortNo.Any && !isOutput(port)) || port === PortNo.Controller),
    BAD_PORT,
  );
}

function refuseBundleLoad(a: ActionOf<"bundle-load">): string | undefined {
  if (knownForm(a.dst) === undefined) return "OFPBAC_BAD_SET_TYPE";
  return bad(a.dst.bits < 16) ?? refuseTarget(a.dst) ?? refuseMembers(a.members);
}

function refuseBundle(a: ActionOf<"bundle">): string | undefined {
  const wrong = !HASHES.includes(a.hashFields) || a.members.length > MOST_MEMBERS || !BUNDLES.includes(a.algorithm);
  return bad(wrong || a.memberType !== IN_PORT_HEADER) ?? refuseMembers(a.members);
}

function refuseMultipath(a: ActionOf<"multipath">): string | undefined {
  if (knownForm(a.dst) === undefined) return "OFPBAC_BAD_SET_TYPE";
  const needed = 32 - Math.clz32(a.maxLink);
  return bad(!HASHES.includes(a.hashFields) || !MULTIPATHS.includes(a.algorithm) || a.dst.bits < needed) ?? refuseTarget(a.dst);
}

const LEARN_FLAGS = 3;

function refuseLearn(a: ActionOf<"learn">): string | undefined {
  if (a.tableId === ALL_TABLES || (a.flags & ~LEARN_FLAGS) !== 0) return BAD;
  if (a.resultDst !== undefined) {
    const fault = refuseHeader(a.resultDst) ?? bad(!isWritable(knownForm(a.resultDst)!.field), BAD_SET);
    if (fault !== undefined) return fault;
  }
  for (const { source, dst } of a.specs) {
    if (typeof source !== "bigint" && knownForm(source) === undefined) return "OFPBAC_BAD_SET_TYPE";
    if (dst !== undefined && knownForm(dst) === undefined) return "OFPBAC_BAD_SET_TYPE";
  }
  return undefined;
}

const NAT_FLAGS = 31;
const both = (flags: number, bits: number): boolean => (flags & bits) === bits;

const ZONE_BITS = 16;

/** A ct action without the actions in it. */
export function refuseCt(a: ActionOf<"ct">): string | undefined {
  if ((a.flags & CtFlags.Force) !== 0 && (a.flags & CtFlags.Commit) === 0) return BAD;
  if (typeof a.zone === "number") return undefined;
  return refuseSource(a.zone) ?? bad(a.zone.bits !== ZONE_BITS, "OFPBAC_BAD_SET_LEN");
}

/** What a ct action cannot have within it without remembering the connection. */
export function refuseCtActions(a: ActionOf<"ct">): string | undefined {
  if ((a.flags & CtFlags.Commit) !== 0) return undefined;
  return bad(a.actions.some((x) => x.type !== "nat" || x.flags !== 0 || x.range !== undefined));
}

/** Why Open vSwitch does not take the headers of the actions that it reads before all else. */
export function refuseHeaders(a: AnyAction): string | undefined {
  if (a.type === "copy-field") return refuseHeader(a.src) ?? refuseHeader(a.dst);
  if (a.type === "stack-push" || (a.type === "output-reg" && a.format !== "")) return refuseHeader(a.src);
  return a.type === "stack-pop" || a.type === "check-pkt-larger" ? refuseHeader(a.dst) : undefined;
}

/** Two parts by their headers, read and written. */
const refuseCopy = (src: Subfield, dst: Subfield): string | undefined =>
  refuseHeader(src) ?? refuseHeader(dst) ?? refuseSource(src) ?? refuseTarget(dst);

export const ETHERNET_HEADER = 14;

const CHECKS: { readonly [N in AnyAction["type"]]?: Check<N> } = {
  unknown({ key: [type, experimenter], bytes }) {
    if (type !== EXPERIMENTER) return BAD_TYPE;
    if (experimenter === undefined || !EXPERIMENTER_IDS.includes(experimenter)) return "OFPBAC_BAD_VENDOR";
    return bytes.length < 10 ? "OFPBAC_BAD_LEN" : "OFPBAC_BAD_VENDOR_TYPE";
  },
  output: (a) => bad(!isOutput(a.port), BAD_PORT),
  enqueue: (a) => bad(!isRealPort(a.port) && a.port !== PortNo.InPort && a.port !== PortNo.Local, BAD_PORT),
  "set-vlan-vid": (a) => bad(a.vlanVid > 0xfff),
  "set-vlan-pcp": (a) => bad(a.vlanPcp > 7),
  "push-vlan": (a) => bad(!VLAN_TYPES.includes(a.ethertype)),
  "push-mpls": (a) => bad(!isMplsType(a.ethertype)),
  "set-nw-tos": (a) => bad((a.tos & 3) !== 0),
  "set-nw-ecn": (a) => bad(a.ecn > 3),
  "copy-ttl-in": () => BAD_TYPE,
  "copy-ttl-out": () => BAD_TYPE,
  "push-pbb": () => BAD_TYPE,
  "pop-pbb": () => BAD_TYPE,
  "debug-slow": () => "OFPBAC_BAD_VENDOR_TYPE",
  "debug-recirc": () => "OFPBAC_BAD_VENDOR_TYPE",
  "set-field": refuseSetField,
  "reg-load": (a) => refuseTarget(a.dst) ?? bad(a.value >> BigInt(a.dst.bits) !== 0n),
  "copy-field": (a) => refuseCopy(a.src, a.dst),
  "stack-push": (a) => refuseHeader(a.src) ?? refuseSource(a.src),
  "stack-pop": (a) => refuseHeader(a.dst) ?? refuseTarget(a.dst),
  "check-pkt-larger": (a) => refuseHeader(a.dst) ?? refuseTarget(a.dst),
  "output-reg": (a) => (a.format === "" ? undefined : refuseHeader(a.src)) ?? refuseSource(a.src),
  "delete-field": (a) => refuseHeader(a.field),
  bundle: refuseBundle,
  "bundle-load": refuseBundleLoad,
  multipath: refuseMultipath,
  controller: (a) => bad(a.format !== "" && a.properties.some((p) => p.type === "unknown"), "OFPBPC_BAD_TYPE"),
  learn: refuseLearn,
  sample: (a) => bad(a.direction > 2 || a.probability === 0),
  conjunction: (a) => bad(a.nClauses < 2 || a.nClauses > 64 || a.clause >= a.nClauses, "NXBAC_BAD_CONJUNCTION"),
  "output-trunc": (a) => bad(a.maxLen < ETHERNET_HEADER),
  nat: (a) => bad((a.flags & ~NAT_FLAGS) !== 0 || both(a.flags, 3) || both(a.flags, 24)),
  ct: refuseCt,
  encap: (a) =>
    bad(!PACKET_TYPES.includes(a.packetType), "NXBAC_BAD_HEADER_TYPE") ??
    bad(
      a.properties.some((p) => p.type === "unknown"),
      "NXBAC_UNKNOWN_ED_PROP",
    ),
};

/** Why Open vSwitch refuses one action by itself, by the name of the error; undefined for a good one. Actions within it are not looked at. */
export function refuseAction(a: AnyAction, version: Version): string | undefined {
  return (CHECKS[a.type] as Check<AnyAction["type"]> | undefined)?.(a, version);
}
