/** A real Open vSwitch is served by our controller, over OpenFlow 1.0 and 1.3. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect } from "vitest";
import { toHex } from "../src/bytes/mod.js";
import { Controller, type Datapath } from "../src/controller/mod.js";
import { ArpOp, buildArp, buildIcmpEcho } from "../src/packet/mod.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { freePort } from "./harness/ports.js";
import { Program, run, start } from "./harness/process.js";
import { eventually } from "./harness/wait.js";

const PROGRAM = fileURLToPath(new URL("../bin/southbound.js", import.meta.url));
const A = { mac: 0x020000000001, text: "02:00:00:00:00:01", ip: 0x0a000001 };
const B = { mac: 0x020000000002, text: "02:00:00:00:00:02", ip: 0x0a000002 };
type Host = typeof A;

const request = (from: Host, to: Host) => buildArp({ op: ArpOp.Request, sha: from.mac, spa: from.ip, tpa: to.ip });
const reply = (from: Host, to: Host) => buildArp({ op: ArpOp.Reply, sha: from.mac, spa: from.ip, tha: to.mac, tpa: to.ip });
const ping = (from: Host, to: Host, seq: number, size: number) =>
  buildIcmpEcho({
    ethSrc: from.mac,
    ethDst: to.mac,
    ipv4Src: from.ip,
    ipv4Dst: to.ip,
    reply: false,
    id: 1,
    seq,
    data: new Uint8Array(size).fill(seq),
  });

/** The place that `southbound controller` says it listens at, as a switch names it. */
async function target(program: Program): Promise<string> {
  const line = await program.waitForLine(/listening on ptcp:\d+:127\.0\.0\.1/);
  return `tcp:127.0.0.1:${/ptcp:(\d+)/.exec(line)![1]}`;
}

const controllerAt = (listen: string) => [PROGRAM, "controller", "--listen", listen];

const { describe, test } = withPeers(["ovs-vswitchd", "ovs-ofctl"]);

