import { viewOf } from "../../../bytes/mod.js";
import { Meter } from "../../instruction/table.js";
import type { AnyInstruction } from "../types.js";

/** The type of the instruction for a meter, which is an action in OpenFlow 1.5. OpenFlow 1.3 §7.2.4 (OFPIT_METER) */
export const METER = 6;
const LENGTH = 8;

/** Whether Open vSwitch takes an instruction of this number for a meter though the version has none. */
export const isOldMeter = (type: number | undefined, version: number | undefined): boolean =>
  type === METER && (version === 2 || version === 3);

/** Instructions as Open vSwitch knows them: in OpenFlow 1.1 and 1.2 too it takes the number that OpenFlow 1.3 gives to a meter for one. */
export function withOldMeters(instructions: readonly AnyInstruction[], version: number | undefined): readonly AnyInstruction[] {
  if (!instructions.some((i) => i.type === "unknown" && isOldMeter(i.key[0], version))) return instructions;
  return instructions.map((i) => {
    if (i.type !== "unknown" || !isOldMeter(i.key[0], version) || i.bytes.length !== LENGTH) return i;
    return Meter.of({ meterId: viewOf(i.bytes).getUint32(4) });
  });
}
