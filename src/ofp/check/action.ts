import { viewOf } from "../../bytes/mod.js";
import { ETHERNET_HEADER_SIZE } from "../../packet/mod.js";
import type { Version } from "../../schema/mod.js";
import { PacketType } from "../action/encap.js";
import { copyList } from "../action/fields.js";
import { BundleAlgorithm, HashFields, MultipathAlgorithm } from "../action/hash.js";
import { type Action, CtFlags } from "../action/table.js";
import { ALL_TABLES } from "../flow/flow-mod.js";
import { EXPERIMENTER, EXPERIMENTER_IDS } from "../ids.js";
import { fieldOfHeader, formOfHeader, OXM, type OxmField } from "../oxm/fields.js";
import { EXPERIMENTER_CLASS } from "../oxm/header.js";
import { hasStrayBits } from "../oxm/match.js";
import type { MatchEntry } from "../oxm/match-entry.js";
import { isRealPort, PortNo } from "../port/port-no.js";
import { VLAN_PRESENT } from "../vlan.js";
import { isMplsType } from "./facts.js";
import { Fault, faultIf } from "./fault.js";
import type { Rules } from "./rules.js";
import { checkHeader, checkSource, checkTarget, isWritable, knownForm } from "./subfield.js";

/** An action of one type. */
export type ActionOf<N extends Action["type"]> = Extract<Action, { readonly type: N }>;

/** Why one action is refused, whatever stands beside it; undefined for a good one. Actions within it are not looked at. */
type Check<N extends Action["type"]> = (a: ActionOf<N>, version: Version, rules: Rules) => Fault | undefined;

const BAD = "OFPBAC_BAD_ARGUMENT";
const BAD_TYPE = "OFPBAC_BAD_TYPE";
const BAD_PORT = "OFPBAC_BAD_OUT_PORT";
const BAD_SET = "OFPBAC_BAD_SET_ARGUMENT";

const VLAN_TYPES = [0x8100, 0x88a8];

const valuesOf = (table: Readonly<Record<string, number>>): readonly number[] => Object.values(table);
const HASHES = valuesOf(HashFields);
const MULTIPATHS = valuesOf(MultipathAlgorithm);
const BUNDLES = valuesOf(BundleAlgorithm);
const PACKET_TYPES: readonly number[] = [PacketType.Ethernet, PacketType.Nsh, PacketType.Mpls, PacketType.MplsMulticast];

const bad = (wrong: boolean, error = BAD): Fault | undefined => faultIf(wrong, error);

/** What is wrong with a field that a header and a value name, before it is known what the field is for. */
function checkEntry({ field, header, value, mask }: MatchEntry, rules: Rules): Fault | undefined {
  if (field === undefined) {
    const experimenter = header >>> 16 === EXPERIMENTER_CLASS ? experimenterOf(value) : 0;
    const known = fieldOfHeader(header, experimenter);
    // a value with bits that the field does not have
    if (known !== undefined && rules.matches(known) && formOfHeader(header, experimenter) !== undefined) return new Fault(BAD_SET, known);
    return new Fault(rules.unknownField(header, experimenter));
  }
  if (!rules.matches(field)) return new Fault(rules.unknownField(header, headerExperimenter(header, field)), field);
  return faultIf(mask !== undefined && hasStrayBits(value, mask), "OFPBMC_BAD_WILDCARDS", field);
}

const experimenterOf = (value: unknown): number => (value instanceof Uint8Array && value.length >= 4 ? viewOf(value).getUint32(0) : 0);

const headerExperimenter = (header: number, { forms }: OxmField): number =>
  forms.find((f) => f.header === header || f.maskedHeader === header)?.experimenter ?? 0;

