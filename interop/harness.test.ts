/** The harness itself: a private Open vSwitch, driven by its own tools, forwards a packet. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test as plainTest } from "vitest";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { freePort } from "./harness/ports.js";
import { run, start } from "./harness/process.js";

const PACKET = `ffffffffffff020000000001${"88b5"}${"00".repeat(46)}`;

const { describe, test } = withPeers(["ovs-vswitchd", "ovs-ofctl"]);

describe("a private Open vSwitch", () => {
  let ovs: OpenVswitch;

  beforeAll(async () => {
    ovs = await OpenVswitch.start();
    await ovs.addBridge("br0", { protocols: ["OpenFlow10", "OpenFlow13"], dpid: 0x2an });
    await ovs.addPort("br0", "p1", { ofport: 1 });
    await ovs.addPort("br0", "p2", { ofport: 2 });
  });
  afterAll(() => ovs?.stop());

  test("has the datapath id and the ports it was given", async () => {
    const shown = await ovs.ofctl("-O", "OpenFlow13", "show", "br0");
    expect(shown).toContain("dpid:000000000000002a");
    expect(shown).toMatch(/^ 1\(p1\)/m);
    expect(shown).toMatch(/^ 2\(p2\)/m);
  });

  test("sends out at one port what came in at the other", async () => {
    await ovs.ofctl("add-flow", "br0", "in_port=1,actions=output:2");
    await ovs.receive("p1", PACKET);
    const [packet] = await ovs.waitSent("p2", 1);
    expect(Buffer.from(packet!).toString("hex")).toBe(PACKET);
    expect(await ovs.sent("p1")).toEqual([]);
    expect(await ovs.ofctl("dump-flows", "br0")).toMatch(/n_packets=1,.* in_port=1 actions=output:2/);
  });

  test("tells what its tool said, and its log, when a call fails", async () => {
    await expect(ovs.ofctl("add-flow", "br0", "in_port=1,actions=nonsense")).rejects.toThrow(/nonsense[\s\S]*log of Open vSwitch/);
  });
});

plainTest("free ports differ", async () => {
  expect(await freePort()).not.toBe(await freePort());
});

plainTest.runIf(process.platform === "linux")("a program and what it started end together", async () => {
  const program = start("sh", ["-c", "sleep 1000 & echo child $!; wait"]);
  const line = await program.waitForLine(/^child \d+$/);
  const child = Number(line.split(" ")[1]);
  await program.stop();
  await expect.poll(() => alive(child)).toBe(false);
});

plainTest("a line that never comes is an error with what was printed", async () => {
  const program = start("sh", ["-c", "echo this; echo that >&2; exit 3"]);
  await expect(program.waitForLine("other")).rejects.toThrow(/ended without[\s\S]*exit status 3[\s\S]*this/);
  expect(program.stdout).toBe("this\n");
  expect(program.stderr).toBe("that\n");
});

plainTest("a program is given its input and answers its status", async () => {
  expect(await run("sh", ["-c", "cat; exit 4"], { input: "hello" })).toEqual({ status: 4, signal: null, stdout: "hello", stderr: "" });
  expect(await run("no-such-program-here")).toMatchObject({ stdout: "" });
});

plainTest("a program that does not end in time is killed", async () => {
  await expect(run("sleep", ["100"], { timeout: 100 })).rejects.toThrow("did not end within 100 ms");
});

/** Whether a process is there, and not only its entry that waits to be reaped. */
async function alive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat !== undefined && !/\) [ZX] /.test(stat);
}
