/** Packets that a real Open vSwitch holds until a controller resumes them: what it has to know for that goes there and back unchanged, whatever it is. */
import { afterAll, beforeAll, expect } from "vitest";
import { toHex } from "../src/bytes/mod.js";
import { Controller, type Datapath } from "../src/controller/mod.js";
import { DescRequest, encodeMessage, type PacketIn, PacketInFormat, Resume, SetPacketInFormat } from "../src/ofp/mod.js";
import { buildUdp } from "../src/packet/mod.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";

const { describe, test } = withPeers(["ovs-vswitchd", "ovs-ofctl"]);

const PACKET = buildUdp(
  { ethDst: 0x020000000002, ethSrc: 0x020000000001, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002, udpSrc: 1, udpDst: 2 },
  new Uint8Array(40),
);

for (const version of [1, 4, 6] as const) {
  const protocol = `OpenFlow1${version - 1}`;
  describe(`resume, wire version ${version}`, () => {
    let ovs: OpenVswitch;
    let controller: Controller;
    let dp: Datapath;

    beforeAll(async () => {
      ovs = await OpenVswitch.start();
      controller = new Controller({ versions: [version] });
      const ups = controller.events("up");
      const listener = await controller.listen("ptcp:0:127.0.0.1");
      await ovs.addBridge("br0", { protocols: [...new Set([protocol, "OpenFlow13"])], dpid: 0x60n });
      for (const n of [1, 2, 3]) await ovs.addPort("br0", `p${n}`, { ofport: n });
      await ovs.vsctl("set-controller", "br0", `tcp:127.0.0.1:${listener.name.split(":")[1]}`);
      [dp] = (await ups.next()).value!;
      await ups.return();
      await dp.batch([SetPacketInFormat.of({ packetInFormat: PacketInFormat.Nxt2 })]);
    });
    afterAll(async () => {
      await controller?.close();
      await ovs?.stop();
    });

    /** Has the packet sent to the controller, and answers what was sent of it. */
    const paused = async (flows: readonly string[]): Promise<PacketIn> => {
      await ovs.ofctl("-O", "OpenFlow13", "del-flows", "br0");
      for (const flow of flows) await ovs.ofctl("-O", "OpenFlow13", "add-flow", "br0", flow);
      await using packets = dp.events("packet-in");
      await ovs.receive("p1", PACKET);
      return (await packets.next()).value![0] as PacketIn;
    };
    const resume = ({ data, totalLen, tableId, cookie, reason, match, continuation }: PacketIn): Resume =>
      Resume.of({ data, totalLen, tableId, cookie, reason, match, continuation });

    for (const [what, flows] of [
      ["an action", ["actions=controller(pause),output:2"]],
      ["actions of several tables", ["actions=resubmit(,1),output:2", "table=1,cookie=7,actions=set_field:9->reg0,controller(pause)"]],
      ["the stack and a field", ["actions=set_field:0x1234->reg3,push:NXM_NX_REG3[],controller(pause),pop:NXM_NX_REG1[],output:2"]],
      ["a table", ["actions=controller(pause),goto_table:1", "table=1,actions=output:2"]],
      ["metadata", ["actions=controller(pause),write_metadata:5,goto_table:1", "table=1,metadata=5,actions=output:2"]],
    ] as const) {
      test(`what follows is ${what}`, async () => {
        const packetIn = await paused(flows);
        const before = (await ovs.sent("p2")).length;
        await dp.batch([resume(packetIn)]);
        expect(toHex((await ovs.waitSent("p2", before + 1)).at(-1)!)).toBe(toHex(PACKET));
      });
    }

    test("what follows is an instruction, for which Open vSwitch sends what nobody can read", async () => {
      const packetIn = await paused(["actions=controller(pause),write_actions(output:2)"]);
      const [whole] = packetIn.continuation as readonly { readonly type: string; readonly bytes?: Uint8Array }[];
      // OpenFlow 1.0 has no such instruction, and what is sent is an empty list of actions
      expect(whole!.type).toBe(version === 1 ? "bridge" : "unknown");
      const sent = toHex(encodeMessage(resume(packetIn), version));
      if (version !== 1) expect(sent).toContain(toHex(whole!.bytes!));
      // it may not read its own either; the connection goes on in any case
      const [result] = await dp.batch([resume(packetIn)], { raiseOnError: false });
      expect(["done", "refused"]).toContain(result!.outcome);
      expect((await dp.query(DescRequest.of())).type).toBe("desc-reply");
    });
  });
}