function checkSetField({ field: e, format }: ActionOf<"set-field">, version: Version, rules: Rules): Fault | undefined {
  const fault = checkEntry(e, rules);
  if (fault !== undefined) return fault;
  const field = e.field!;
  const unwritable = faultIf(!rules.writes(field), rules.unwritable, field);
  if (format !== "" || version < 3) return unwritable;
  if (e.mask !== undefined && version < 6) return new Fault("OFPBAC_BAD_SET_MASK", field);
  if (unwritable !== undefined) return unwritable;
  const inPort32 = field === (OXM.inPort as OxmField) && (e.header === 0 || e.header === field.header);
  if (inPort32 || !rules.takes(field, e.value)) return new Fault(BAD_SET, field);
  const untagged =
    field === (OXM.vlanVid as OxmField) && ((e.value as number) & VLAN_PRESENT & ((e.mask as number | undefined) ?? VLAN_PRESENT)) === 0;
  return faultIf(untagged, BAD_SET, field);
}

/** The most ports that a bundle action can choose from. nicira-ext.h (nx_action_bundle) */
export const MOST_MEMBERS = 2048;
const IN_PORT_HEADER = 2;

/** Ports to choose from; none of them may be the controller. */
export function checkMembers(ports: readonly number[], rules: Rules): Fault | undefined {
  return bad(
    ports.some((port) => (port !== PortNo.Any && !rules.sendsTo(port)) || port === PortNo.Controller),
    BAD_PORT,
  );
}

function checkBundleLoad(a: ActionOf<"bundle-load">, _version: Version, rules: Rules): Fault | undefined {
  if (knownForm(a.dst) === undefined) return new Fault("OFPBAC_BAD_SET_TYPE");
  return bad(a.dst.bits < 16) ?? checkTarget(a.dst) ?? checkMembers(a.members, rules);
}

function checkBundle(a: ActionOf<"bundle">, _version: Version, rules: Rules): Fault | undefined {
  const wrong = !HASHES.includes(a.hashFields) || a.members.length > MOST_MEMBERS || !BUNDLES.includes(a.algorithm);
  return bad(wrong || a.memberType !== IN_PORT_HEADER) ?? checkMembers(a.members, rules);
}

function checkMultipath(a: ActionOf<"multipath">): Fault | undefined {
  if (knownForm(a.dst) === undefined) return new Fault("OFPBAC_BAD_SET_TYPE");
  const needed = 32 - Math.clz32(a.maxLink);
  return bad(!HASHES.includes(a.hashFields) || !MULTIPATHS.includes(a.algorithm) || a.dst.bits < needed) ?? checkTarget(a.dst);
}

const LEARN_FLAGS = 3;

function checkLearn(a: ActionOf<"learn">): Fault | undefined {
  if (a.tableId === ALL_TABLES || (a.flags & ~LEARN_FLAGS) !== 0) return new Fault(BAD);
  if (a.resultDst !== undefined) {
    const fault = checkHeader(a.resultDst) ?? bad(!isWritable(knownForm(a.resultDst)!.field), BAD_SET);
    if (fault !== undefined) return fault;
  }
  for (const { source, dst } of a.specs) {
    if (typeof source !== "bigint" && knownForm(source) === undefined) return new Fault("OFPBAC_BAD_SET_TYPE");
    if (dst !== undefined && knownForm(dst) === undefined) return new Fault("OFPBAC_BAD_SET_TYPE");
  }
  return undefined;
}

const NAT_FLAGS = 31;
const both = (flags: number, bits: number): boolean => (flags & bits) === bits;

const ZONE_BITS = 16;

/** A ct action without the actions in it. */
export function checkCt(a: ActionOf<"ct">): Fault | undefined {
  if ((a.flags & CtFlags.Force) !== 0 && (a.flags & CtFlags.Commit) === 0) return new Fault(BAD);
  if (typeof a.zone === "number") return undefined;
  return checkSource(a.zone) ?? bad(a.zone.bits !== ZONE_BITS, "OFPBAC_BAD_SET_LEN");
}

