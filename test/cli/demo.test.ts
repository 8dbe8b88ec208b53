/** `southbound demo`: the main job from end to end, as a user starts it. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Summary } from "../../src/cli/southbound/demo/summary.js";
import { run, start } from "./helpers.js";

const ANY_PORT = ["--listen", "ptcp:0:127.0.0.1"];
const PAIRS = 30;

/** A port that is in use until the test is over. */
async function usedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as { port: number }).port;
}

/** Checks that every host has reached every other. */
function expectAllReached(summary: Summary): void {
  expect(summary.switches.map(({ dpid, name, version, connected, ports }) => ({ dpid, name, version, connected, ports }))).toEqual([
    { dpid: "0000000000000001", name: "s1", version: "1.3", connected: true, ports: 3 },
    { dpid: "0000000000000002", name: "s2", version: "1.3", connected: true, ports: 4 },
    { dpid: "0000000000000003", name: "s3", version: "1.3", connected: true, ports: 3 },
  ]);
  for (const s of summary.switches) {
    // one flow for what no flow matches, and one for each pair of hosts whose packets pass here
    expect(s.flows).toBeGreaterThanOrEqual(s.name === "s2" ? 1 + 26 : 1 + 18);
    expect(s.packetIns).toBeGreaterThanOrEqual(s.flows - 1);
  }
  expect(summary.hosts.map(({ name, ip, switch: at, port }) => [name, ip, at, port])).toEqual([
    ["h1", "10.0.0.1", "s1", 1],
    ["h2", "10.0.0.2", "s1", 2],
    ["h3", "10.0.0.3", "s2", 1],
    ["h4", "10.0.0.4", "s2", 2],
    ["h5", "10.0.0.5", "s3", 1],
    ["h6", "10.0.0.6", "s3", 2],
  ]);
  expect(summary.unreached).toEqual([]);
  const { sent, answered, lost, rttMs } = summary.pings;
  expect(answered).toBeGreaterThanOrEqual(PAIRS);
  expect(answered + lost).toBe(sent);
  for (const ms of Object.values(rttMs)) expect(ms).toBeGreaterThan(0);
}

describe("with a duration", () => {
  test("--json prints the summary and nothing else, and every host has reached every other", async () => {
    const { status, stdout, stderr } = await run("demo", ...ANY_PORT, "--duration", "3", "--json");
    expect(status, stderr).toBe(0);
    const summary = JSON.parse(stdout) as Summary;
    expect(summary.duration).toBeGreaterThanOrEqual(3);
    expect(summary.listen).toEqual([expect.stringMatching(/^ptcp:[1-9]\d*:127\.0\.0\.1$/)]);
    expectAllReached(summary);
    expect(stderr).toContain(`listening on ${summary.listen[0]}`);
  });

  test("without a terminal it prints lines of progress and the summary, without escapes", async () => {
    const { status, stdout, stderr } = await run("demo", ...ANY_PORT, "--duration", "2.5", "--interval", "100");
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^3 switches up, \d+ flows, \d+ packet-ins, pings: \d+ sent, \d+ answered, \d+ lost, avg [\d.]+ ms$/m);
    expect(stdout).toMatch(/^host h6: 10\.0\.0\.6, 02:00:00:00:00:06, learnt at port 2 of s3$/m);
    expect(stdout).toMatch(/every host reached every other \(30 pairs\)\n$/);
    expect(stdout.split("\n").length).toBeLessThan(20);
    expect(stdout + stderr).not.toContain("\x1b");
  });

  test("over a unix socket too", async () => {
    const dir = await mkdtemp(join(tmpdir(), "southbound-demo-"));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const file = join(dir, "of.sock");
    const { status, stdout, stderr } = await run("demo", "--listen", `punix:${file}`, "--duration", "2", "--json");
    expect(status, stderr).toBe(0);
    const summary = JSON.parse(stdout) as Summary;
    expect(summary.listen).toEqual([`punix:${file}`]);
    expectAllReached(summary);
  });

  test("of several targets the switches take one that names an address", async () => {
    const { status, stdout, stderr } = await run("demo", "--listen", "ptcp:0", ...ANY_PORT, "--duration", "1.5", "--json");
    expect(status, stderr).toBe(0);
    const summary = JSON.parse(stdout) as Summary;
    expect(summary.listen).toEqual([expect.stringMatching(/^ptcp:\d+:0\.0\.0\.0$/), expect.stringMatching(/^ptcp:\d+:127\.0\.0\.1$/)]);
    expect(summary.unreached).toEqual([]);
  });

  test("too short a time: status 1, and the pairs that did not meet are named", async () => {
    const { status, stdout, stderr } = await run("demo", ...ANY_PORT, "--duration", "0.1", "--json", "--log-level", "silent");
    expect(status).toBe(1);
    const { unreached } = JSON.parse(stdout) as Summary;
    expect(unreached.length).toBeGreaterThan(0);
    expect(stderr).toMatch(/^southbound: no (ping was answered from h\d to h\d|host reached another).*\n$/);
  });

  test("--no-network runs the controller alone", async () => {
    const { status, stdout, stderr } = await run("demo", ...ANY_PORT, "--no-network", "--duration", "0.3", "--json");
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ switches: [], hosts: [], pings: { sent: 0 }, unreached: [] });
  });
});

describe("a signal", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("%s ends it with the summary and status 0", async (signal) => {
    const demo = start("demo", ...ANY_PORT);
    await demo.find(/all switches are up/);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    demo.child.kill(signal);
    const { status, stdout, stderr } = await demo.ended;
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/every host reached every other/);
    expect(stderr.match(/is down$/gm)).toHaveLength(3);
  });

  test("a reader that goes away ends it too", async () => {
    const demo = start("demo", ...ANY_PORT, "--plain");
    await demo.find(/all switches are up/);
    demo.child.stdout.destroy();
    const { status, stderr } = await demo.ended;
    expect(status, stderr).toBe(0);
  });
});

describe("a port in use", () => {
  test("one line that names it and says what to do, and status 1", async () => {
    const port = await usedPort();
    const { status, stdout, stderr } = await run("demo", "--listen", `ptcp:${port}:127.0.0.1`);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^southbound: .+\n$/);
    expect(stderr).toContain(`ptcp:${port}:127.0.0.1 is in use`);
    expect(stderr).toContain("--listen ptcp:PORT:127.0.0.1");
  });

  test("with several targets it is all or nothing", async () => {
    const port = await usedPort();
    const { status, stdout, stderr } = await run("demo", ...ANY_PORT, "--listen", `ptcp:${port}:127.0.0.1`, "--json");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^.* info +listening on .*\nsouthbound: .* is in use.*\n$/);
  });
});
