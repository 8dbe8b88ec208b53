/** The controllers of examples/, which examples/README.md lists, at work: with Open vSwitch and with the embedded switch, by what their packets, flows, links and counters do. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as vitest from "vitest";
import { afterEach, beforeEach, expect, vi } from "vitest";
import firewall from "../examples/firewall.js";
import groupsAndMeters from "../examples/groups-and-meters.js";
import learningSwitch from "../examples/learning-switch.js";
import linkDiscovery from "../examples/link-discovery.js";
import statisticsPoller from "../examples/statistics-poller.js";
import { type App, Controller } from "../src/controller/mod.js";
import { apply, FlowMod, FlowStatsRequest, MeterStatsRequest, Output, PortNo } from "../src/ofp/mod.js";
import { buildTcp } from "../src/packet/mod.js";
import { pipe } from "../src/stream/mod.js";
import { Host, link, Switch } from "../src/switch/mod.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { eventually } from "./harness/wait.js";

/** What the examples have printed. */
let printed: string[] = [];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
});
afterEach(() => vi.restoreAllMocks());

const line = (pattern: RegExp): Promise<string> =>
  eventually(() => printed.find((text) => pattern.test(text)), { what: () => `${pattern} in\n${printed.join("\n")}\n` });

/** Adds everything that floods, so that packets and flows count. */
const hub: App = (controller) => {
  controller.on("up", (dp) => void dp.send(FlowMod.of({ priority: 1, instructions: [apply(Output.of({ port: PortNo.Flood }))] })));
};

/** A TCP connection's first packet from host 1 to host 2. */
const connection = (tcpSrc: number, tcpDst = 80): Uint8Array =>
  buildTcp({ ethSrc: 0x0200_0000_0001, ethDst: 0x0200_0000_0002, ipv4Src: 0x0a00_0001, ipv4Dst: 0x0a00_0002, tcpSrc, tcpDst, flags: 2 });
const telnet = (): Uint8Array => connection(40_000, 23);

function controllerWith(...apps: App[]): Controller {
  const errors: string[] = [];
  const controller = new Controller({ versions: [4], log: (level, text) => void (level === "error" && errors.push(text)) });
  for (const app of apps) controller.use(app);
  vitest.onTestFinished(async () => {
    await controller.close();
    expect(errors).toEqual([]);
  });
  return controller;
}

vitest.test("each is TypeScript of fewer than 30 lines", () => {
  const folder = join(import.meta.dirname, "../examples");
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  expect(files).toEqual(["firewall.ts", "groups-and-meters.ts", "learning-switch.ts", "link-discovery.ts", "statistics-poller.ts"]);
  for (const file of files) expect(readFileSync(join(folder, file), "utf8").trimEnd().split("\n").length, file).toBeLessThan(30);
});

