import { type FlowDifference, type FlowEntry, formatEntry } from "../../client/mod.js";
import type { TextOptions } from "../../ofp/syntax/mod.js";
import { emit, shown } from "./output.js";

/** Prints differences in the words of `ovs-ofctl`: `-` for a flow of the first side, `+` for one of the second. Ports have their names, tables their numbers. */
export function showDifferences(differences: readonly FlowDifference[], { portNames }: TextOptions): void {
  const show = (sign: "-" | "+", flow: FlowEntry | undefined): void => {
    if (flow === undefined) return;
    const text = formatEntry(flow, { portNames });
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
