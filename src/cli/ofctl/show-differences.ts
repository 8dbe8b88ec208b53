import { type FlowDifference, type FlowEntry, formatEntry } from "../../client/mod.js";
import type { TextOptions } from "../../ofp/syntax/mod.js";
import { emit, shown } from "./output.js";

/** Prints differences in the words of `ovs-ofctl`: `-` for a flow of the first side, `+` for one of the second. */
export function showDifferences(differences: readonly FlowDifference[], names: TextOptions): void {
  const show = (sign: "-" | "+", flow: FlowEntry | undefined): void => {
    if (flow === undefined) return;
    const text = formatEntry(flow, names);
    emit(
      () => ({ sign, flow: text }),
      () => shown(`${sign}${text}\n`),
    );
  };
  for (const { a, b } of differences) {
    show("-", a);
    show("+", b);
  }
}