vitest.describe("with the embedded switch", () => {
  /** Two switches that are linked, with a host each, and their connections. */
  function network(controller: Controller): { readonly switches: readonly Switch[]; readonly hosts: readonly Host[] } {
    const switches = [1n, 2n].map((datapathId) => new Switch({ datapathId }));
    const hosts = switches.map((sw, i) => {
      const host = new Host({ name: `h${i + 1}`, mac: 0x0200_0000_0001 + i, ip: 0x0a00_0001 + i });
      link(sw.addPort(), host.port);
      return host;
    });
    link(switches[0]!.addPort(), switches[1]!.addPort());
    for (const sw of switches) {
      const [here, there] = pipe();
      controller.accept(there);
      sw.attach(here);
    }
    vitest.onTestFinished(async () => void (await Promise.all(switches.map((sw) => sw.close()))));
    return { switches, hosts };
  }

  const up = (controller: Controller): Promise<unknown> => eventually(() => controller.datapaths.size === 2);
  const barriers = (controller: Controller): Promise<unknown> => Promise.all([...controller.datapaths.values()].map((dp) => dp.barrier()));
  const flows = async (controller: Controller): Promise<string[]> =>
    (await Promise.all([...controller.datapaths.values()].map((dp) => dp.collect(FlowStatsRequest.of()))))
      .flat()
      .map((f) => `${f.priority} ${f.match}`);

  vitest.test("the learning switch: hosts reach each other, and the second packet needs no controller", async () => {
    const controller = controllerWith(learningSwitch);
    const { hosts } = network(controller);
    await up(controller);
    await barriers(controller);
    expect((await hosts[0]!.ping(hosts[1]!.ip)).seq).toBeDefined();
    await barriers(controller);
    const found = await flows(controller);
    for (const mac of ["02:00:00:00:00:01", "02:00:00:00:00:02"]) expect(found.filter((text) => text.includes(mac))).toHaveLength(2);
    let packetIns = 0;
    controller.on("packet-in", () => {
      packetIns++;
    });
    await hosts[0]!.ping(hosts[1]!.ip);
    await barriers(controller);
    expect(packetIns).toBe(0);
  });

  vitest.test("the poller prints what ports and flows have counted", async () => {
    const controller = controllerWith(hub, statisticsPoller);
    const { hosts } = network(controller);
    await up(controller);
    await barriers(controller);
    await hosts[0]!.ping(hosts[1]!.ip);
    // a request and a reply of ARP and of ICMP: two packets each way
    await line(/^0000000000000001 port 1: 2 packets in, 2 out$/);
    await line(/^0000000000000002 port 2: 2 packets in, 2 out$/);
    await line(/^0000000000000001 flow of priority 1 .*: 4 packets, \d+ bytes$/);
  });

  vitest.test("the firewall lets pings through, drops and counts what is denied, and leaves nothing behind", async () => {
    const controller = controllerWith();
    const app = controller.use(firewall);
    const { switches, hosts } = network(controller);
    await line(/^0000000000000002 is guarded$/);
    await line(/^0000000000000001 is guarded$/);
    await hosts[0]!.ping(hosts[1]!.ip);
    for (let i = 0; i < 3; i++) switches[0]!.port(1)!.receive(telnet());
    await line(/^0000000000000001: "tcp,tp_dst=23" has dropped 3 packets$/);
    expect(printed.filter((text) => text.startsWith("0000000000000002:"))).toEqual([]);
    expect(await flows(controller)).toHaveLength(6);
    app.unload();
    await barriers(controller);
    expect(await flows(controller)).toEqual([]);
  });

  vitest.test("discovery finds the link, both ways", async () => {
    network(controllerWith(linkDiscovery));
    await line(/^0000000000000001 port 2 -> 0000000000000002 port 2$/);
    await line(/^0000000000000002 port 2 -> 0000000000000001 port 2$/);
    expect(printed).toHaveLength(2);
  });

  vitest.test("groups and meters: what comes in at port 1 is shared, and counted by the meter", async () => {
    const controller = controllerWith(groupsAndMeters);
    const sw = new Switch({ datapathId: 1n });
    vitest.onTestFinished(() => sw.close());
    for (const n of [0, 1, 2]) {
      const host = new Host({ name: `h${n + 1}`, mac: 0x0200_0000_0001 + n, ip: 0x0a00_0001 + n });
      link(sw.addPort(), host.port);
    }
    const [here, there] = pipe();
    controller.accept(there);
    sw.attach(here);
    await line(/^0000000000000001 shares port 1 between 2 and 3$/);
    for (let i = 0; i < 24; i++) sw.port(1)!.receive(connection(40_000 + i));
    const left = (port: number): number => sw.port(port)!.counters.txPackets;
    await eventually(() => left(2) + left(3) === 24, { what: () => `24 frames out of ports 2 and 3, and not ${left(2)} and ${left(3)}` });
    for (const port of [2, 3]) expect(left(port)).toBeGreaterThan(0);
    expect(left(1)).toBe(0);
    sw.port(3)!.receive(connection(80, 40_000));
    await eventually(() => left(1) === 1);
    const [meter] = await [...controller.datapaths.values()][0]!.collect(MeterStatsRequest.of({ meterId: 1 }));
    expect(meter?.packetInCount).toBe(24n);
  });
});

const { describe, test } = withPeers(["ovs-vswitchd", "ovs-ofctl"]);
const OF13 = ["-O", "OpenFlow13"];

