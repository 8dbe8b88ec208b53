import { SouthboundError } from "../errors/mod.js";
import { fixedKind, type Kind } from "../schema/mod.js";

/** Yes or no, which no bytes of their own carry: their presence does, or what stands beside them. */
export const FLAG: Kind<boolean> = fixedKind(
  "flag",
  1,
  (c, p) => c.u8[p] !== 0,
  (c, p, v) => c.dv.setUint8(p, v ? 1 : 0),
  (v) => typeof v === "boolean",
  (v) => v,
  (j) => {
    if (typeof j !== "boolean") throw new SouthboundError("ERR_USAGE", `${JSON.stringify(j)} is neither true nor false`);
    return j;
  },
);
