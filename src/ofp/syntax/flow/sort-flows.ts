import { factsOfMatch, hasField } from "../../check/mod.js";
import type { FlowStats } from "../../flow/flow-stats.js";
import { formOfName, OXM, type OxmField } from "../../oxm/fields.js";
import { type FlowImage, withImage } from "../../oxm/flow-image.js";
import { LAYOUT, P, PCP, VID } from "../../oxm/flow-places.js";
import type { Match } from "../../oxm/match.js";
import { SyntaxFault } from "../parse/syntax-fault.js";

/** By what flows are sorted. */
export interface SortKey {
  /** The name of a match field, such as `nw_src`; `priority` for the priority. */
  readonly by: string;
  readonly descending: boolean;
}

/** The names of OpenFlow 1.0 that have no header. */
const OLD_FIELDS: ReadonlyMap<string, OxmField> = new Map([
  ["dl_vlan", OXM.vlanVid as OxmField],
  ["dl_vlan_pcp", OXM.vlanPcp as OxmField],
]);

function heldValue(image: FlowImage, field: OxmField): bigint {
  const layout = LAYOUT[field.index]!;
  switch (layout.how) {
    case "whole":
      return BigInt(image.value[layout.at]!);
    case "vid":
      return BigInt(image.num(P.vlanTci) & VID);
    case "pcp":
      return BigInt(image.num(P.vlanTci) & PCP);
    case "registers": {
      let value = 0n;
      for (let i = 0; i < layout.count; i++) value = (value << 32n) | BigInt(image.value[layout.at + i]!);
      return value;
    }
    case "option":
      return (image.options?.get(layout.n)?.value ?? new Uint8Array()).reduce((v, byte) => (v << 8n) | BigInt(byte), 0n);
    default:
      return 0n;
  }
}

/** The value of a field in a match; undefined where the match does not say. */
const fieldIn = (match: Match, field: OxmField): bigint | undefined =>
  withImage((image) => {
    image.fill(match);
    return image.isWild(field) || !hasField(field, factsOfMatch(match)) ? undefined : heldValue(image, field);
  });

function keyOf({ by }: SortKey): (flow: FlowStats) => bigint | undefined {
  if (by.toLowerCase() === "priority") return (flow) => BigInt(flow.priority);
  const form = formOfName(by);
  const field = form?.field.ovs === undefined ? OLD_FIELDS.get(by) : form.field;
  if (field === undefined) throw new SyntaxFault(`${by}: unknown field name`, 0);
  return (flow) => fieldIn(flow.match, field);
}

/** Checks the names of some keys. @throws SyntaxFault `ERR_SYNTAX` for one that is no field's */
export function checkSortKeys(keys: readonly SortKey[]): void {
  for (const key of keys) keyOf(key);
}

/**
 * The flows in the order of some keys, the first of which counts most. Flows whose match does not say a field come last, whatever the order. Flows that are the same in all keys stay in their order.
 * @throws SyntaxFault `ERR_SYNTAX` for the name of no field
 */
export function sortFlows(flows: readonly FlowStats[], keys: readonly SortKey[]): FlowStats[] {
  const readers = keys.map(keyOf);
  const rows = flows.map((flow) => ({ flow, values: readers.map((read) => read(flow)) }));
  rows.sort((a, b) => {
    for (const [i, { descending }] of keys.entries()) {
      const [x, y] = [a.values[i], b.values[i]];
      if (x === y) continue;
      if (x === undefined || y === undefined) return x === undefined ? 1 : -1;
      return x < y !== descending ? -1 : 1;
    }
    return 0;
  });
  return rows.map(({ flow }) => flow);
}
