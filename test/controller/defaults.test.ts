/** What a controller does unless told otherwise: the values of docs/guide/from-vlcp.md. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Controller } from "../../src/controller/mod.js";
import { EchoReply, FlowStatsRequest, PacketIn, PacketOut } from "../../src/ofp/mod.js";
import { connect, OPENFLOW_PORT } from "../../src/stream/mod.js";
import { MockClock, settle } from "../../src/testing/mock-clock.js";
import { until } from "../until.js";
import { FakeSwitch } from "./fake-switch.js";

const GUIDE = new URL("../../docs/guide/from-vlcp.md", import.meta.url);

test("versions 1.0 and 1.3 are offered", async () => {
  await using controller = new Controller();
  expect(await new FakeSwitch(controller).wire.next()).toMatch(/^04000010.{8}0001000800000012$/);
});

test.each([
  [{}, 10_000, 3_000],
  [{ probeInterval: 4_000, probeTimeout: 1_000 }, 4_000, 1_000],
])("a silent switch is probed and then dropped: %j", async (options, interval, timeout) => {
  const clock = new MockClock();
  await using controller = new Controller({ clock, ...options });
  const { name } = await controller.listen("ptcp:0:127.0.0.1");
  const peer = new FakeSwitch(connect(`tcp:127.0.0.1:${name.split(":")[1]}`, { clock }));
  await using ups = controller.events("up");
  await using downs = controller.events("down");
  await peer.setUp();
  await ups.next();
  const from = clock.now();
  /** Moves on until it is probed. The probes are rounds for all connections, two in each time-out. */
  const probed = async (): Promise<number> => {
    const asked = peer.wire.next().then((m) => expect(m.slice(2, 4)).toBe("02"));
    let done = false;
    void asked.then(() => {
      done = true;
    });
    while (!done) await clock.advance(100);
    return clock.now();
  };
  const first = await probed();
  expect(first - from).toBeGreaterThanOrEqual(interval);
  expect(first - from).toBeLessThanOrEqual(interval + timeout);
  peer.send(EchoReply.of());
  await peer.wire.stream.close();
  expect((await downs.next()).value?.[1]).toBeNull();

  const mute = new FakeSwitch(connect(`tcp:127.0.0.1:${name.split(":")[1]}`, { clock }));
  await mute.setUp();
  await ups.next();
  const since = clock.now();
  const end = downs.next();
  let ended = 0;
  controller.on("down", () => {
    ended = clock.now();
  });
  while (ended === 0) await clock.advance(100);
  expect((await end).value?.[1]).toMatchObject({ code: "ETIMEDOUT" });
  expect(ended - since).toBeGreaterThanOrEqual(interval + timeout);
  expect(ended - since).toBeLessThanOrEqual(interval + 2 * timeout + 200);
});

test("a switch that was not heard while this process was blocked has its full time again", async () => {
  const clock = new MockClock();
  const [interval, timeout] = [4_000, 1_000];
  await using controller = new Controller({ clock, probeInterval: interval, probeTimeout: timeout });
  const { name } = await controller.listen("ptcp:0:127.0.0.1");
  let [up, ended] = [false, 0];
  controller.on("up", () => {
    up = true;
  });
  controller.on("down", () => {
    ended = clock.now();
  });
  const mute = new FakeSwitch(connect(`tcp:127.0.0.1:${name.split(":")[1]}`, { clock }));
  await mute.setUp();
  await until(() => up);
  // a round that sees what came until now
  await clock.advance(timeout);
  await clock.jump(interval + timeout + 60_000);
  const since = clock.now();
  while (ended === 0) await clock.advance(100);
  expect(ended - since).toBeGreaterThanOrEqual(interval + timeout);
});

test("100 messages and 256 KiB are kept that come before set-up, and 1,000 events in a loop", async () => {
  for (const [size, kept] of [
    [0, 100],
    [60_000, 4],
  ] as const) {
    await using controller = new Controller();
    const loop = controller.events("packet-in");
    const peer = new FakeSwitch(controller);
    await peer.wire.next();
    peer.raw("0400000800000001");
    for (let i = 0; i < 150; i++) peer.send(PacketIn.of({ data: new Uint8Array(size) }));
    await settle();
    expect(controller.datapaths.size).toBe(0);
    const second = new FakeSwitch(controller);
    await second.setUp(2n);
    expect(loop.queued).toBe(0);
    // the set-up of the first goes on
    const features = await peer.request("05");
    peer.raw(`04060020${features.toString(16).padStart(8, "0")}${"00".repeat(7)}0100000000010000000000000000000000`);
    const ports = await peer.request("12");
    peer.raw(`04130010${ports.toString(16).padStart(8, "0")}000d000000000000`);
    await settle();
    expect(loop.queued).toBe(kept);
    for (let i = 0; i < 1_200; i++) second.send(PacketIn.of());
    await settle();
    expect([loop.queued, loop.dropped]).toEqual([1_000, kept + 200]);
  }
});

