/** Shares what comes in at port 1 between ports 2 and 3, at most 1,000 packets a second of it; what they answer goes back to port 1. OpenFlow 1.3. */
import type { AppScope } from "southbound/controller";
import { apply, FlowMod, Group, Match, Meter, Output } from "southbound/ofp";
import { parseGroup, parseMeter } from "southbound/ofp/text";

const SETUP = [
  // what an earlier life has left goes, with the flows that use it
  parseGroup("group_id=1", { command: "delete" }),
  parseMeter("meter=1", { command: "delete" }),
  // two of three connections to port 2
  parseGroup("group_id=1,type=select,bucket=weight:2,output:2,bucket=weight:1,output:3"),
  parseMeter("meter=1,pktps,bands=type=drop rate=1000"),
  FlowMod.of({ match: Match.of({ inPort: 1 }), instructions: [Meter.of({ meterId: 1 }), apply(Group.of({ groupId: 1 }))] }),
  ...[2, 3].map((inPort) => FlowMod.of({ match: Match.of({ inPort }), instructions: [apply(Output.of({ port: 1 }))] })),
];

export default (controller: AppScope): void => {
  controller.on("up", async (dp) => {
    const refused = (await dp.batch(SETUP, { raiseOnError: false })).filter(({ error }) => error !== null);
    for (const { request, error } of refused) console.log(`${dp.name} refuses ${request.type}: ${error?.reason}`);
    if (refused.length === 0) console.log(`${dp.name} shares port 1 between 2 and 3`);
  });
};
