import type { Version } from "../../../schema/mod.js";

/** The actions that Open vSwitch lists, in its order, with their types in OpenFlow 1.0, in 1.1, and since 1.2; -1 where there is none. */
const ACTIONS: readonly (readonly [word: string, of10: number, of11: number, of12: number])[] = [
  ["output", 0, 0, 0],
  ["group", -1, 22, 22],
  ["enqueue", 11, -1, -1],
  ["set_field", -1, -1, 25],
  ["set_vlan_vid", 1, 1, -1],
  ["set_vlan_pcp", 2, 2, -1],
  ["strip_vlan", 3, 18, 18],
  ["push_vlan", -1, 17, 17],
  ["mod_dl_src", 4, 3, -1],
  ["mod_dl_dst", 5, 4, -1],
  ["mod_nw_src", 6, 5, -1],
  ["mod_nw_dst", 7, 6, -1],
  ["mod_nw_tos", 8, 7, -1],
  ["mod_nw_ecn", -1, 8, -1],
  ["mod_nw_ttl", -1, 23, 23],
  ["mod_tp_src", 9, 9, -1],
  ["mod_tp_dst", 10, 10, -1],
  ["dec_ttl", -1, 24, 24],
  ["set_mpls_label", -1, 13, -1],
  ["set_mpls_tc", -1, 14, -1],
  ["set_mpls_ttl", -1, 15, 15],
  ["dec_mpls_ttl", -1, 16, 16],
  ["push_mpls", -1, 19, 19],
  ["pop_mpls", -1, 20, 20],
  ["set_queue", -1, 21, 21],
];

/** The actions of a version that are in a set of types, as bits by their places in the list: so that sets can be compared. */
export function actionSet(has: (type: number) => boolean, version: Version): number {
  const column = version === 1 ? 1 : version === 2 ? 2 : 3;
  let bits = 0;
  for (const [i, row] of ACTIONS.entries()) if (row[column] >= 0 && has(row[column])) bits |= 1 << i;
  return bits;
}

/** The types that are bits of a number. */
export const inBitmap =
  (bitmap: number) =>
  (type: number): boolean =>
    ((bitmap >>> type) & 1) !== 0;

/** The words of a set of actions. */
export const actionWords = (set: number): string =>
  ACTIONS.filter((_, i) => ((set >>> i) & 1) !== 0)
    .map(([word]) => word)
    .join(" ");

/** The actions of which a version's bitmap has the bits, in words. */
export function actionNames(bitmap: number, version: Version): string {
  const set = actionSet(inBitmap(bitmap), version);
  return set === 0 ? "<none>" : actionWords(set);
}
