import { bytes, limited, U32, u32 } from "../schema/mod.js";
import { EXPERIMENTER } from "./ids.js";
import { property } from "./property.js";

/** A property of an experimenter, in any list of properties. OpenFlow 1.4 §7.2.2 (ofp_prop_experimenter) */
export const ExperimenterProperty = property(
  "ExperimenterProperty",
  "experimenter",
  {
    /** Its definer. */
    experimenter: u32(),
    /** The experimenter's own type of property. */
    expType: u32(),
    data: bytes(),
  },
  {
    "1.0+": {
      key: [EXPERIMENTER],
      slots: [{ experimenter: limited(U32, (id) => id !== 0, "OFPBPC_BAD_EXPERIMENTER") }, "expType", "data"],
    },
  },
);
/** See the class. */
export type ExperimenterProperty = InstanceType<typeof ExperimenterProperty>;
