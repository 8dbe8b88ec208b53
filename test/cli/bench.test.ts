import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { benchCommand } from "../../bench/command.js";
import { generate } from "../../bench/generate.js";
import type { Load, Measured } from "../../bench/load.js";
import { reflector } from "../../bench/reflector.js";
import { announcements, conversations, hostMac, hostPort, PORTS } from "../../bench/traffic.js";
import { l2Learning } from "../../src/apps/mod.js";
import { Chunk } from "../../src/bytes/mod.js";
import { Controller } from "../../src/controller/mod.js";
import {
  BarrierRequest,
  DescRequest,
  decodeBytes,
  EchoRequest,
  encodeMessage,
  FeaturesRequest,
  FlowMod,
  GetConfigRequest,
  Hello,
  type Message,
  type PacketIn,
  PacketOut,
  PortDescRequest,
} from "../../src/ofp/mod.js";
import { Ethernet } from "../../src/packet/mod.js";
import type { Version } from "../../src/schema/mod.js";

const BOTH: readonly Version[] = [1, 4];
const LOAD = { mode: "throughput", switches: 2, macs: 16, seconds: 0.05, loops: 2, warmup: 0 } as const;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** A server by hand: hands over every message of every connection, and sends what it is told to. */
async function serve(on: (m: Message, send: (...replies: (Message | Uint8Array)[]) => void) => void, version: Version): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    let held = Buffer.alloc(0);
    const send = (...replies: (Message | Uint8Array)[]): void => {
      for (const r of replies) socket.write(r instanceof Uint8Array ? r : encodeMessage(r, version));
    };
    socket.on("data", (bytes) => {
      held = Buffer.concat([held, bytes]);
      while (held.length >= 8 && held.length >= held.readUInt16BE(2)) {
        const one = held.subarray(0, held.readUInt16BE(2));
        held = held.subarray(one.length);
        on(decodeBytes(new Uint8Array(one)), send);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `tcp:127.0.0.1:${(server.address() as { port: number }).port}`;
}

describe("traffic", () => {
  test.each(BOTH)("version %i: every host is announced once, from its port", (version) => {
    const { bytes, size, count } = announcements(version, 10, 4);
    expect([count, bytes.length]).toEqual([10, 14 * size]);
    for (let i = 0; i < 14; i++) {
      const m = decodeBytes(new Uint8Array(bytes.subarray(i * size, (i + 1) * size))) as PacketIn;
      const eth = Ethernet.at(new Chunk(m.data), 0, m.data.length);
      expect([m.inPort, eth.src, eth.dst]).toEqual([hostPort(i % 10), hostMac(i % 10), 0xffffffffffff]);
    }
  });

  test.each([8, 9, 10, 11, 1000])("%i hosts talk to hosts behind other ports, each with a buffer of its own", (macs) => {
    for (const version of BOTH) {
      const { bytes, size, count } = conversations(version, macs, 1);
      const buffers = new Set<number>();
      for (let i = 0; i < count; i++) {
        const m = decodeBytes(new Uint8Array(bytes.subarray(i * size, (i + 1) * size))) as PacketIn;
        const { src, dst } = Ethernet.at(new Chunk(m.data), 0, m.data.length);
        buffers.add(m.bufferId);
        expect(m.inPort).toBe(hostPort(src - hostMac(0)));
        expect(hostPort(dst - hostMac(0))).not.toBe(m.inPort);
        expect(dst - hostMac(0)).toBeLessThan(macs);
        expect(m.inPort).toBeLessThanOrEqual(PORTS);
      }
      expect(buffers.size).toBe(count);
    }
  });
});

/** Measures one load. */
async function measureOne(load: Omit<Load, "name">, started?: () => void, signal?: AbortSignal): Promise<Measured> {
  return (await generate([{ name: "one", ...load }], started, signal))[0]!;
}

describe("the load generator", () => {
  test.each(BOTH)("version %i: answers what a controller asks before it sends packets", async (version) => {
    const seen: string[] = [];
    const target = await serve((m, send) => {
      if (m.type === "packet-in") {
        send(PacketOut.of({ xid: m.xid, bufferId: m.bufferId }));
        return;
      }
      seen.push(m.type);
      if (m.type !== "hello") return;
      send(Hello.of(), FeaturesRequest.of({ xid: 1 }), EchoRequest.of({ xid: 2, data: Uint8Array.of(1, 2, 3) }));
      send(GetConfigRequest.of({ xid: 3 }), PortDescRequest.of({ xid: 4 }), DescRequest.of({ xid: 5 }), BarrierRequest.of({ xid: 6 }));
      send(Uint8Array.of(version, 99, 0, 8, 0, 0, 0, 7));
    }, version);
    await measureOne({ ...LOAD, target, version, switches: 1 });
    expect(seen).toEqual([
      "hello",
      "features-reply",
      "echo-reply",
      "get-config-reply",
      "port-desc-reply",
      "desc-reply",
      "barrier-reply",
      "error",
    ]);
  });

  test.each(BOTH)("version %i: counts flow-mods and packet-outs apart, in whatever pieces they come", async (version) => {
    let sent = 0;
    const target = await serve((m, send) => {
      if (m.type === "hello") send(Hello.of(), FeaturesRequest.of({ xid: 1 }));
      if (m.type !== "packet-in") return;
      sent++;
      const answer = encodeMessage(sent % 3 === 0 ? PacketOut.of({ bufferId: m.bufferId }) : FlowMod.of({ bufferId: m.bufferId }), version);
      const cut = sent % answer.length;
      send(answer.subarray(0, cut), answer.subarray(cut));
    }, version);
    const m = await measureOne({ ...LOAD, target, version });
    expect(m.messages).toBe(m.flowMods + m.packetOuts);
    expect(m.flowMods / m.packetOuts).toBeCloseTo(2, 0);
    expect(m.messages).toBeLessThanOrEqual(sent);
    expect(m.rates).toHaveLength(2);
    expect(m.lost).toBe(0);
  });

  test("in latency mode each switch has one packet-in under way", async () => {
    let open = 0;
    let most = 0;
    let hosts = 0;
    const target = await serve((m, send) => {
      if (m.type === "hello") send(Hello.of(), FeaturesRequest.of({ xid: 1 }));
      if (m.type !== "packet-in") return;
      if (hosts++ >= 2 * LOAD.macs) most = Math.max(most, ++open);
      setTimeout(() => {
        if (hosts > 2 * LOAD.macs) open = Math.max(0, open - 1);
        send(FlowMod.of({ bufferId: m.bufferId }));
      }, 1);
    }, 1);
    await measureOne({ ...LOAD, mode: "latency", target, version: 1 });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(LOAD.switches);
  });

  test("packet-ins that are not answered are given up and sent anew", async () => {
    let seen = 0;
    const target = await serve((m, send) => {
      if (m.type === "hello") send(Hello.of(), FeaturesRequest.of({ xid: 1 }));
      if (m.type === "packet-in" && (++seen <= LOAD.macs || seen > LOAD.macs + 1)) send(PacketOut.of({ bufferId: m.bufferId }));
    }, 1);
    const m = await measureOne({ ...LOAD, mode: "latency", switches: 1, target, version: 1, loops: 20 });
    expect(m.lost).toBe(1);
    expect(m.messages).toBeGreaterThan(0);
  });

  test("says why a controller cannot be measured", async () => {
    const load: Omit<Load, "name"> = { ...LOAD, target: "", version: 4 };
    const old = await serve((m, send) => m.type === "hello" && send(encodeMessage(Hello.of(), 1)), 1);
    await expect(measureOne({ ...load, target: old })).rejects.toThrow("the controller speaks OpenFlow 1.0 at most");
    const rude = await serve((_, send) => send(Uint8Array.of(4, 0, 0, 7, 0, 0, 0, 0)), 4);
    await expect(measureOne({ ...load, target: rude })).rejects.toThrow("a message of 7 bytes");
    await expect(measureOne({ ...load, target: "tcp:127.0.0.1:1" })).rejects.toThrow("ECONNREFUSED");
  });

  test("measures several controllers in turn, one at a time, and names the one that cannot be measured", async () => {
    const busy: string[] = [];
    const answering = (name: string): Promise<string> =>
      serve((m, send) => {
        if (m.type === "hello") send(Hello.of(), FeaturesRequest.of({ xid: 1 }));
        if (m.type !== "packet-in") return;
        if (busy.at(-1) !== name) busy.push(name);
        send(FlowMod.of({ bufferId: m.bufferId }));
      }, 1);
    const loads = await Promise.all(
      ["a", "b"].map(async (name) => ({ ...LOAD, name, target: await answering(name), version: 1 as const })),
    );
    const measured = await generate(loads);
    expect(measured.map((m) => m.rates.length)).toEqual([LOAD.loops, LOAD.loops]);
    for (const m of measured) expect(Math.min(...m.rates)).toBeGreaterThan(0);
    // the announcements, and then loop by loop
    const rounds = 1 + LOAD.warmup + LOAD.loops;
    expect(busy).toEqual(Array.from({ length: rounds }, () => ["a", "b"]).flat());
    await expect(generate([loads[0]!, { ...loads[1]!, target: "tcp:127.0.0.1:1" }])).rejects.toThrow(/^b: .*ECONNREFUSED/);
  });

  test("is stopped by a signal", async () => {
    const target = await serve(() => {}, 1);
    const stop = AbortSignal.timeout(100);
    await expect(measureOne({ ...LOAD, target, version: 1 }, undefined, stop)).rejects.toThrow(/abort/i);
  });

  test.each(BOTH)("version %i: drives the learning controller over tcp and unix", async (version) => {
    const dir = mkdtempSync(join(tmpdir(), "southbound-"));
    const controller = new Controller();
    controller.use(l2Learning);
    cleanups.push(
      () => rmSync(dir, { recursive: true, force: true }),
      () => controller.close(),
    );
    const tcp = await controller.listen("ptcp:0:127.0.0.1");
    await controller.listen(`punix:${dir}/s`);
    for (const target of [`tcp:127.0.0.1:${tcp.name.split(":")[1]}`, `unix:${dir}/s`]) {
      const m = await measureOne({ ...LOAD, target, version });
      expect(m.packetOuts).toBe(0);
      expect(m.flowMods).toBeGreaterThan(0);
    }
  });

  test.each(BOTH)("version %i: the reflecting server answers every packet-in", async (version) => {
    const server = reflector(version);
    cleanups.push(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const target = `tcp:127.0.0.1:${(server.address() as { port: number }).port}`;
    const m = await measureOne({ ...LOAD, target, version });
    expect([m.packetOuts, m.lost]).toEqual([0, 0]);
    expect(m.flowMods).toBeGreaterThan(0);
  });
});

describe("npm run bench", () => {
  test("--quick --json prints what was measured", async () => {
    const words = ["bench/dist/main.js", "--quick", "--json", "--switches", "2", "--macs", "32", "--seconds", "0.02"];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, words);
    expect(stderr).toBe("");
    const { machine, options, results } = JSON.parse(stdout);
    expect(machine.node).toBe(process.versions.node);
    expect(options).toMatchObject({ versions: ["1.0", "1.3"], modes: ["throughput", "latency"], switches: [2], macs: 32, seconds: 0.02 });
    const names = new Set(results.map((r: { peer: string }) => r.peer));
    expect([...names]).toEqual(expect.arrayContaining(["southbound", "ceiling"]));
    expect(results).toHaveLength(4 * names.size);
    for (const r of results) {
      expect(r).toMatchObject({ suite: "controller", transport: "tcp", switches: 2, macs: 32 });
      expect(r.rates).toHaveLength(3);
      expect(r.messagesPerSecond).toBeGreaterThan(0);
      // of a peer that answered nothing in so short a loop there is no ratio
      if (!names.has("ovs-testcontroller")) expect(r.ratio).toBe(null);
      else expect(r.ratio === null || r.ratio > 0).toBe(true);
      if (r.peer === "southbound") expect([r.packetOuts, r.lost, r.gcShare >= 0]).toEqual([0, 0, true]);
    }
  });

  test("--target measures a controller that runs already, over the transport that it has", async () => {
    const controller = new Controller();
    controller.use(l2Learning);
    cleanups.push(() => controller.close());
    const target = `tcp:127.0.0.1:${(await controller.listen("ptcp:0:127.0.0.1")).name.split(":")[1]}`;
    const words = ["--target", target, "--json", "--switches", "1", "--macs", "16", "--seconds", "0.02", "--loops", "1", "--warmup", "0"];
    const { stdout } = await promisify(execFile)(process.execPath, ["bench/dist/main.js", ...words]);
    const { results } = JSON.parse(stdout) as { results: { peer: string; transport: string }[] };
    expect(new Set(results.map((r) => `${r.peer} ${r.transport}`))).toEqual(new Set([`${target} tcp`, "ceiling tcp"]));
  });

  test.each([
    [["nosuch"], "There is: controller"],
    [["--target", "udp:1"], "it has to begin with one of"],
    [["--versions", "1.4"], "speaks 1.0 and 1.3"],
    [["--switches", "0"], "whole number of switches"],
    [["--quick", "--full"], "cannot be used with"],
  ])("refuses %j", async (words, message) => {
    const command = benchCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    await expect(command.parseAsync(words, { from: "user" })).rejects.toThrow(message);
  });
});
