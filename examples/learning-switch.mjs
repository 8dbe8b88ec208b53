import { MacTable } from "southbound/bytes";
import { ethernetOf } from "southbound/controller";
import { apply, FlowMod, Match, Output, PacketOut, PortNo } from "southbound/ofp";

export default (controller) => {
  controller.on("up", (dp) => {
    const hosts = new MacTable(65_536); // address -> port
    // a switch of OpenFlow 1.0 sends what no flow matches by itself, later ones need a flow for it
    if (dp.version > 1) dp.send(FlowMod.of({ priority: 0, instructions: [apply(Output.of({ port: PortNo.Controller }))] }));

    dp.on("packet-in", (packetIn) => {
      const eth = ethernetOf(packetIn);
      if (eth === undefined) return;
      hosts.set(eth.src, packetIn.inPort);
      const port = hosts.get(eth.dst) ?? PortNo.Flood;
      const actions = [Output.of({ port })];
      const match = Match.of({ ethDst: eth.dst });
      // the next packets to this host need no controller
      if (port !== PortNo.Flood) dp.send(FlowMod.of({ match, idleTimeout: 60, instructions: [apply(...actions)] }));
      // and this one goes on its way
      dp.send(PacketOut.of({ bufferId: packetIn.bufferId, inPort: packetIn.inPort, actions, data: packetIn.data }));
    });
  });
};
