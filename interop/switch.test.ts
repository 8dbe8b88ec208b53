/** The embedded switch, as `southbound switch` runs it, with a real controller and the real ovs-ofctl. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { withPeers } from "./harness/peers.js";
import { freePort } from "./harness/ports.js";
import { type Program, run, start } from "./harness/process.js";

const BIN = new URL("../bin/southbound.js", import.meta.url).pathname;
const VERSIONS = ["OpenFlow10", "OpenFlow13"] as const;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "southbound-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

let sockets = 0;

/** Starts a switch with a listener for tools, and waits until that is there. */
async function startSwitch(...words: string[]): Promise<{ program: Program; target: string }> {
  const file = join(dir, `s${++sockets}.mgmt`);
  const program = start(process.execPath, [BIN, "switch", "--listen", `punix:${file}`, ...words]);
  await program.waitForLine("listening on");
  return { program, target: `unix:${file}` };
}

const controllerPeers = withPeers(["ovs-testcontroller", "ovs-ofctl"]);

controllerPeers.describe("ovs-testcontroller", () => {
  test.each(VERSIONS)("%s: hosts of the switch reach each other", async (version) => {
    const port = await freePort();
    start("ovs-testcontroller", ["-O", version, `ptcp:${port}:127.0.0.1`, `--unixctl=${join(dir, `${version}.ctl`)}`]);
    const { program, target } = await startSwitch("--controller", `tcp:127.0.0.1:${port}`, "--ports", "3", "--ping", "0.2");
    await program.waitForLine(/h1 -> h2 10\.0\.0\.2: .* time=/);
    await program.waitForLine(/h1 -> h3 10\.0\.0\.3: .* time=/);
    expect(program.output).toContain(version === "OpenFlow10" ? "connected, OpenFlow 1.0" : "connected, OpenFlow 1.3");
    const flows = await run("ovs-ofctl", ["-O", "OpenFlow13", "dump-flows", target]);
    expect(flows.stdout).toMatch(/icmp,in_port=1,.*nw_dst=10\.0\.0\.2.* actions=output:2/);
    expect(await program.stop()).toEqual({ status: 0, signal: null });
  });

  test("a controller that goes and comes back is found again", async () => {
    const port = await freePort();
    const controller = () => start("ovs-testcontroller", [`ptcp:${port}:127.0.0.1`, `--unixctl=${join(dir, "again.ctl")}`]);
    const first = controller();
    const { program } = await startSwitch("--controller", `tcp:127.0.0.1:${port}`);
    await program.waitForLine(/connected, OpenFlow/);
    await first.stop();
    await program.waitForLine(/connection closed|connection dropped/);
    controller();
    await expect.poll(() => program.output.match(/connected, OpenFlow/g)?.length, { timeout: 30_000 }).toBe(2);
    expect((await program.stop()).status).toBe(0);
  });
});

const toolPeers = withPeers(["ovs-ofctl"]);

