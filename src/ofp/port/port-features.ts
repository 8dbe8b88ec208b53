import { named } from "../../errors/mod.js";
import { type Kind, U32 } from "../../schema/mod.js";
import { versionBits } from "../version-bits.js";

/** Speeds and kinds of link, by the bits of OpenFlow 1.1 and later. OpenFlow 1.3 §7.2.1 (ofp_port_features) */
export const PortFeatures = named("PortFeatures", {
  "10MbHd": 1,
  "10MbFd": 2,
  "100MbHd": 4,
  "100MbFd": 8,
  "1GbHd": 16,
  "1GbFd": 32,
  "10GbFd": 64,
  "40GbFd": 128,
  "100GbFd": 256,
  "1TbFd": 512,
  Other: 1024,
  Copper: 2048,
  Fiber: 4096,
  Autoneg: 8192,
  Pause: 16384,
  PauseAsym: 32768,
});

const { Copper, Fiber, Autoneg, Pause, PauseAsym, Other } = PortFeatures;

/** The features of OpenFlow 1.0: the speeds to 10 Gb/s in the same bits, and then copper to asymmetric pause, four bits lower than later. §5.2.1 (ofp_port_features) */
export const FEATURES10: Kind<number> = versionBits(
  "features of a port in OpenFlow 1.0",
  PortFeatures,
  U32,
  [Copper, Fiber, Autoneg, Pause, PauseAsym].map((feature) => [feature / 16, feature] as const),
  PortFeatures["40GbFd"] | PortFeatures["100GbFd"] | PortFeatures["1TbFd"] | Other,
);
