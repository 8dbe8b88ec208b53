import { named } from "../errors/mod.js";
import { flags, list, U32, u8, u32, u64 } from "../schema/mod.js";
import { message } from "./message.js";
import { Port } from "./port/port.js";

/** What a switch can do. OpenFlow 1.3 §7.3.1 (ofp_capabilities); `Stp` and `ArpMatchIp` are of 1.0, where bit 3 is the former */
export const Capabilities = named("Capabilities", {
  FlowStats: 1,
  TableStats: 2,
  PortStats: 4,
  GroupStats: 8,
  IpReasm: 32,
  QueueStats: 64,
  ArpMatchIp: 128,
  PortBlocked: 256,
  Bundles: 512,
  FlowMonitoring: 1024,
});

/** The identity and the abilities of the switch. OpenFlow 1.3 §7.3.1 (ofp_switch_features) */
export const FeaturesReply = message(
  "FeaturesReply",
  "features-reply",
  {
    /** The lower 48 bits are usually an Ethernet address of the switch, the upper 16 its maker's choice. */
    datapathId: u64(),
    /** How many packets it can hold for the controller. */
    nBuffers: u32(0, { unit: "packets" }),
    nTables: u8(),
    /** 0 for the main connection. OpenFlow 1.3 */
    auxiliaryId: u8(),
    capabilities: flags(U32, Capabilities),
    /** OpenFlow 1.0: bit n says that action type n is supported. Reserved since 1.1. */
    actions: u32(0, { absent: "drop" }),
    /** OpenFlow 1.0 to 1.2. Since 1.3 the ports come by a multipart message of their own. */
    ports: list(Port, { absent: "drop" }),
  },
  {
    "1.0": { key: [6], slots: ["datapathId", "nBuffers", "nTables", "pad:3", "capabilities", "actions", "ports"] },
    "1.1-1.2": { key: [6], slots: ["datapathId", "nBuffers", "nTables", "pad:3", "capabilities", "actions", "ports"] },
    "1.3+": { key: [6], slots: ["datapathId", "nBuffers", "nTables", "auxiliaryId", "pad:2", "capabilities", "actions"] },
  },
);
/** See the class. */
export type FeaturesReply = InstanceType<typeof FeaturesReply>;
