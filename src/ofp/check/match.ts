import { formOfHeader, OXM, OXM_FIELDS, type OxmField, type OxmValue } from "../oxm/fields.js";
import { type FlowImage, isAllOnes, withImage } from "../oxm/flow-image.js";
import { LAYOUT, P } from "../oxm/flow-places.js";
import { EXPERIMENTER_CLASS } from "../oxm/header.js";
import { hasStrayBits, type Match } from "../oxm/match.js";
import type { MatchEntry } from "../oxm/match-entry.js";
import { hasField, learnFacts, noFacts, type PacketFacts, TEACHES } from "./facts.js";
import type { Requirement } from "./fault.js";
import { Fault } from "./fault.js";
import type { Rules } from "./rules.js";

/** What a match is checked for. */
export interface MatchCheck {
  /** For the metadata of a packet, where fields may be unknown and need nothing else. */
  readonly loose?: boolean;
  /** The known fields that it may have; all if not given. */
  readonly only?: ReadonlySet<OxmField>;
  /** Whether it may have a cookie, as Nicira's requests may. */
  readonly cookie?: boolean;
  /** Takes what a good match makes certain of its packets; nothing must be known in it before. */
  readonly facts?: PacketFacts;
}

const isZero = (v: OxmValue): boolean => v === 0 || v === 0n;

/** Whether a field stands in a match before. One that lies at no place in a flow is looked for among the entries. */
const isTwice = (image: FlowImage, entries: readonly MatchEntry[], i: number, field: OxmField): boolean =>
  LAYOUT[field.index]!.how === "none" ? entries.findIndex((e) => e.field === field) < i : !image.isWild(field);

const indexOf = ({ field }: MatchEntry): number => field?.index ?? OXM_FIELDS.length;

/** The entries in canonical order, in which a field stands behind those that it requires. */
const inOrder = (entries: readonly MatchEntry[]): readonly MatchEntry[] =>
  isInOrder(entries) ? entries : [...entries].sort((a, b) => indexOf(a) - indexOf(b));

function isInOrder(entries: readonly MatchEntry[]): boolean {
  let last = -1;
  for (let i = 0; i < entries.length; i++) {
    const index = indexOf(entries[i]!);
    if (index < last) return false;
    last = index;
  }
  return true;
}

/**
 * Why a match that is a list of fields is refused; undefined for a good one: unknown fields, a field twice, a mask where there may be none, bits outside a mask or beyond a field, a requirement that
 * does not hold. OpenFlow 1.3 §7.2.3.6, §7.4.4.5
 */
export const checkMatch = (match: Match, rules: Rules, check: MatchCheck = {}): Fault | undefined =>
  withImage((image) => faultOf(image, match, rules, check));

function faultOf(
  image: FlowImage,
  match: Match,
  rules: Rules,
  { loose = false, only, cookie = false, facts: k = noFacts() }: MatchCheck,
): Fault | undefined {
  const entries = rules.ordered ? match.entries : inOrder(match.entries);
  let cookies = 0;
  for (let i = 0; i < entries.length; i++) {
    const e = entries[i]!;
    const { field, value, mask } = e;
    if (field === undefined || !rules.matches(field)) {
      const error = unknownFault(e);
      if (error !== undefined) return new Fault(error, field);
      if (cookie && field === (OXM.cookie as OxmField)) {
        cookies += 1;
        if (cookies > 1) return new Fault("OFPBMC_DUP_FIELD", field);
        continue;
      }
      if (loose) continue;
      return new Fault("OFPBMC_BAD_FIELD", field);
    }
    if (mask !== undefined) {
      if (hasStrayBits(value, mask)) return new Fault("OFPBMC_BAD_WILDCARDS", field);
      if (field.maskable === "no" && !(rules.trivialMasks && (isZero(mask) || isAllOnes(field, mask))))
        return new Fault("OFPBMC_BAD_MASK", field);
    }
    if (!rules.takes(field, value)) return new Fault("OFPBMC_BAD_VALUE", field);
    if (!loose && !hasField(field, k)) {
      const unmet: Requirement[] = [];
      hasField(field, k, unmet);
      return new Fault("OFPBMC_BAD_PREREQ", field, unmet);
    }
    if (isTwice(image, entries, i, field)) return new Fault("OFPBMC_DUP_FIELD", field);
    if (only !== undefined && !only.has(field)) return new Fault("OFPBRC_PIPELINE_FIELDS_ONLY", field);
    if (!image.set(e)) return new Fault("OFPBMC_BAD_VALUE", field);
    if (TEACHES[field.index]) learnFacts(k, image);
  }
  return undefined;
}

/** Whether a match has addresses of a connection without the Ethernet type that they are of, for which the match of a flow is refused. */
export const isInconsistent = (match: Match): boolean =>
  withImage((image) => {
    image.fill(match);
    const type = image.num(P.ethType);
    return (
      ((image.has(P.ctNwSrc) || image.has(P.ctNwDst)) && type !== 0x0800) ||
      ((image.has(P.ctIpv6Src) || image.has(P.ctIpv6Dst)) && type !== 0x86dd)
    );
  });

/** The error for a field that is found before the switch knows that it does not have it: the length of an experimenter's, bits outside the mask, or bits that a field of 16 or 8 bits cannot have. */
function unknownFault({ field, header, value, mask }: MatchEntry): string | undefined {
  if (field !== undefined) return mask !== undefined && hasStrayBits(value, mask) ? "OFPBMC_BAD_WILDCARDS" : undefined;
  const bytes = value as Uint8Array;
  const experimenter = header >>> 16 === EXPERIMENTER_CLASS;
  if (experimenter && bytes.length < 4) return "OFPBMC_BAD_LEN";
  const start = experimenter ? 4 : 0;
  const width = (bytes.length - start) >>> 1;
  const hasMask = (header & 0x100) !== 0;
  if (hasMask) for (let i = start; i < start + width; i++) if ((bytes[i]! & ~bytes[width + i]!) !== 0) return "OFPBMC_BAD_WILDCARDS";
  const form = formOfHeader(header, 0);
  if (form?.narrow === undefined) return undefined;
  const ones = bytes.subarray(width);
  return hasMask && !ones.every((b) => b === 0xff) && !ones.every((b) => b === 0) ? "OFPBMC_BAD_MASK" : "OFPBMC_BAD_VALUE";
}

/** The fields of a packet's way through the switch, which do not stand in its bytes: those that a packet-out may have. OpenFlow 1.5 §7.2.3.12 */
export const PIPELINE: ReadonlySet<OxmField> = new Set(
  Object.values(OXM as Readonly<Record<string, OxmField>>).filter(
    ({ name }) => /^(tun[A-Z]|tunnelId|x*reg\d)/.test(name) || name === "metadata" || name === "inPort" || name === "packetType",
  ),
);