for (const version of ["1.0", "1.3"] as const) {
  const protocol = `OpenFlow${version.replace(".", "")}`;

  describe(`Open vSwitch and southbound controller, OpenFlow ${version}`, () => {
    let ovs: OpenVswitch;
    let controller: Program;
    let listen: string;

    /** The flows but the one for what no flow matches. */
    const flows = async () => {
      const lines = (await ovs.ofctl("-O", protocol, "dump-flows", "br0")).split("\n");
      return lines.filter((line) => line.includes("actions=") && !line.includes("CONTROLLER"));
    };
    const flowTo = async (host: Host) => (await flows()).filter((line) => line.includes(`dl_dst=${host.text}`));
    const waitFlowTo = (host: Host, out: string) =>
      eventually(async () => (await flowTo(host)).find((line) => line.endsWith(`actions=${out}`)), {
        what: async () => `a flow to ${host.text} with ${out} among\n${(await flows()).join("\n")}\n—`,
      });
    /** The switch is set up as the application wants it. */
    const ready = async (program: Program) => {
      await ovs.waitConnected("br0");
      await program.waitForLine(/is up with \d+ ports/);
      await ovs.waitTableMiss("br0", protocol);
    };
    /** Lets a packet in at one port; answers when exactly it has come out at all of `out` next, and nothing else anywhere. */
    const pass = async (into: string, packet: Uint8Array, out: readonly string[]) => {
      const ports = ["p1", "p2", "p3"];
      const before = new Map(await Promise.all(ports.map(async (port) => [port, (await ovs.sent(port)).length] as const)));
      await ovs.receive(into, packet);
      for (const port of out) {
        const sent = await ovs.waitSent(port, before.get(port)! + 1);
        expect(toHex(sent.at(-1)!)).toBe(toHex(packet));
      }
      const after = await Promise.all(ports.map(async (port) => (await ovs.sent(port)).length - before.get(port)!));
      expect(after).toEqual(ports.map((port) => (out.includes(port) ? 1 : 0)));
    };

    beforeAll(async () => {
      controller = new Program(process.execPath, controllerAt("ptcp:0:127.0.0.1"));
      const at = await target(controller);
      listen = `ptcp:${at.split(":")[2]}:127.0.0.1`;
      ovs = await OpenVswitch.start();
      await ovs.addBridge("br0", { protocols: [protocol], dpid: 0x2an });
      for (const ofport of [1, 2, 3]) await ovs.addPort("br0", `p${ofport}`, { ofport });
      await ovs.setControllers("br0", [at]);
      await ready(controller);
    });
    afterAll(async () => {
      await ovs?.stop();
      await controller?.stop();
    });

    test("the first packet of a host is flooded, and leaves no flow", async () => {
      expect(controller.output).toContain(`000000000000002a (OpenFlow ${version}, tcp:127.0.0.1:`);
      await pass("p1", request(A, B), ["p2", "p3"]);
      expect(await flows()).toEqual([]);
    });

    test("the answer goes to the one port, and leaves a flow there", async () => {
      await pass("p2", reply(B, A), ["p1"]);
      const flow = await waitFlowTo(A, "output:1");
      expect(flow).toMatch(/idle_timeout=60,/);
      expect(flow).toContain(`in_port=2,dl_src=${B.text},dl_dst=${A.text}`);
      expect(await flows()).toHaveLength(1);
    });

    test("a pair that talks has a flow each way, and its packets pass without the controller", async () => {
      await pass("p1", ping(A, B, 1, 56), ["p2"]);
      const flow = await waitFlowTo(B, "output:2");
      expect(flow).toContain(`in_port=1,dl_src=${A.text},dl_dst=${B.text}`);
      expect(flow).toMatch(/idle_timeout=60,/);
      for (let seq = 2; seq <= 4; seq++) await pass("p1", ping(A, B, seq, 56), ["p2"]);
      await eventually(async () => /n_packets=3,/.test((await flowTo(B))[0] ?? ""), { what: async () => (await flows()).join("\n") });
    });

    test("a packet of full size passes whole", async () => {
      await ovs.ofctl("-O", protocol, "del-flows", "br0", `dl_dst=${B.text}`);
      await pass("p1", ping(A, B, 5, 1472), ["p2"]);
      await waitFlowTo(B, "output:2");
    });

    test("packets to a host that has moved go to its new port", async () => {
      await pass("p3", ping(A, B, 6, 56), ["p2"]);
      await eventually(async () => (await flowTo(A)).length === 0, { what: async () => (await flows()).join("\n") });
      await pass("p2", ping(B, A, 7, 56), ["p3"]);
      expect(await waitFlowTo(A, "output:3")).toContain(`in_port=2,dl_src=${B.text}`);
    });

    test("the controller ends with status 0 at SIGTERM, and the switch comes back to one that starts anew", async () => {
      expect(await controller.stop()).toEqual({ status: 0, signal: null });
      controller = new Program(process.execPath, controllerAt(listen));
      expect(await target(controller)).toBe(`tcp:127.0.0.1:${listen.split(":")[1]}`);
      await ready(controller);
      await ovs.ofctl("-O", protocol, "del-flows", "br0", `dl_dst=${A.text}`);
      await ovs.ofctl("-O", protocol, "del-flows", "br0", `dl_dst=${B.text}`);
      await pass("p2", request(B, A), ["p1", "p3"]);
      await pass("p1", reply(A, B), ["p2"]);
      await waitFlowTo(B, "output:2");
    });
  });

  describe(`Open vSwitch and a Controller of the library, OpenFlow ${version}`, () => {
    test("it is up with its ports, tells of changes, answers a barrier, and is down when it ends", async () => {
      await using controller = new Controller();
      const ups: Datapath[] = [];
      const downs: Datapath[] = [];
      controller.on("up", (dp) => ups.push(dp));
      controller.on("down", (dp) => downs.push(dp));
      const listener = await controller.listen("ptcp:0:127.0.0.1");
      await using ovs = await OpenVswitch.start();
      await ovs.addBridge("br0", {
        protocols: [protocol],
        dpid: 0x2bn,
        controllers: [`tcp:127.0.0.1:${listener.name.split(":")[1]}`],
      });
      await ovs.addPort("br0", "p1", { ofport: 1 });
      const dp = await eventually(() => ups[0]);
      expect(dp.id).toBe(0x2bn);
      expect(dp.version).toBe(version === "1.0" ? 1 : 4);
      await eventually(() => dp.ports.get(1)?.name === "p1");
      await dp.barrier();
      await ovs.addPort("br0", "p2", { ofport: 2 });
      await eventually(() => dp.ports.get(2)?.name === "p2");
      await ovs.vsctl("del-port", "br0", "p1");
      await eventually(() => !dp.ports.has(1));
      await ovs.setControllers("br0", []);
      await eventually(() => downs.length > 0);
      expect(downs).toEqual([dp]);
      expect(controller.datapaths.size).toBe(0);
    });
  });
}

