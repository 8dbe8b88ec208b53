import type { Clock } from "../../clock/mod.js";
import { PortConfig, PortFeatures, Port as PortMessage, PortState, PortStats } from "../../ofp/mod.js";
import type { Version } from "../../schema/mod.js";
import type { SwitchPort } from "../ports/port.js";

const FEATURES = PortFeatures["10GbFd"] | PortFeatures.Copper;
const KILOBITS = 10_000_000;

/** A port in the form of a version of OpenFlow: 1.0 has no bit for a live one. A link within the process has no speed: it is reported as 10 Gb/s, as Open vSwitch does for its own. */
export function portMessage(port: SwitchPort, version: Version): PortMessage {
  const up = port.linkUp;
  return PortMessage.of({
    portNo: port.portNo,
    hwAddr: port.hwAddr,
    name: port.name,
    config: port.config,
    state: !up ? PortState.LinkDown : version === 1 || (port.config & PortConfig.PortDown) !== 0 ? 0 : PortState.Live,
    curr: FEATURES,
    advertised: 0,
    supported: 0,
    peer: 0,
    currSpeed: KILOBITS,
    maxSpeed: KILOBITS,
  });
}

/** A port's counters in OpenFlow's form. */
export function portStats(port: SwitchPort, clock: Clock): PortStats {
  const { counters } = port;
  const lived = Math.max(0, clock.now() - port.created);
  return PortStats.of({
    portNo: port.portNo,
    rxPackets: BigInt(counters.rxPackets),
    txPackets: BigInt(counters.txPackets),
    rxBytes: BigInt(counters.rxBytes),
    txBytes: BigInt(counters.txBytes),
    rxDropped: BigInt(counters.rxDropped),
    txDropped: BigInt(counters.txDropped),
    durationSec: Math.floor(lived / 1000),
    durationNsec: Math.floor((lived % 1000) * 1e6),
  });
}
