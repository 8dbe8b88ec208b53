/** Sends an LLDP frame out of each port every second, and prints the link by which one comes in at another switch. */
import { type AppScope, type Datapath, ethernetOf } from "southbound/controller";
import { apply, FlowMod, Match, Output, PacketOut, PortNo } from "southbound/ofp";
import { buildLldp, ChassisIdSubtype, EtherType, lldpIdOfText, PortIdSubtype, parseLldp, textOfLldpId } from "southbound/packet";

const match = Match.of({ ethType: EtherType.Lldp });
const toController = FlowMod.of({ priority: 65_535, match, instructions: [apply(Output.of({ port: PortNo.Controller }))] });

function announce(dp: Datapath): void {
  const chassisId = lldpIdOfText(ChassisIdSubtype.Local, dp.name);
  for (const { portNo, hwAddr } of dp.ports.values()) {
    if (portNo === PortNo.Local) continue;
    const data = buildLldp({ ethSrc: hwAddr, chassisId, portId: lldpIdOfText(PortIdSubtype.Local, String(portNo)), ttl: 3 });
    dp.send(PacketOut.of({ inPort: PortNo.Controller, actions: [Output.of({ port: portNo })], data }));
  }
}

export default (controller: AppScope): (() => void) => {
  const links = new Set<string>();
  controller.on("up", (dp) => [dp.send(toController), announce(dp)]);
  controller.on("packet-in", (packetIn, { datapath }) => {
    if (ethernetOf(packetIn)?.type !== EtherType.Lldp) return;
    const { chassisId, portId } = parseLldp(packetIn.data, 14);
    const link = `${textOfLldpId(chassisId)} port ${textOfLldpId(portId)} -> ${datapath.name} port ${packetIn.inPort}`;
    if (links.size < links.add(link).size) console.log(link);
  });
  const timer = setInterval(() => [...controller.datapaths.values()].map(announce), 1000);
  return () => clearInterval(timer);
};
