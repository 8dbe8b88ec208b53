/** What matches of OpenFlow 1.0 on IPv6 match: in a real Open vSwitch and in our switch the same packets. */
import { afterAll, beforeAll, expect } from "vitest";
import { toHex } from "../src/bytes/mod.js";
import { Controller, type Datapath } from "../src/controller/mod.js";
import { apply, FlowMod, FlowModCommand, Match, type MatchInit, Output } from "../src/ofp/mod.js";
import { ArpOp, buildArp, buildIcmpv6Echo, buildTcp, buildUdp } from "../src/packet/mod.js";
import { Switch } from "../src/switch/mod.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { eventually } from "./harness/wait.js";

const { describe, test } = withPeers(["ovs-vswitchd"]);

const V6 = { ethDst: 0x020000000002, ethSrc: 0x020000000001, ipv6Src: 1n << 64n, ipv6Dst: 2n << 64n };
const V4 = { ethDst: 0x020000000002, ethSrc: 0x020000000001, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002 };
const data = new Uint8Array(20);
const PACKETS: Readonly<Record<string, Uint8Array>> = {
  udp6: buildUdp({ ...V6, udpSrc: 5, udpDst: 53 }, data),
  tcp6: buildTcp({ ...V6, tcpSrc: 5, tcpDst: 53 }, data),
  echo6: buildIcmpv6Echo({ ...V6, reply: false, id: 1, seq: 1, data }),
  udp4: buildUdp({ ...V4, udpSrc: 5, udpDst: 53 }, data),
};
/** Comes out whatever flow is tried, so that what came before it has come out as well. */
const MARK = buildArp({ op: ArpOp.Request, sha: 0x020000000001, spa: 1, tpa: 2 });
const to2 = [apply(Output.of({ port: 2 }))];

const MATCHES: readonly MatchInit[] = [
  { ethType: 0x86dd },
  { ethType: 0x86dd, ipProto: 17 },
  { ethType: 0x86dd, ipProto: 6, tcpDst: 53 },
  { ethType: 0x86dd, ipProto: 6, tcpDst: 54 },
  { ethType: 0x86dd, ipProto: 17, udpSrc: 5, udpDst: 53 },
  { ethType: 0x86dd, ipProto: 58 },
  { ethType: 0x86dd, ipProto: 58, icmpv6Type: 128, icmpv6Code: 0 },
  { ethType: 0x86dd, ipProto: 58, icmpv6Type: 129 },
  { ethType: 0x86dd, ipDscp: 1 },
  { ethType: 0x86dd, ipDscp: 0 },
  { ethType: 0x0800, ipProto: 17 },
];

describe("OpenFlow 1.0 and IPv6", () => {
  let ovs: OpenVswitch;
  let controller: Controller;
  const sw = new Switch({ datapathId: 2n, versions: [1] });
  const passed: string[] = [];
  const datapaths: Datapath[] = [];

  beforeAll(async () => {
    ovs = await OpenVswitch.start();
    controller = new Controller({ versions: [1] });
    const listener = await controller.listen("ptcp:0:127.0.0.1");
    const target = `tcp:127.0.0.1:${listener.name.split(":")[1]}`;
    controller.on("up", (dp) => void datapaths.push(dp));
    await ovs.addBridge("br0", { protocols: ["OpenFlow10"], dpid: 1n });
    for (const n of [1, 2]) await ovs.addPort("br0", `p${n}`, { ofport: n });
    await ovs.vsctl("set-controller", "br0", target);
    sw.addPort();
    sw.addPort().plug = { carry: (frame) => passed.push(toHex(frame)) > 0 };
    sw.connect(target);
    await eventually(() => datapaths.length === 2);
  });
  afterAll(async () => {
    await sw.close();
    await controller?.close();
    await ovs?.stop();
  });

  for (const init of MATCHES) {
    test(JSON.stringify(init), async () => {
      for (const dp of datapaths) {
        await dp.batch([
          FlowMod.of({ command: FlowModCommand.Delete }),
          FlowMod.of({ priority: 1, match: Match.of({ ethType: 0x0806 }), instructions: to2 }),
          FlowMod.of({ priority: 2, match: Match.of(init), instructions: to2 }),
        ]);
      }
      const before = (await ovs.sent("p2")).length;
      passed.length = 0;
      for (const packet of [...Object.values(PACKETS), MARK]) {
        await ovs.receive("p1", packet);
        sw.port(1)!.receive(packet);
      }
      const names = (frames: readonly string[]) => Object.keys(PACKETS).filter((name) => frames.includes(toHex(PACKETS[name]!)));
      const sent = await eventually(async () => {
        const frames = (await ovs.sent("p2")).slice(before).map(toHex);
        return frames.includes(toHex(MARK)) ? frames : undefined;
      });
      expect(names(passed)).toEqual(names(sent));
      expect(names(sent).length > 0).toBe(init.tcpDst !== 54 && init.icmpv6Type !== 129 && init.ipDscp !== 1);
    });
  }
});
