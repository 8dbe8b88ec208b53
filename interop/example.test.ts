import { join } from "node:path";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { freePort } from "./harness/ports.js";
import { start } from "./harness/process.js";

const EXAMPLE = join(import.meta.dirname, "../examples/learning-switch.mjs");
const PROGRAM = join(import.meta.dirname, "../bin/southbound.js");

const arp = (op: 1 | 2, from: number, to: number): string => {
  const mac = (n: number): string => `50:54:00:00:00:0${n}`;
  const dst = op === 1 ? "ff:ff:ff:ff:ff:ff" : mac(to);
  return `in_port(${from}),eth(src=${mac(from)},dst=${dst}),eth_type(0x0806),arp(sip=10.0.0.${from},tip=10.0.0.${to},op=${op},sha=${mac(from)},tha=00:00:00:00:00:00)`;
};

const { describe, test } = withPeers(["ovs-vswitchd", "ovs-ofctl"]);

describe("the README's controller", () => {
  for (const version of ["OpenFlow10", "OpenFlow13"]) {
    test(`serves Open vSwitch with ${version}`, async () => {
      const port = await freePort();
      const controller = start(process.execPath, [PROGRAM, "controller", "--listen", `ptcp:${port}:127.0.0.1`, EXAMPLE]);
      await controller.waitForLine(/listening on/);
      await using ovs = await OpenVswitch.start();
      await ovs.addBridge("br0", { protocols: [version], controllers: [`tcp:127.0.0.1:${port}`] });
      await ovs.addPort("br0", "p1", { ofport: 1 });
      await ovs.addPort("br0", "p2", { ofport: 2 });
      await controller.waitForLine(/is up/);
      await ovs.waitTableMiss("br0", version);
      await ovs.receive("p1", arp(1, 1, 2));
      await ovs.waitSent("p2", 1);
      await ovs.receive("p2", arp(2, 2, 1));
      await ovs.waitSent("p1", 1);
      await ovs.waitFlows("br0", version, /idle_timeout=60, (idle_age=\d+, )?dl_dst=50:54:00:00:00:01 actions=output:1/);
    });
  }
});
