import type { RawProperty } from "../properties.js";
import type { NoteSink } from "./note.js";

/** Notes that a property is not known where it is refused for that. Open vSwitch ofp-prop.c (ofpprop_unknown) @param what - what it is a property of */
export function noteUnknown(log: NoteSink | undefined, module: string, what: string, p: RawProperty): void {
  const text =
    p.experimenter === 0
      ? `unknown ${what} property type ${p.type}`
      : `unknown ${what} property type for exp_id 0x${p.experimenter.toString(16)}, exp_type ${p.expType | 0}`;
  log?.({ module, level: "WARN", text, limit: "ofp_prop" });
}
