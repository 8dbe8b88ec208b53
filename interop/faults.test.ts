/** Messages of a real Open vSwitch that nobody can read. */
import { expect } from "vitest";
import { Controller } from "../src/controller/mod.js";
import type { SouthboundError } from "../src/errors/mod.js";
import { FlowMod, type FlowStats, FlowStatsRequest, Match } from "../src/ofp/mod.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { eventually } from "./harness/wait.js";

const { describe, test } = withPeers(["ovs-vswitchd", "ovs-ofctl"]);

describe("OpenFlow 1.0", () => {
  test("a flow with user data, whose length Open vSwitch gets wrong: a dump of it is refused, by the field, and the connection stays", async () => {
    const ovs = await OpenVswitch.start();
    const lines: string[] = [];
    const controller = new Controller({ versions: [1], log: (level, text) => level === "warn" && lines.push(text) });
    try {
      const listener = await controller.listen("ptcp:0:127.0.0.1");
      let ups = 0;
      const found: FlowStats[] = [];
      const refused: SouthboundError[] = [];
      controller.on("up", async (dp) => {
        ups++;
        try {
          for await (const f of dp.dumpFlows()) found.push(f);
        } catch (e) {
          refused.push(e as SouthboundError);
        }
      });
      await ovs.addBridge("br0", { protocols: ["OpenFlow10"] });
      await ovs.setControllers("br0", [`tcp:127.0.0.1:${listener.name.split(":")[1]}`]);
      await eventually(() => ups === 1, { what: "the switch" });
      // Only now: Open vSwitch drops its flows when it is given its first controller.
      await ovs.ofctl("add-flow", "br0", "priority=7,actions=controller(userdata=02)");
      await controller.datapaths.values().next().value?.close();
      await eventually(() => refused.length > 0, { what: "the refusal of the dump" });
      const [error] = refused;
      expect(error).toMatchObject({ name: "ProtocolError", code: "EPROTO" });
      expect(error?.message).toMatch(/flow-stats-reply: flows\[0\]/);
      const [dp] = controller.datapaths.values();
      // a second one, and flows that can be read
      await expect(dp!.queryMultipart(FlowStatsRequest.of())).rejects.toMatchObject({ code: "EPROTO" });
      await dp!.batch([FlowMod.of({ priority: 8, match: Match.of({ inPort: 1 }) })]);
      await dp!.barrier();
      expect([dp!.connected, dp!.faults, ups]).toEqual([true, 2, 2]);
      expect(found).toEqual([]);
      expect(lines).toEqual([expect.stringMatching(/flow-stats-reply rejects its request, since it could not be read: flows\[0\]/)]);
    } finally {
      await controller.close();
      await ovs.stop();
    }
  });
});