/** What a ct action cannot have within it without remembering the connection. */
export function checkCtActions(a: ActionOf<"ct">): Fault | undefined {
  if ((a.flags & CtFlags.Commit) !== 0) return undefined;
  return bad(a.actions.some((x) => x.type !== "nat" || x.flags !== 0 || x.range !== undefined));
}

/** Two parts by their headers, read and written. */
function checkCopy({ src, dst, format }: ActionOf<"copy-field">, version: Version): Fault | undefined {
  const list = copyList(format, version);
  return checkHeader(src, list) ?? checkHeader(dst, list) ?? checkSource(src, list) ?? checkTarget(dst, list);
}

const CHECKS: { readonly [N in Action["type"]]?: Check<N> } = {
  unknown({ key: [type, experimenter], bytes }) {
    if (type !== EXPERIMENTER) return new Fault(BAD_TYPE);
    if (experimenter === undefined || !EXPERIMENTER_IDS.includes(experimenter)) return new Fault("OFPBAC_BAD_VENDOR");
    return new Fault(bytes.length < 10 ? "OFPBAC_BAD_LEN" : "OFPBAC_BAD_VENDOR_TYPE");
  },
  output: (a, _version, rules) => bad(!rules.sendsTo(a.port), BAD_PORT),
  enqueue: (a) => bad(!isRealPort(a.port) && a.port !== PortNo.InPort && a.port !== PortNo.Local, BAD_PORT),
  "set-vlan-vid": (a) => bad(a.vlanVid > 0xfff),
  "set-vlan-pcp": (a) => bad(a.vlanPcp > 7),
  "push-vlan": (a) => bad(!VLAN_TYPES.includes(a.ethertype)),
  "push-mpls": (a) => bad(!isMplsType(a.ethertype)),
  "set-nw-tos": (a) => bad((a.tos & 3) !== 0),
  "set-nw-ecn": (a) => bad(a.ecn > 3),
  "set-field": checkSetField,
  "reg-load": (a) => checkTarget(a.dst) ?? bad(a.value >> BigInt(a.dst.bits) !== 0n),
  "copy-field": checkCopy,
  "stack-push": (a) => checkHeader(a.src) ?? checkSource(a.src),
  "stack-pop": (a) => checkHeader(a.dst) ?? checkTarget(a.dst),
  "check-pkt-larger": (a) => checkHeader(a.dst) ?? checkTarget(a.dst),
  "output-reg": (a) => (a.format === "" ? undefined : checkHeader(a.src)) ?? checkSource(a.src),
  "delete-field": (a) => checkHeader(a.field),
  bundle: checkBundle,
  "bundle-load": checkBundleLoad,
  multipath: checkMultipath,
  controller: (a) => bad(a.format !== "" && a.properties.some((p) => p.type === "unknown"), "OFPBPC_BAD_TYPE"),
  learn: checkLearn,
  sample: (a) => bad(a.direction > 2 || a.probability === 0),
  conjunction: (a) => bad(a.nClauses < 2 || a.nClauses > 64 || a.clause >= a.nClauses, "NXBAC_BAD_CONJUNCTION"),
  "output-trunc": (a) => bad(a.maxLen < ETHERNET_HEADER_SIZE),
  nat: (a) => bad((a.flags & ~NAT_FLAGS) !== 0 || both(a.flags, 3) || both(a.flags, 24)),
  ct: checkCt,
  encap: (a) =>
    bad(!PACKET_TYPES.includes(a.packetType), "NXBAC_BAD_HEADER_TYPE") ??
    bad(
      a.properties.some((p) => p.type === "unknown"),
      "NXBAC_UNKNOWN_ED_PROP",
    ),
};

/** Why one action is refused by itself; undefined for a good one. Actions within it are not looked at. */
export function checkAction(a: Action, version: Version, rules: Rules): Fault | undefined {
  const absent = rules.absent(a.type, version);
  if (absent !== undefined) return new Fault(absent, undefined, [], a.type);
  return (CHECKS[a.type] as Check<Action["type"]> | undefined)?.(a, version, rules)?.of(a.type);
}
