import { Chunk } from "../../../bytes/mod.js";
import { DecodeError } from "../../../errors/mod.js";
import { checkMatch, OPEN_VSWITCH } from "../../check/mod.js";
import { NX_MATCH, OXM_LIST } from "../../oxm/codec.js";
import { OXM, type OxmField } from "../../oxm/fields.js";
import { FlowImage } from "../../oxm/flow-image.js";
import { P, PCP, VID } from "../../oxm/flow-places.js";
import { MatchEntry } from "../../oxm/match-entry.js";
import { VLAN_NONE, VLAN_PRESENT } from "../../vlan.js";
import { Pairs } from "../parse/pairs.js";
import { formatImage } from "./match.js";
import { MatchBuilder } from "./match-builder.js";
import { matchOfImage } from "./match-of-image.js";
import { nxMatchText } from "./nx-match.js";

/** The TCI of a VLAN tag in a match, with the bits of it that count. */
interface Tag {
  readonly tci: number;
  readonly mask: number;
}

/** More bytes than the fields of one tag take. */
const MOST = 64;
/** The version whose lists of fields are shown. */
const LIST = 3;
const NUMBER = 0xfff;

const hex = (v: number, digits: number): string => v.toString(16).padStart(digits, "0");
const tagText = ({ tci, mask }: Tag): string => `${hex(tci, 4)}/${hex(mask, 4)}`;
const tagOf = (image: FlowImage): Tag => ({ tci: image.num(P.vlanTci), mask: image.mask[P.vlanTci] as number });

/** The two fields that OpenFlow 1.0 and 1.1 have of a tag; undefined where one does not count. */
interface OldTag {
  readonly vlan: number | undefined;
  readonly pcp: number | undefined;
  /** What stands in the place of the number. */
  readonly wireVlan: number;
}

/** A tag in OpenFlow 1.0 and 1.1. `none`: whether "no tag" says something of the priority; `any`: the number that stands for any. Open vSwitch ofp-match.c (ofputil_match_to_ofp10_match) */
function oldTagOf({ tci, mask }: Tag, none: number | undefined, any: number | undefined): OldTag {
  if (mask === 0) return { vlan: undefined, pcp: undefined, wireVlan: 0 };
  if ((mask & VLAN_PRESENT) !== 0 && (tci & VLAN_PRESENT) === 0) return { vlan: VLAN_NONE, pcp: none, wireVlan: VLAN_NONE };
  const vlan = (mask & NUMBER) === 0 ? any : tci & NUMBER;
  return { vlan, pcp: (mask & PCP) === 0 ? undefined : tci >>> 13, wireVlan: vlan ?? 0 };
}

/** What a tag of OpenFlow 1.0 or 1.1 is read as. */
function tagOfOld({ vlan, pcp }: OldTag, any: number | undefined): Tag {
  if (vlan === undefined && pcp === undefined) return { tci: 0, mask: 0 };
  if (vlan === VLAN_NONE) return { tci: 0, mask: 0xffff };
  const numbered = vlan !== undefined && vlan !== any;
  return {
    tci: VLAN_PRESENT | (numbered ? vlan : 0) | ((pcp ?? 0) << 13),
    mask: VLAN_PRESENT | (numbered ? NUMBER : 0) | (pcp === undefined ? 0 : PCP),
  };
}

function oldText(tag: Tag, none: number | undefined, any: number | undefined): string {
  const old = oldTagOf(tag, none, any);
  const wild = (v: number | undefined): number => (v === undefined ? 1 : 0);
  return `${hex(old.wireVlan, 4)}/${wild(old.vlan)},${hex(old.pcp ?? 0, 2)}/${wild(old.pcp)} -> ${tagText(tagOfOld(old, any))}`;
}

/** A list of fields and what it is read as, or the name of the error by which it is refused. */
function listText(image: FlowImage, list: 0 | typeof LIST): readonly [fields: string, again: FlowImage | string] {
  const codec = (list === 0 ? NX_MATCH : OXM_LIST).codec(list === 0 ? 1 : list, "interpreted");
  const c = new Chunk(MOST);
  const end = codec.encode(c, 0, matchOfImage(image, list));
  const text = nxMatchText(c, 0, end);
  try {
    const match = codec.decode(new Chunk(c.u8.slice(0, end)), 0, end);
    return [text, checkMatch(match, OPEN_VSWITCH)?.error ?? new FlowImage().fill(match)];
  } catch (e) {
    if (e instanceof DecodeError) return [text, e.reason];
    throw e;
  }
}

/** The number that OpenFlow 1.1 has for any tag. OpenFlow 1.1 §A.2.3 (OFPVID_ANY) */
const ANY11 = 0xfffe;

/**
 * A match on a VLAN tag in each form that matches have, and what Open vSwitch reads each as: text, Nicira's list, a list of OpenFlow 1.2, and the structures of 1.0 and 1.1. The output of
 * `ovs-ofctl check-vlan`.
 * @param tci - priority, the bit 0x1000 that there is a tag, and number
 * @param mask - the bits of it that count
 */
export function vlanForms(tci: number, mask: number): string {
  const tag = { tci, mask };
  const image = new FlowImage();
  if (mask !== 0) {
    image.set(new MatchEntry(OXM.vlanTci as OxmField, 0, tci, mask));
    image.value[P.vlanTci] = tci;
  }
  const shown = formatImage(image);
  const read = new MatchBuilder({});
  for (const pairs = new Pairs(shown); pairs.next(); ) read.take(pairs.key, pairs.value);
  let text = `${shown} -> ${tagText(tagOf(read.image))}\n`;
  const [nxm, nxmAgain] = listText(image, 0);
  text += `NXM: ${nxm} -> ${typeof nxmAgain === "string" ? nxmAgain : tagText(tagOf(nxmAgain))}\n`;
  const [oxm, oxmAgain] = listText(image, LIST);
  text += `OXM: ${oxm} -> `;
  if (typeof oxmAgain === "string") text += `${oxmAgain}\n`;
  else {
    const again = tagOf(oxmAgain);
    const vid = again.tci & VID;
    const pcp = vid !== 0 && (again.mask & PCP) !== 0 ? String(again.tci >>> 13).padStart(2, "0") : "--";
    text += `${tagText({ tci: vid, mask: again.mask & VID })},${pcp}\n`;
  }
  return `${text}OF1.0: ${oldText(tag, 0, undefined)}\nOF1.1: ${oldText(tag, undefined, ANY11)}\n`;
}
