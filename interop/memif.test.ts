/** memif with DPDK's net_memif, in both roles. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { SouthboundError } from "../src/errors/mod.js";
import { type Interface, MemifClient, type MemifClientOptions, type MemifError, MemifServer } from "../src/memif/mod.js";
import { withPeers } from "./harness/peers.js";
import { Testpmd, type TestpmdOptions } from "./harness/testpmd.js";
import { eventually } from "./harness/wait.js";

const peers = withPeers(["dpdk-testpmd"]);

/** An Ethernet frame with these addresses, of which the rest can be recognised. */
function frame(length: number, seed = 0): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => (seed + i) & 0xff);
  bytes.set([2, 0, 0, 0, 0, 0xaa, 2, 0, 0, 0, 0, 0xbb, 0x88, 0xb5]);
  return bytes;
}
/** What macswap makes of it. */
function swapped(from: Uint8Array): Uint8Array {
  return Uint8Array.from([...from.subarray(6, 12), ...from.subarray(0, 6), ...from.subarray(12)]);
}

peers.describe("DPDK's net_memif", () => {
  let socket: string;
  beforeEach(() => {
    const dir = mkdtempSync(join(tmpdir(), "southbound-memif-"));
    socket = join(dir, "memif.sock");
    return () => rmSync(dir, { recursive: true, force: true });
  });

  /** Our end, in the role that `theirs` leaves. */
  function open(theirs: "server" | "client", options: Partial<MemifClientOptions> = {}): { end: Interface; failures: SouthboundError[] } {
    const end = theirs === "server" ? new MemifClient({ socket, ...options }) : new MemifServer({ socket, ...options });
    const failures: SouthboundError[] = [];
    end.on("failed", (e) => failures.push(e));
    onTestFinished(() => end.close());
    return { end, failures };
  }

  const start = (role: "server" | "client", more: Partial<TestpmdOptions> = {}): Promise<Testpmd> =>
    Testpmd.start({ role, socket, forward: "macswap", ...more });

  const reasons = (failures: readonly SouthboundError[]): string[] => failures.map((e) => (e as Partial<MemifError>).reason ?? "");

  describe.each(["server", "client"] as const)("as the %s", (role) => {
    test.each(["interrupt", "polling"] as const)("sends packets back, reception %s", async (reception) => {
      const { end } = open(role, { reception, secret: "geheim" });
      const testpmd = await start(role, { secret: "geheim" });
      await end.connected({ signal: AbortSignal.timeout(30_000) });
      expect(end.peer?.application).toMatch(/^DPDK /);
      await testpmd.forward();
      const got: Uint8Array[] = [];
      end.receive((burst) => {
        for (let i = 0; i < burst.count; i++) got.push(burst.copy(i));
      });
      const sent = Array.from({ length: 2000 }, (_, i) => frame(60 + (i % 1440), i));
      for (let from = 0; from < sent.length; ) {
        from += end.send(sent.slice(from, from + 500));
        await eventually(() => got.length >= from, { what: () => `${from} packets, of which ${got.length} came back,` });
      }
      expect(sent.findIndex((each, i) => Buffer.compare(swapped(each), got[i] ?? new Uint8Array()) !== 0)).toBe(-1);
      expect(await testpmd.stats()).toMatchObject({ rx: 2000, tx: 2000 });
    });

    test("sends by itself", async () => {
      const { end } = open(role);
      const testpmd = await start(role, { forward: "txonly", packetSize: 128 });
      await end.connected({ signal: AbortSignal.timeout(30_000) });
      let packets = 0;
      let wrong = 0;
      end.receive((burst) => {
        packets += burst.count;
        for (let i = 0; i < burst.count; i++) if (burst.length(i) !== 128) wrong++;
      });
      await testpmd.forward();
      await eventually(() => packets > 100_000, { timeout: 30_000, what: () => `100000 packets (${packets})` });
      expect(wrong).toBe(0);
    });

    test("refuses a wrong secret, or is refused", async () => {
      const { end, failures } = open(role, { secret: "wrong" });
      await start(role, { secret: "right" });
      await eventually(() => reasons(failures).includes("Incorrect secret"), { what: () => `the refusal among ${reasons(failures)}` });
      expect(end.state).not.toBe("connected");
      expect(failures.find((e) => (e as Partial<MemifError>).reason === "Incorrect secret")?.code).toBe("EPERM");
    });

    test("ends and comes again", async () => {
      const { end } = open(role);
      const first = await start(role);
      await end.connected({ signal: AbortSignal.timeout(30_000) });
      const ended = new Promise<MemifError>((resolve) => end.on("disconnected", resolve));
      await first.kill();
      expect((await ended).code).toBe("ECONNRESET");
      // Killed, it leaves its socket file there, which it does not replace itself.
      if (role === "server") rmSync(socket);
      await start(role);
      await end.connected({ signal: AbortSignal.timeout(30_000) });
    });
  });

  test("as the server tells that an id is unknown", async () => {
    const { failures } = open("server", { id: 5 });
    await start("server", { id: 4 });
    await eventually(() => reasons(failures).includes("ID not found"), { what: () => `the refusal among ${reasons(failures)}` });
  });

  test("as the client is told so", async () => {
    const { failures } = open("client", { id: 5 });
    await start("client", { id: 4 });
    await eventually(() => reasons(failures).includes("Interface id 4 not found"), {
      what: () => `the refusal among ${reasons(failures)}`,
    });
  });

  test("as the client connects by its id", async () => {
    const { end } = open("client", { id: 4 });
    await start("client", { id: 4 });
    await end.connected({ signal: AbortSignal.timeout(30_000) });
    const queue = { ringSize: 1024, bufferSize: 2048, region: 0 };
    expect(end.details).toMatchObject({ regions: [expect.any(Number)], rx: [queue], tx: [queue] });
  });

  test("with several queues", async () => {
    const { end } = open("server", { transmitQueues: 2, receiveQueues: 2 });
    await start("server", { queues: 2 });
    await end.connected({ signal: AbortSignal.timeout(30_000) });
    expect([end.rx.length, end.tx.length]).toEqual([2, 2]);
    expect(end.details).toMatchObject({ rx: [{ ringSize: 1024, bufferSize: 2048 }, {}], tx: [{ ringSize: 1024, bufferSize: 2048 }, {}] });
  });
});
