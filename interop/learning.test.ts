/** The learning application and a real Open vSwitch: a host that moves while another sends to it without a pause is reached, over OpenFlow 1.0 and 1.3. */
import { expect } from "vitest";
import { l2Learning } from "../src/apps/mod.js";
import { Controller } from "../src/controller/mod.js";
import { buildEthernet } from "../src/packet/mod.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { eventually } from "./harness/wait.js";

const [A, B] = [0x020000000001, 0x020000000002];
const frame = (ethSrc: number, ethDst: number) => buildEthernet({ ethSrc, ethDst, ethType: 0x88b5 }, new Uint8Array(46));

const { describe, test } = withPeers(["ovs-vswitchd", "ovs-ofctl"]);

for (const version of ["1.0", "1.3"] as const)
  describe(`Open vSwitch and the learning application, OpenFlow ${version}`, () => {
    const protocol = `OpenFlow${version.replace(".", "")}`;

    test("a link that goes down, a port that is removed, and a controller that was away meanwhile", async () => {
      const serve = async (port: number): Promise<Controller> => {
        const controller = new Controller({ versions: [version === "1.0" ? 1 : 4] });
        controller.use(l2Learning);
        await controller.listen(`ptcp:${port}:127.0.0.1`);
        return controller;
      };
      let controller = new Controller({ versions: [version === "1.0" ? 1 : 4] });
      controller.use(l2Learning);
      const { name } = await controller.listen("ptcp:0:127.0.0.1");
      const port = Number(name.split(":")[1]);
      await using ovs = await OpenVswitch.start();
      let over = false;
      let traffic: Promise<void> = Promise.resolve();
      try {
        await ovs.addBridge("br0", { protocols: [protocol], dpid: 0x2cn, controllers: [`tcp:127.0.0.1:${port}`] });
        for (const ofport of [1, 2, 3, 4]) await ovs.addPort("br0", `p${ofport}`, { ofport });
        await eventually(() => controller.datapaths.get(0x2cn)?.ports.has(4) === true);
        if (version === "1.3") await ovs.waitTableMiss("br0", protocol);
        const flowsTo = async (out: string): Promise<string[]> =>
          (await ovs.ofctl("-O", protocol, "dump-flows", "br0")).split("\n").filter((line) => line.includes(`actions=output:${out}`));
        /** More frames come out of a port. */
        const reached = async (p: string): Promise<void> => {
          const before = (await ovs.sent(p)).length;
          await ovs.waitSent(p, before + 3);
        };
        await ovs.receive("p1", frame(A, B));
        await ovs.waitSent("p2", 1);
        await ovs.receive("p2", frame(B, A));
        await ovs.waitSent("p1", 1);
        traffic = (async () => {
          while (!over) await ovs.receive("p1", frame(A, B));
        })();
        await eventually(async () => (await flowsTo("2")).length === 1);
        // unplugged at p2: A's frames are flooded again, so that B hears them wherever it is
        await ovs.appctl("netdev-dummy/set-admin-state", "p2", "down");
        await reached("p3");
        await reached("p4");
        // it is heard at p3, and its port is removed
        await ovs.receive("p3", frame(B, A));
        await eventually(async () => (await flowsTo("3")).length === 1);
        await ovs.vsctl("del-port", "br0", "p3");
        await reached("p4");
        // it is heard at p4, and moves to p2 while there is no controller
        await ovs.receive("p4", frame(B, A));
        await eventually(async () => (await flowsTo("4")).length === 1);
        await controller.close();
        await ovs.appctl("netdev-dummy/set-admin-state", "p4", "down");
        await ovs.appctl("netdev-dummy/set-admin-state", "p2", "up");
        expect(await flowsTo("4")).toHaveLength(1);
        controller = await serve(port);
        await reached("p2");
        expect(await flowsTo("4")).toEqual([]);
      } finally {
        over = true;
        await traffic;
        await controller.close();
      }
    });
  });
