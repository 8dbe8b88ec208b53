import type { Version } from "../../../schema/mod.js";
import { formOfNumber } from "../../oxm/fields.js";
import type { TableStats } from "../../table/table-stats.js";
import { actionSet, inBitmap } from "../action/action-names.js";
import { cutBytes } from "../words.js";
import { type Features, INSTRUCTION_WORDS, noFeatures } from "./table-features.js";
import { missText } from "./table-mod.js";

/** The fields that OpenFlow 1.0 reports of a table to be wildcards, by the bits of its wildcards; each address has six. */
const WILDCARDS10: readonly (readonly [bits: number, name: string])[] = [
  [1, "in_port"],
  [1 << 1, "vlan_vid"],
  [1 << 2, "eth_src"],
  [1 << 3, "eth_dst"],
  [1 << 4, "eth_type"],
  [1 << 5, "nw_proto"],
  [1 << 6, "tcp_src"],
  [1 << 7, "tcp_dst"],
  [63 << 8, "ip_src"],
  [63 << 14, "ip_dst"],
  [1 << 20, "vlan_pcp"],
  [1 << 21, "nw_tos"],
];

/** The fields of OpenFlow 1.1's own bits. */
const FIELDS11: readonly (readonly [bits: number, name: string])[] = [
  [1, "in_port"],
  [1 << 1, "vlan_vid"],
  [1 << 2, "vlan_pcp"],
  [1 << 3, "eth_type"],
  [1 << 4, "nw_tos"],
  [1 << 5, "nw_proto"],
  [1 << 6, "tcp_src"],
  [1 << 7, "tcp_dst"],
  [1 << 8, "mpls_label"],
  [1 << 9, "mpls_tc"],
  [1 << 11, "eth_src"],
  [1 << 12, "eth_dst"],
  [1 << 13, "ip_src"],
  [1 << 14, "ip_dst"],
  [1 << 15, "metadata"],
];

const namesIn = (bits: number, table: readonly (readonly [bits: number, name: string])[]): Set<string> =>
  new Set(table.filter(([some]) => (bits & some) !== 0).map(([, name]) => name));

const STANDARD = 0x8000;
const FIELDS12 = 36;

/** The fields that OpenFlow 1.2 has, by the bits of their numbers. */
function fields12(bits: bigint): Set<string> {
  const fields = new Set<string>();
  for (let id = 0; id < FIELDS12; id++) {
    const form = ((bits >> BigInt(id)) & 1n) === 0n ? undefined : formOfNumber(STANDARD, 0, id);
    if (form !== undefined && form.listed >= 0) fields.add(form.name);
  }
  return fields;
}

const union = (a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> => new Set([...a, ...b]);

const instructionBits = (bits: number): number =>
  INSTRUCTION_WORDS.reduce((sum, [type, word], i) => (word !== "meter" && ((bits >>> type) & 1) !== 0 ? sum | (1 << i) : sum), 0);

/** What the counters of a table hold of its features before OpenFlow 1.3. */
export function featuresOfStats(t: TableStats, version: Version): Features {
  const none = noFeatures(t.tableId, version < 4 ? cutBytes(t.name, 31) : "");
  if (version > 3) return none;
  const { maxEntries } = t;
  if (version === 1) {
    const fields = namesIn(t.wildcards, WILDCARDS10);
    return { ...none, maxEntries, match: fields, wildcard: fields };
  }
  const old = version === 2;
  const write = { actions: actionSet(inBitmap(t.writeActions), version), setFields: old ? new Set<string>() : fields12(t.writeSetfields) };
  // of OpenFlow 1.1 Open vSwitch reads the same actions for both
  const apply = old ? write : { actions: actionSet(inBitmap(t.applyActions), version), setFields: fields12(t.applySetfields) };
  const nonmiss = { ...none.nonmiss, instructions: instructionBits(t.instructions), write, apply };
  const wildcard = old ? namesIn(t.wildcards, FIELDS11) : fields12(t.wildcardFields);
  const match = union(old ? namesIn(t.match, FIELDS11) : fields12(t.matchFields), wildcard);
  const metadata = old ? {} : { metadataMatch: t.metadataMatch, metadataWrite: t.metadataWrite };
  return { ...none, ...metadata, maxEntries, miss11: missText(t.config), nonmiss, miss: nonmiss, match, wildcard };
}