describe("with Open vSwitch", () => {
  const mac = (n: number): string => `50:54:00:00:00:0${n}`;
  const arp = (op: 1 | 2, from: number, to: number): string =>
    `in_port(${from}),eth(src=${mac(from)},dst=${op === 1 ? "ff:ff:ff:ff:ff:ff" : mac(to)}),eth_type(0x0806),arp(sip=10.0.0.${from},tip=10.0.0.${to},op=${op},sha=${mac(from)},tha=00:00:00:00:00:00)`;

  /** A bridge with ports p1 to pN that the controller serves. */
  async function bridge(controller: Controller, ports: number): Promise<OpenVswitch> {
    const { name } = await controller.listen("ptcp:0:127.0.0.1");
    const ovs = await OpenVswitch.start();
    vitest.onTestFinished(() => ovs.stop());
    await ovs.addBridge("br0", { protocols: ["OpenFlow13"], controllers: [`tcp:127.0.0.1:${name.split(":")[1]}`] });
    for (let n = 1; n <= ports; n++) await ovs.addPort("br0", `p${n}`, { ofport: n });
    await eventually(() => controller.datapaths.size === 1 && [...controller.datapaths.values()][0]!.ports.size > ports);
    return ovs;
  }

  test("the learning switch", async () => {
    const ovs = await bridge(controllerWith(learningSwitch), 2);
    await ovs.waitTableMiss("br0", "OpenFlow13");
    await ovs.receive("p1", arp(1, 1, 2));
    await ovs.waitSent("p2", 1);
    await ovs.receive("p2", arp(2, 2, 1));
    await ovs.waitSent("p1", 1);
    await ovs.waitFlows("br0", "OpenFlow13", /idle_timeout=60, (idle_age=\d+, )?dl_dst=50:54:00:00:00:01 actions=output:1/);
  });

  test("the poller", async () => {
    const ovs = await bridge(controllerWith(hub, statisticsPoller), 2);
    await ovs.waitFlows("br0", "OpenFlow13", /actions=FLOOD/);
    for (let i = 0; i < 3; i++) await ovs.receive("p1", arp(1, 1, 2));
    await line(/ port 1: 3 packets in, 0 out$/);
    await line(/ port 2: 0 packets in, 3 out$/);
    await line(/ flow of priority 1 .*: 3 packets, \d+ bytes$/);
  });

  test("the firewall", async () => {
    const controller = controllerWith();
    const app = controller.use(firewall);
    const ovs = await bridge(controller, 2);
    await line(/ is guarded$/);
    await ovs.receive("p1", arp(1, 1, 2));
    await ovs.waitSent("p2", 1);
    for (let i = 0; i < 3; i++) await ovs.receive("p1", telnet());
    await line(/: "tcp,tp_dst=23" has dropped 3 packets$/);
    expect(await ovs.sent("p2")).toHaveLength(1);
    await ovs.ofctl(...OF13, "add-flow", "br0", "cookie=0x1,priority=7,actions=drop");
    app.unload();
    await eventually(async () => !(await ovs.ofctl(...OF13, "dump-flows", "br0")).includes("cookie=0xf1e0"));
    expect(await ovs.ofctl(...OF13, "dump-flows", "br0")).toContain("priority=7 actions=drop");
  });

  test("discovery finds the link between two bridges", async () => {
    const controller = controllerWith(linkDiscovery);
    const ovs = await bridge(controller, 0);
    const target = (await ovs.vsctl("get-controller", "br0")).trim();
    await ovs.addBridge("br1", { protocols: ["OpenFlow13"], controllers: [target] });
    const patch = (name: string, peer: string): string[] => [
      "--",
      "set",
      "interface",
      name,
      "type=patch",
      `options:peer=${peer}`,
      "ofport_request=5",
    ];
    await ovs.vsctl("add-port", "br0", "to1", ...patch("to1", "to0"), "--", "add-port", "br1", "to0", ...patch("to0", "to1"));
    const id = async (name: string): Promise<string> => (await ovs.vsctl("get", "bridge", name, "datapath-id")).trim().replaceAll('"', "");
    const [a, b] = [await id("br0"), await id("br1")];
    await line(new RegExp(`^${a} port 5 -> ${b} port 5$`));
    await line(new RegExp(`^${b} port 5 -> ${a} port 5$`));
    expect(printed).toHaveLength(2);
  });

  test("groups and meters", async () => {
    const ovs = await bridge(controllerWith(groupsAndMeters), 3);
    await line(/ shares port 1 between 2 and 3$/);
    const groups = await ovs.ofctl(...OF13, "dump-groups", "br0");
    expect(groups).toContain(" group_id=1,type=select,bucket=weight:2,actions=output:2,bucket=actions=output:3\n");
    expect(await ovs.ofctl(...OF13, "dump-meters", "br0")).toMatch(/meter=1 pktps bands=\s*type=drop rate=1000/);
    for (let i = 0; i < 24; i++) await ovs.receive("p1", connection(40_000 + i));
    const shared = async (): Promise<number[]> => [(await ovs.sent("p2")).length, (await ovs.sent("p3")).length];
    await eventually(async () => (await shared()).reduce((n, m) => n + m) === 24);
    for (const n of await shared()) expect(n).toBeGreaterThan(0);
    await ovs.receive("p3", arp(2, 2, 1));
    await ovs.waitSent("p1", 1);
    expect(await ovs.ofctl(...OF13, "meter-stats", "br0")).toMatch(/packet_in_count:24/);
  });
});
