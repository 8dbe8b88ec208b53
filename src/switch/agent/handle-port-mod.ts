import { PortConfig, type PortMod } from "../../ofp/mod.js";
import type { Journal } from "../work/journal.js";
import { Refusal } from "../work/refusal.js";
import type { Core } from "./core.js";

/** The bits of a port's configuration that this switch acts on. */
const KNOWN =
  PortConfig.PortDown |
  PortConfig.NoRecv |
  PortConfig.NoFlood |
  PortConfig.NoFwd |
  PortConfig.NoPacketIn |
  PortConfig.NoStp |
  PortConfig.NoRecvStp;

/** Carries out a port-mod. OpenFlow 1.3 §7.3.4.3 */
export function handlePortMod({ forwarder }: Core, { portNo, hwAddr, config, mask }: PortMod, journal?: Journal): void {
  const port = forwarder.port(portNo);
  if (port === undefined) throw new Refusal("OFPPMFC_BAD_PORT", `there is no port ${portNo}`);
  if (hwAddr !== port.hwAddr) throw new Refusal("OFPPMFC_BAD_HW_ADDR", `port ${portNo} has another Ethernet address`);
  if ((mask & ~KNOWN) !== 0) throw new Refusal("OFPPMFC_BAD_CONFIG", `configuration bits 0x${(mask & ~KNOWN).toString(16)} of a port`);
  const before = port.config;
  journal?.note(() => {
    port.config = before;
  });
  port.config = (before & ~mask) | (config & mask);
}