test("1 MiB may be sent while the switch takes none", async () => {
  await using controller = new Controller();
  const peer = new FakeSwitch(controller, 4, { highWater: 1_000 });
  await peer.setUp();
  await settle();
  const dp = controller.datapaths.get(1n)!;
  peer.wire.stream.pause();
  const message = PacketOut.of({ data: new Uint8Array(8_000) });
  let sent = 0;
  let code = "";
  while (code === "" && sent < 0x400000) {
    try {
      const congested = !dp.writable;
      dp.send(message);
      if (congested) sent += 8_024;
      await settle();
    } catch (e) {
      code = (e as { code: string }).code;
    }
  }
  expect(code).toBe("ENOBUFS");
  expect(sent).toBeGreaterThanOrEqual(0x100000);
  expect(sent).toBeLessThan(0x100000 + 8_024);
  await expect(dp.query(FlowStatsRequest.of())).rejects.toMatchObject({ code: "ENOBUFS" });
  peer.wire.stream.destroy();
});

/** The options of VLCP's class `Openflow`, those inherited from `Protocol` included, with their defaults: vlcp/protocol/openflow/openflow.py and vlcp/protocol/protocol.py. */
const VLCP: Readonly<Record<string, string>> = {
  ...{ defaultport: "6653", allowedversions: "1.0, 1.3", hellotimeout: "10 s", featurerequesttimeout: "30 s", keepalivetime: "10 s" },
  ...{ keepalivetimeout: "3 s", createqueue: "on", writequeuesize: "200", buffersize: "65,536", debugging: "off", disablenxext: "off" },
  ...{ disablechaining: "on", tcp_nodelay: "on", persist: "on", messagepriority: "400", writepriority: "600", cleanuptimeout: "60 s" },
  ...{ messagequeuesize: "10", writekeepalivetime: "none", reuseport: "off", connect_timeout: "30 s", sslversion: "SSLv23" },
  ...{ listen_persist: "on", retrylisten_interval: "3 s", backlogsize: "2,048" },
};

/** What stands for them here, and the default that the doc comments of the options give, which tests above and of their rooms hold. */
const OURS: Readonly<Record<string, string>> = {
  ...{ defaultport: "6653", allowedversions: "1.0, 1.3", hellotimeout: "10,000 ms", featurerequesttimeout: "30,000 ms" },
  ...{ keepalivetime: "10,000 ms", keepalivetimeout: "3,000 ms", debugging: "off", disablenxext: "on", disablechaining: "on" },
  ...{ messagequeuesize: "1,000", writequeuesize: "1 MiB", persist: "on", listen_persist: "off", retrylisten_interval: "3,000 ms" },
};

test("the guide has each option of VLCP's class, with its default there and here", () => {
  const there: Record<string, string> = {};
  const here: Record<string, string> = {};
  for (const [, name, theirs, rest] of readFileSync(GUIDE, "utf8").matchAll(/^\| `(\w+)` \| ([^|`]+) \| ([^\n]+) \|$/gm)) {
    there[name!] = theirs!;
    const [, ours] = / \| ([^|]+)$/.exec(rest!) ?? [];
    if (ours !== undefined) here[name!] = ours;
  }
  expect(there).toEqual(VLCP);
  expect(here).toEqual(OURS);
});

test("the defaults of the guide that no test above meets are those of the options", () => {
  const source = (file: string): string => readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8");
  const doc = (name: string): string =>
    new RegExp(`/\\*\\* ([^*]*) \\*/\\n {2}readonly ${name}\\?:`).exec(source("controller/controller.ts"))?.[1] ?? "";
  expect(doc("helloTimeout")).toContain("default 10,000");
  expect(doc("featuresTimeout")).toContain("default 30,000");
  expect(doc("maxFaults")).toContain("default 100");
  expect(doc("anyFeaturesXid")).toContain("Default false");
  expect(OPENFLOW_PORT).toBe(6653);
  expect(source("cli/southbound/controller.ts")).toContain("LISTEN_AGAIN = 3;");
});

test("the switches of VLCP that are the other way round: an application finds Nicira's messages and chained groups allowed", async () => {
  await using controller = new Controller();
  const peer = new FakeSwitch(controller);
  await peer.setUp();
  await settle();
  const dp = controller.datapaths.get(1n)!;
  expect([dp.nicira, dp.groupChaining]).toEqual([true, true]);
  peer.wire.stream.destroy();
});
