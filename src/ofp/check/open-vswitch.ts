import { viewOf } from "../../bytes/mod.js";
import { type Instruction, Meter } from "../instruction/table.js";
import { OXM, OXM_FIELDS, type OxmField, type OxmName, type OxmValue } from "../oxm/fields.js";
import { isKnown } from "../oxm/flow-places.js";
import { EXPERIMENTER_CLASS, MASKED } from "../oxm/header.js";
import { OPTION_BYTES } from "../oxm/option.js";
import { isPort, isRealPort } from "../port/port-no.js";
import { OUTPUTS, type Rules } from "./rules.js";
import { isWritable } from "./subfield.js";

/*
 * What Open vSwitch alone does, each exception by its name. Everything else in this room holds for all switches.
 */

/** Fields of which any value is taken, beyond the bits that they have. */
const UNCHECKED = new Set<OxmName>(["tunErspanIdx", "tunErspanVer", "tunErspanDir", "tunErspanHwid"]);
const MAX_NSH_TTL = 63;
const MAX_ARP_OPERATION = 0xff;

/** Ports have 16 bits, ARP operations 8, and of the network service header the versions of metadata that there are. */
function takes(field: OxmField, value: OxmValue): boolean {
  if (value instanceof Uint8Array || UNCHECKED.has(field.name as OxmName)) return true;
  switch (field as unknown) {
    case OXM.inPort:
    case OXM.actsetOutput:
      return isPort(value as number);
    case OXM.arpOp:
      return value <= MAX_ARP_OPERATION;
    case OXM.nshTtl:
      return value <= MAX_NSH_TTL;
    case OXM.nshMdtype:
      return value === 1 || value === 2;
    default:
      return value <= field.exact;
  }
}

/** Actions of the standard, and such for its own tests, that are refused whatever they hold. */
const ABSENT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "copy-ttl-in": "OFPBAC_BAD_TYPE",
    "copy-ttl-out": "OFPBAC_BAD_TYPE",
    "push-pbb": "OFPBAC_BAD_TYPE",
    "pop-pbb": "OFPBAC_BAD_TYPE",
    "debug-slow": "OFPBAC_BAD_VENDOR_TYPE",
    "debug-recirc": "OFPBAC_BAD_VENDOR_TYPE",
  }),
);

/** Actions that Open vSwitch sends in every version, and reads since OpenFlow 1.3. */
const SENT_ONLY: ReadonlySet<string> = new Set(["decap", "dec-nsh-ttl"]);
const SENT_ONLY_UNTIL = 4;

/** The type of the instruction for a meter, which is an action in OpenFlow 1.5. OpenFlow 1.3 §7.2.4 (OFPIT_METER) */
export const METER = 6;
const METER_LENGTH = 8;

/** Whether Open vSwitch takes an instruction of this number for a meter though the version has none. */
export const isOldMeter = (type: number | undefined, version: number | undefined): boolean =>
  type === METER && (version === 2 || version === 3);

/** Instructions as Open vSwitch knows them: in OpenFlow 1.1 and 1.2 too it takes the number that OpenFlow 1.3 gives to a meter for one. */
export function withOldMeters(instructions: readonly Instruction[], version: number | undefined): readonly Instruction[] {
  if (!instructions.some((i) => i.type === "unknown" && isOldMeter(i.key[0], version))) return instructions;
  return instructions.map((i) => {
    if (i.type !== "unknown" || !isOldMeter(i.key[0], version) || i.bytes.length !== METER_LENGTH) return i;
    return Meter.of({ meterId: viewOf(i.bytes).getUint32(4) });
  });
}

/*
 * Open vSwitch finds fields by a hash of their headers. It refuses a set-field action whose field it does not find because of its length, if any field in the bucket
 * that it looks into has another, and else because of its field. So the buckets are made here as it makes them.
 */

/** The bits of a header that identify the field: all but the low bits of its length. */
const IDENTIFYING = 0xffffff80;
/** Buckets less one, for as many fields as Open vSwitch has. */
const LAST_BUCKET = 127;

const rotated = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** One word more of MurmurHash3. */
function mixed(hash: number, word: number): number {
  const w = Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(rotated(hash ^ w, 13), 5) + 0xe6546b64) | 0;
}

function bucketOf(header: number, experimenter: number): number {
  let h = mixed(mixed(0, experimenter), header & IDENTIFYING) ^ 8;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) & LAST_BUCKET;
}

let buckets: Map<number, Set<number>> | undefined;

/** The lengths of the fields in each bucket. */
function lengths(): Map<number, Set<number>> {
  if (buckets !== undefined) return buckets;
  buckets = new Map();
  for (const { forms } of OXM_FIELDS.filter(({ ovs }) => ovs?.late === false)) {
    for (const { header, experimenter, size } of forms) {
      const bucket = bucketOf(header, experimenter);
      const length = size === 0 ? OPTION_BYTES : header & 255;
      buckets.set(bucket, (buckets.get(bucket) ?? new Set()).add(length));
    }
  }
  return buckets;
}

/**
 * The error by which Open vSwitch refuses the header of a set-field action whose field it does not find.
 * @param header - the first 32 bits
 * @param experimenter - the 32 bits behind them, where the class is 0xffff, and else 0
 */
function unknownField(header: number, experimenter: number): string {
  const more = header >>> 16 === EXPERIMENTER_CLASS ? 4 : 0;
  const masked = (header & MASKED) !== 0;
  const length = masked ? (((header & 255) - more) >> 1) + more : header & 255;
  const exact = masked ? (header & ~(MASKED | 255)) | length : header;
  const found = length === 0 ? undefined : lengths().get(bucketOf(exact, experimenter));
  return found === undefined || (found.size === 1 && found.has(length)) ? "OFPBAC_BAD_SET_TYPE" : "OFPBAC_BAD_SET_LEN";
}

/** Open vSwitch 3.1. */
export const OPEN_VSWITCH: Rules = {
  matches: isKnown,
  writes: isWritable,
  unwritable: "OFPBAC_BAD_SET_ARGUMENT",
  unknownField,
  takes,
  sendsTo: (port) => isRealPort(port) || OUTPUTS.includes(port),
  absent: (action, version) =>
    ABSENT.get(action) ?? (version < SENT_ONLY_UNTIL && SENT_ONLY.has(action) ? "OFPBAC_BAD_VENDOR_TYPE" : undefined),
  tags: 2,
  trivialMasks: true,
  ordered: true,
  setsAsGiven: true,
  oldMeters: true,
};