toolPeers.describe("ovs-ofctl", () => {
  let program: Program;
  let target: string;

  beforeAll(async () => {
    ({ program, target } = await startSwitch("--dpid", "abc", "--ports", "3"));
  });
  beforeEach(async () => {
    await ofctl("OpenFlow13", "del-flows", target);
  });
  afterAll(async () => {
    expect((await program.stop()).status).toBe(0);
  });

  const ofctl = async (version: string, ...words: string[]): Promise<string> => {
    const result = await run("ovs-ofctl", ["-O", version, "--timeout=60", ...words]);
    const how = result.status === 0 ? "" : `status ${result.status}: `;
    return `${how}${result.stdout}${result.stderr}`;
  };
  /** The flows without counters, sorted. */
  const flows = async (version: string, ...words: string[]): Promise<string[]> =>
    (await ofctl(version, "--no-stats", "dump-flows", target, ...words))
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.includes("actions="))
      .sort();

  /** The flag that an ADD of OpenFlow 1.0 implies, where flows print their flags: before the priority. */
  const withResetCounts = (line: string): string => line.replace(/priority=/, "reset_counts priority=");

  /** What is added, and how OpenFlow 1.3 prints it where that differs. */
  const COMMON: readonly (readonly [string, string?])[] = [
    ["priority=10,in_port=1 actions=output:2"],
    ["priority=11,dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02 actions=output:3"],
    ["priority=12,arp,arp_spa=10.0.0.1 actions=FLOOD"],
    [
      "priority=13,tcp,nw_src=10.0.0.0/8,tp_dst=80 actions=mod_dl_dst:00:00:00:00:00:09,output:2",
      "priority=13,tcp,nw_src=10.0.0.0/8,tp_dst=80 actions=set_field:00:00:00:00:00:09->eth_dst,output:2",
    ],
    [
      "priority=14,udp,nw_dst=10.1.2.3,tp_src=53 actions=mod_nw_src:1.2.3.4,mod_tp_dst:99,output:1",
      "priority=14,udp,nw_dst=10.1.2.3,tp_src=53 actions=set_field:1.2.3.4->ip_src,set_field:99->udp_dst,output:1",
    ],
    ["priority=15,dl_vlan=5 actions=strip_vlan,output:1", "priority=15,dl_vlan=5 actions=pop_vlan,output:1"],
    ["priority=16,dl_vlan=6,dl_vlan_pcp=3 actions=ALL"],
    ["priority=17,icmp,icmp_type=8 actions=CONTROLLER:128"],
    ["priority=18,ip,nw_tos=32 actions=mod_nw_tos:64,IN_PORT", "priority=18,ip,nw_tos=32 actions=set_field:16->ip_dscp,IN_PORT"],
    [
      "priority=19 actions=mod_vlan_vid:7,mod_vlan_pcp:2,output:2",
      "priority=19 actions=push_vlan:0x8100,set_field:4103->vlan_vid,set_field:2->vlan_pcp,output:2",
    ],
    ["cookie=0x1234, idle_timeout=60, hard_timeout=120, priority=20,in_port=2 actions=drop"],
    ["priority=21,sctp,tp_dst=7 actions=LOCAL"],
    ["priority=22,dl_type=0x88cc actions=CONTROLLER:65535"],
  ];
  const ONLY13 = [
    "priority=30,tcp6,ipv6_src=2001:db8::/32,tp_dst=443 actions=set_field:2001:db8::1->ipv6_dst,output:2",
    "priority=31,icmp6,icmp_type=135,nd_target=fe80::1 actions=set_field:fe80::2->nd_target,output:2",
    "priority=32,dl_src=01:00:00:00:00:00/01:00:00:00:00:00 actions=output:2",
    "priority=33,tcp,nw_src=10.0.0.1/255.0.0.255 actions=dec_ttl,output:2",
    "priority=34,ip actions=push_vlan:0x8100,set_field:4100->vlan_vid,output:2",
    "priority=35,metadata=0x5/0xff actions=output:2",
    "priority=36,vlan_tci=0x1000/0x1000 actions=pop_vlan,output:2",
    "priority=37,arp,arp_op=1,arp_sha=00:00:00:00:00:01 actions=set_field:00:00:00:00:00:05->arp_sha,IN_PORT",
    "priority=38,tcp,tp_src=0x1000/0xf000 actions=write_actions(output:2)",
    "priority=39,udp actions=clear_actions,write_metadata:0x12",
    "priority=0 actions=CONTROLLER:65535",
  ];
  const added = (line: string): string => line.replaceAll(", ", ",").replace(" actions=", ",actions=");
  const addAll = async (version: string, lines: readonly string[]): Promise<void> => {
    const result = await run("ovs-ofctl", ["-O", version, "add-flows", target, "-"], { input: `${lines.map(added).join("\n")}\n` });
    expect(`${result.stdout}${result.stderr}`).toBe("");
    expect(result.status).toBe(0);
  };

  test.each(VERSIONS)("%s: show and the dumps of what the switch is", async (version) => {
    const show = await ofctl(version, "show", target);
    expect(show).toContain("dpid:0000000000000abc");
    for (const name of ["1(p1)", "2(p2)", "3(p3)", "frags=normal miss_send_len=0"]) expect(show).toContain(name);
    expect(await ofctl(version, "dump-desc", target)).toMatch(
      /Manufacturer: southbound\n[\s\S]*DP Description: southbound switch 0000000000000abc/,
    );
    expect(await ofctl(version, "dump-tables", target)).toMatch(/table 0[\s\S]*active=0, lookup=\d+, matched=\d+/);
    expect(await ofctl(version, "dump-ports", target)).toMatch(/reply.*: 3 ports\n {2}port {2}1: rx pkts=\d+/);
    expect(await ofctl(version, "dump-ports", target, "2")).toMatch(/reply.*: 1 ports\n {2}port {2}2: rx/);
    expect(await ofctl(version, "dump-ports-desc", target)).toMatch(/1\(p1\): addr:[\s\S]*3\(p3\): addr:/);
    expect(await ofctl(version, "get-frags", target)).toBe("normal\n");
    expect(await ofctl(version, "set-frags", target, "drop")).toBe("");
    expect(await ofctl(version, "get-frags", target)).toBe("drop\n");
    expect(await ofctl(version, "set-frags", target, "normal")).toBe("");
    expect(await ofctl(version, "probe", target)).toBe("");
  });

  test.each(VERSIONS)("%s: flows come back as they were added", async (version) => {
    const lines = COMMON.map(([line]) => line);
    await addAll(version, version === "OpenFlow10" ? lines : [...lines, ...ONLY13]);
    const printed13 = COMMON.map(([old, now]) => now ?? old);
    expect(await flows(version)).toEqual((version === "OpenFlow10" ? lines : [...printed13, ...ONLY13]).toSorted());
    const count = version === "OpenFlow10" ? lines.length : lines.length + ONLY13.length;
    expect(await ofctl(version, "dump-aggregate", target)).toContain(`flow_count=${count}`);
    if (version === "OpenFlow10") {
      // an ADD of OpenFlow 1.0 implies it, and Open vSwitch reports it too
      expect(await flows("OpenFlow13")).toEqual(printed13.map(withResetCounts).toSorted());
      return;
    }
    // in OpenFlow 1.0 Nicira's form has all fields, and actions in the words that it has for them
    const old = await flows("OpenFlow10");
    expect(old).toEqual(
      expect.arrayContaining([
        "priority=33,tcp,nw_src=10.0.0.1/255.0.0.255 actions=dec_ttl,output:2",
        "priority=35,metadata=0x5/0xff actions=output:2",
        "priority=39,udp actions=write_metadata:0x12",
      ]),
    );
    expect(old.length).toBe(count);
  });

  test.each(VERSIONS)("%s: changed and deleted, by match and strictly", async (version) => {
    await addAll(version, [
      "priority=1,in_port=1 actions=output:2",
      "priority=2,in_port=1,ip actions=output:2",
      "cookie=0x77, priority=3,in_port=2 actions=output:3",
    ]);
    expect(await ofctl(version, "mod-flows", target, "in_port=1,actions=output:1")).toBe("");
    expect(await flows(version, "in_port=1")).toEqual([
      "priority=1,in_port=1 actions=output:1",
      "priority=2,ip,in_port=1 actions=output:1",
    ]);
    expect(await ofctl(version, "--strict", "mod-flows", target, "priority=1,in_port=1,actions=output:3")).toBe("");
    expect(await flows(version, "out_port=3")).toEqual(
      ["cookie=0x77, priority=3,in_port=2 actions=output:3", "priority=1,in_port=1 actions=output:3"].toSorted(),
    );
    expect(await ofctl(version, "--strict", "del-flows", target, "priority=1,in_port=1,ip")).toBe("");
    expect((await flows(version)).length).toBe(3);
    expect(await ofctl(version, "--strict", "del-flows", target, "priority=2,in_port=1,ip")).toBe("");
    expect((await flows(version)).length).toBe(2);
    expect(await ofctl(version, "del-flows", target, "in_port=1")).toBe("");
    expect(await flows(version)).toEqual(["cookie=0x77, priority=3,in_port=2 actions=output:3"]);
    if (version === "OpenFlow13") expect(await ofctl(version, "del-flows", target, "cookie=0x70/0xf0")).toBe("");
    else expect(await ofctl(version, "del-flows", target)).toBe("");
    expect(await flows(version)).toEqual([]);
  });

  test.each(VERSIONS)("%s: packets go out and are counted", async (version) => {
    const before = await ofctl(version, "dump-ports", target, "3");
    await addAll(version, ["priority=1,in_port=2 actions=output:3"]);
    const packet = "ffffffffffff0200000000990806000108000604000102000000009900000000000000000000000a00ffff";
    expect(await ofctl(version, "packet-out", target, `in_port=2 packet=${packet} actions=TABLE`)).toBe("");
    expect(await ofctl(version, "packet-out", target, `in_port=controller packet=${packet} actions=output:3,FLOOD`)).toBe("");
    const sent = (text: string) => Number(/tx pkts=(\d+)/.exec(text)?.[1]);
    expect(sent(await ofctl(version, "dump-ports", target, "3")) - sent(before)).toBe(3);
    expect(await ofctl(version, "dump-flows", target)).toMatch(/n_packets=1, n_bytes=43,/);
    expect(await ofctl(version, "packet-out", target, `in_port=1 packet=${packet} actions=NORMAL`)).toBe("");
    expect(await ofctl(version, "packet-out", target, `in_port=1 packet=${packet} actions=output:NONE`)).not.toBe("");
  });

  test("the features of the table", async () => {
    const text = await ofctl("OpenFlow13", "dump-table-features", target);
    expect(text).toMatch(
      /table 0 \("classifier"\):[\s\S]*max_entries=65536[\s\S]*instructions: meter apply_actions clear_actions write_actions/,
    );
    expect(text).toMatch(/exact match or wildcard: .*eth_type/);
  });

  test("with its default options, and with what is not there", async () => {
    const plain = (...words: string[]) => run("ovs-ofctl", ["--timeout=60", ...words]);
    expect(await plain("add-flow", target, "tcp,actions=output:2")).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect((await plain("dump-flows", target)).stdout).toMatch(/tcp actions=output:2/);
    expect(await plain("del-flows", target)).toMatchObject({ status: 0 });
    const bundle = await run("ovs-ofctl", ["-O", "OpenFlow13", "--bundle", "add-flow", target, "tcp,actions=output:2"]);
    expect(bundle).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect((await flows("OpenFlow13")).length).toBe(1);
    expect(await plain("del-flows", target)).toMatchObject({ status: 0 });
    const groups = await ofctl("OpenFlow13", "add-flow", target, "actions=group:5");
    expect(groups).toContain("OFPBAC_BAD_OUT_GROUP");
    expect(await flows("OpenFlow13")).toEqual([]);
  });

  test("a tool is sent packets once it asks for them", async () => {
    const monitor = start("ovs-ofctl", ["-O", "OpenFlow13", "monitor", target, "65535"], { env: { OVS_RUNDIR: dir } });
    await expect.poll(async () => await ofctl("OpenFlow13", "add-flow", target, "priority=0,actions=CONTROLLER:65535")).toBe("");
    const packet = "ffffffffffff02000000009988b500";
    await expect
      .poll(async () => {
        await ofctl("OpenFlow13", "packet-out", target, `in_port=2 packet=${packet} actions=TABLE`);
        return monitor.output;
      })
      .toMatch(/NXT_PACKET_IN2[^\n]*in_port=2 \(via no_match\)/);
    await monitor.stop();
  });
});