describe("Open vSwitch and a controller that starts late", () => {
  test("finds it, and the controller ends with status 0 at SIGINT", async () => {
    await using ovs = await OpenVswitch.start();
    const port = await freePort();
    await ovs.addBridge("br0", { protocols: ["OpenFlow13"], controllers: [`tcp:127.0.0.1:${port}`] });
    const program = start(process.execPath, controllerAt(`ptcp:${port}:127.0.0.1`));
    await target(program);
    await program.waitForLine(/is up with \d ports?/);
    program.signal("SIGINT");
    expect(await program.exited).toEqual({ status: 0, signal: null });
  });
});

describe("southbound controller and a bridge that it connects to", () => {
  test("connects to the management socket, again after a crash, serves the version that both have, and is traced by ovs-appctl", async () => {
    const ovs = await OpenVswitch.start();
    await ovs.addBridge("br0", { dpid: 0x2bn });
    for (const ofport of [1, 2]) await ovs.addPort("br0", `p${ofport}`, { ofport });
    const control = `${ovs.dir}/southbound.ctl`;
    const program = new Program(process.execPath, [
      PROGRAM,
      "controller",
      "--connect",
      ovs.management("br0"),
      "--unixctl",
      control,
      "--set",
      "idle=77",
    ]);
    const appctl = (...args: string[]) => run("ovs-appctl", ["-t", control, ...args]);
    try {
      await program.waitForLine(/000000000000002b \(OpenFlow 1\.5, unix:.*\) is up/);
      await ovs.waitTableMiss("br0", "OpenFlow15");
      expect((await appctl("vlog/set", "vconn:dbg")).status).toBe(0);
      await ovs.receive("p1", request(A, B));
      await program.waitForLine(/received: NXT_PACKET_IN|received: OFPT_PACKET_IN/);
      await ovs.receive("p2", reply(B, A));
      await ovs.waitFlows("br0", "OpenFlow15", /idle_timeout=77,/);
      expect((await appctl("show")).stdout).toContain("trace on: all messages");
      expect((await appctl("vlog/set", "vconn:off")).status).toBe(0);
      await ovs.killSwitch();
      await program.waitForLine(/000000000000002b \(.*\) is down/);
      await ovs.startSwitch();
      await eventually(() => program.output.match(/ is up with /g)?.length === 2, { what: () => program.output });
      await ovs.vsctl("set", "bridge", "br0", "protocols=OpenFlow10");
    } finally {
      expect(await program.stop()).toEqual({ status: 0, signal: null });
      await ovs.stop();
    }
  });

  test("a bridge of other versions: the log says what to type, and typing it helps", async () => {
    const ovs = await OpenVswitch.start();
    await ovs.addBridge("br0", { dpid: 0x2cn, protocols: ["OpenFlow10"] });
    const program = new Program(process.execPath, [PROGRAM, "controller", "--connect", ovs.management("br0"), "-O", "OpenFlow13"]);
    try {
      const line = await program.waitForLine(/no version in common: let the switch offer one of ours/);
      const typed = /"ovs-vsctl ([^"]*)"/.exec(line)![1]!.replace("BRIDGE", "br0").split(" ");
      await ovs.vsctl(...typed);
      await program.waitForLine(/000000000000002c \(OpenFlow 1\.3, unix:.*\) is up/);
    } finally {
      await program.stop();
      await ovs.stop();
    }
  });
});
