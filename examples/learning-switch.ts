/** Learns at which port each host is, and has the switch forward by itself from then on. */
import { MacTable } from "southbound/bytes";
import { type AppScope, ethernetOf } from "southbound/controller";
import { apply, FlowMod, Match, Output, PacketOut, PortNo } from "southbound/ofp";

export default (controller: AppScope): void => {
  controller.on("up", (dp) => {
    const hosts = new MacTable(65_536); // address -> port
    // what no flow matches goes to the controller; a switch of OpenFlow 1.0 does so by itself
    if (dp.version > 1) dp.send(FlowMod.of({ priority: 0, instructions: [apply(Output.of({ port: PortNo.Controller }))] }));
    dp.on("packet-in", (packetIn) => {
      const eth = ethernetOf(packetIn);
      if (eth === undefined) return;
      hosts.set(eth.src, packetIn.inPort);
      const port = hosts.get(eth.dst) ?? PortNo.Flood;
      const actions = [Output.of({ port })];
      const match = Match.of({ ethDst: eth.dst });
      if (port !== PortNo.Flood) dp.send(FlowMod.of({ match, idleTimeout: 60, instructions: [apply(...actions)] }));
      dp.send(PacketOut.of({ bufferId: packetIn.bufferId, inPort: packetIn.inPort, actions, data: packetIn.data }));
    });
  });
};
