/** The read model: snapshots and changes without a gap, records that outlive connections, hooks of the set-up. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatDpid } from "../../src/bytes/mod.js";
import { type AppScope, Controller, type ControllerSnapshot, type Datapath, type ModelChange } from "../../src/controller/mod.js";
import {
  EchoRequest,
  ErrorMessage,
  FeaturesRequest,
  FlowMod,
  Match,
  PacketIn,
  Port,
  PortDescRequest,
  PortReason,
  PortState,
  PortStatus,
  RoleReply,
  RoleRequest,
} from "../../src/ofp/mod.js";
import { connect } from "../../src/stream/mod.js";
import { MockClock, settle } from "../../src/testing/mock-clock.js";
import { until } from "../until.js";
import { FakeSwitch } from "./fake-switch.js";

let clock: MockClock;
let controller: Controller;
let lines: string[];

const setUp = async (id = 1n, to = controller): Promise<FakeSwitch> => {
  const made = new FakeSwitch(to);
  await made.setUp(id);
  await settle();
  return made;
};
const portStatus = (portNo: number, reason: number = PortReason.Add): PortStatus =>
  PortStatus.of({ reason, port: Port.of({ portNo, hwAddr: portNo, name: `p${portNo}`, state: PortState.LinkDown }) });
/** What has come in a stream by now, without what is still to come. */
const taken = async (stream: AsyncIterableIterator<ModelChange>): Promise<ModelChange[]> => {
  const found: ModelChange[] = [];
  for (;;) {
    const next = await Promise.race([stream.next(), settle().then(() => null)]);
    if (next === null || next.done === true) return found;
    found.push(next.value);
  }
};

beforeEach(() => {
  clock = new MockClock();
  lines = [];
  controller = new Controller({ clock, maxRecords: 3, maxEarlyMessages: 5, log: (_, text) => lines.push(text) });
});

afterEach(async () => {
  await controller.close();
  expect(clock.pending).toBe(0);
});

describe("a snapshot", () => {
  test("has switches, ports, channels and applications, and JSON says all of it", async () => {
    const app = controller.use(function counting(c: AppScope) {
      c.on("packet-in", () => {});
      c.describe(() => ({ cookie: 0xffff_ffff_ffff_ffffn }));
    });
    const peer = await setUp(0xabn);
    peer.send(PacketIn.of({ totalLen: 1, match: Match.of({ inPort: 1 }) }));
    peer.send(ErrorMessage.of({ xid: 77, errType: 5, code: 1 }));
    const asked = [...controller.datapaths.values()][0]!.query(EchoRequest.of());
    await settle();
    const snapshot = controller.inspect();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect(snapshot).toMatchObject({
      format: 1,
      connections: 1,
      apps: [{ name: "counting", counters: { delivered: 1, dropped: 0, errors: 0 }, state: { cookie: "18446744073709551615" } }],
      switches: [
        {
          dpid: formatDpid(0xabn),
          connected: true,
          connections: 1,
          version: 4,
          errors: { OFPFMFC_TABLE_FULL: 1 },
          features: { tables: 1, buffers: 256, capabilities: ["FlowStats"] },
          ports: [
            { number: 1, name: "p1", hwAddr: "00:00:00:00:00:01", config: [], state: [] },
            { number: 2, name: "p2" },
          ],
          channels: [{ auxiliaryId: 0, echoMs: null, queuedBytes: 0, inFlight: 1, drops: { early: 0, unreadable: 0, foreign: 0 } }],
        },
      ],
    });
    // one snapshot is not changed by what comes later, and unchanged parts are not made anew
    const { ports } = snapshot.switches[0]!;
    expect(controller.inspect().switches[0]!.ports).toBe(ports);
    peer.send(portStatus(9));
    await settle();
    expect(ports.length).toBe(2);
    expect(controller.inspect().switches[0]!.ports.map(({ number, state }) => [number, state])).toEqual([
      [1, []],
      [2, []],
      [9, ["LinkDown"]],
    ]);
    asked.catch(() => {});
    app.unload();
    expect(controller.inspect().apps).toEqual([]);
  });

  test("has the time of an echo, also of a peer that is never idle, and errors that requests were answered with", async () => {
    const { name } = await controller.listen("ptcp:0:127.0.0.1");
    const peer = new FakeSwitch(connect(`tcp:127.0.0.1:${name.split(":")[1]}`, { clock }));
    await peer.setUp();
    await until(() => controller.datapaths.size === 1);
    const [dp] = [...controller.datapaths.values()];
    const refused = dp!.batch([FlowMod.of({ cookie: 1n })], { raiseOnError: false });
    peer.reply((await peer.take(FlowMod)).xid, ErrorMessage.of({ errType: 5, code: 2 }));
    await peer.request("14");
    await until(() => dp!.record.errors.size === 1);
    expect([...dp!.record.errors]).toEqual([["OFPFMFC_BAD_TABLE_ID", 1]]);
    let probed = false;
    const asked = peer.take(EchoRequest).then(() => {
      probed = true;
    });
    let heard = 0;
    dp!.on("packet-in", () => heard++);
    for (let sent = 1; !probed && clock.now() < 20_000; sent++) {
      peer.send(PacketIn.of({ totalLen: 1, match: Match.of({ inPort: 1 }) }));
      await until(() => heard === sent);
      await clock.advance(500);
    }
    await asked;
    const channel = () => controller.inspect().switches[0]!.channels[0]!;
    await clock.advance(7);
    peer.raw("0403000800000000");
    await until(() => channel().echoMs !== null);
    expect(channel().echoMs).toBeGreaterThanOrEqual(7);
    expect(channel().echoMs).toBeLessThan(1_000);
    await peer.wire.stream.close();
    await refused.catch(() => {});
  });
});

describe("changes", () => {
  test("list and watch has no gap: what a snapshot lacks comes, and nothing twice", async () => {
    const before = controller.inspect();
    const peer = await setUp();
    const middle = controller.inspect();
    peer.send(portStatus(3));
    const app = controller.use(function a(c: AppScope) {
      c.publish("link-up", { a: 1n });
    });
    app.unload();
    await peer.wire.stream.close();
    await settle();
    const all = await taken(controller.changes(before.revision));
    expect(all.map((c) => c.kind)).toEqual(["switch-up", "port", "app-loaded", "app", "app-unloaded", "switch-down"]);
    expect(all.map((c) => c.revision)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(all[0]).toMatchObject({ switch: { dpid: formatDpid(1n), ports: [{ number: 1 }, { number: 2 }] } });
    expect(all[3]).toMatchObject({ app: "a", event: "link-up", data: { a: "1" } });
    expect(JSON.parse(JSON.stringify(all))).toEqual(all);
    expect((await taken(controller.changes(middle.revision))).map((c) => c.revision)).toEqual([2, 3, 4, 5, 6]);
    expect(controller.inspect().switches[0]).toMatchObject({ connected: false, features: null, ports: [], channels: [] });
  });

  test("a reader waits for what is to come, several times at once, and ends with the controller, its application or its signal", async () => {
    const stream = controller.changes(0);
    const [first, second] = [stream.next(), stream.next()];
    let inner: AsyncIterableIterator<ModelChange> | undefined;
    const app = controller.use(function a(c: AppScope) {
      inner = c.changes(c.inspect().revision);
    });
    const ending = new AbortController();
    const aborted = controller.changes(1, { signal: ending.signal }).next();
    ending.abort();
    await expect(aborted).rejects.toMatchObject({ code: "ERR_ABORTED" });
    const waiting = inner!.next();
    app.unload();
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect([(await first).value?.kind, (await second).value?.kind]).toEqual(["app-loaded", "app-unloaded"]);
    const last = stream.next();
    await controller.close();
    expect((await last).done).toBe(true);
  });

  test("a slow reader gets one gap and lists again; its memory does not grow; a revision of another life is a gap, too", async () => {
    const slow = controller.changes(0);
    const app = controller.use(function a() {});
    const event = (i: number) => app.publish("tick", i);
    for (let i = 0; i < 10_000; i++) event(i);
    const gap = (await slow.next()).value!;
    const list = controller.inspect();
    expect(gap).toMatchObject({ kind: "gap", revision: list.revision });
    event(10_000);
    expect((await slow.next()).value).toMatchObject({ kind: "app", data: 10_000, revision: list.revision + 1 });
    expect(await taken(slow)).toEqual([]);
    // what is kept is bounded by its size as well
    for (let i = 0; i < 1_000; i++) app.publish("much", "x".repeat(60_000));
    expect((await taken(controller.changes(list.revision + 1))).map((c) => c.kind)).toEqual(["gap"]);
    expect((await controller.changes(999_999_999).next()).value).toMatchObject({ kind: "gap" });
    expect((await controller.changes(1, { instance: "other" }).next()).value).toMatchObject({ kind: "gap" });
    expect(() => controller.changes(-1)).toThrow(/give the revision of inspect/);
    expect(() => app.publish("big", "x".repeat(70_000))).toThrow(/publish what has changed/);
    expect(() => app.publish("odd", () => {})).toThrow(/give data that JSON can say/);
  });

  test("a model made of a snapshot and its changes is the next snapshot, whatever happens", async () => {
    const strip = ({ switches, apps }: ControllerSnapshot) => ({
      switches: switches.map(({ dpid, connected, ports }) => ({ dpid, connected, ports })),
      apps: apps.map(({ name }) => name),
    });
    const model = strip(controller.inspect());
    const stream = controller.changes(controller.inspect().revision);
    const peers: FakeSwitch[] = [];
    for (let i = 0; i < 5; i++) peers.push(await setUp(BigInt(i)));
    for (const [i, peer] of peers.entries()) for (let p = 3; p < 6 + i; p++) peer.send(portStatus(p));
    peers[1]!.send(portStatus(1, PortReason.Delete));
    for (const peer of peers.slice(0, 4)) await peer.wire.stream.close();
    await settle();
    await setUp(2n);
    for (const change of await taken(stream)) {
      const { switches } = model;
      const at = (dpid: string) => switches.find((s) => s.dpid === dpid)!;
      if (change.kind === "switch-up") {
        const { dpid, connected, ports } = change.switch;
        const known = switches.findIndex((s) => s.dpid === dpid);
        switches.splice(known === -1 ? switches.length : known, 1, { dpid, connected, ports: [...ports] });
      } else if (change.kind === "switch-down") Object.assign(at(change.dpid), { connected: false, ports: [] });
      else if (change.kind === "switch-forgotten") switches.splice(switches.indexOf(at(change.dpid)), 1);
      else if (change.kind === "port") {
        const s = at(change.dpid);
        const others = s.ports.filter(({ number }) => number !== change.port.number);
        Object.assign(s, { ports: change.reason === "delete" ? others : [...others, change.port] });
      }
    }
    expect(model).toEqual(strip(controller.inspect()));
  });
});

describe("a record", () => {
  test("outlives connections, and those of switches that are gone are bounded", async () => {
    const peer = await setUp(1n);
    const [dp] = [...controller.datapaths.values()];
    const { record } = dp!;
    expect(record).toMatchObject({ connected: true, connections: 1, reconnects: 0, version: 4 });
    peer.raw("00");
    peer.wire.stream.destroy();
    await settle();
    expect(record.connected).toBe(false);
    expect(record.lastErrors).toHaveLength(1);
    expect(controller.records.get(1n)).toBe(record);
    const again = await setUp(1n);
    expect([...controller.datapaths.values()][0]!.record).toBe(record);
    expect(record).toMatchObject({ connected: true, connections: 2, reconnects: 1 });
    expect(record.lastSeen).toBeGreaterThanOrEqual(record.firstSeen);
    for (let i = 2n; i < 9n; i++) await (await setUp(i)).wire.stream.close();
    await settle();
    expect([...controller.records.keys()]).toEqual([1n, 6n, 7n, 8n]);
    for (let i = 0; i < 20; i++) {
      const broken = await setUp(8n);
      broken.raw("00");
      broken.wire.stream.destroy();
      await settle();
    }
    expect(controller.records.get(8n)!.lastErrors).toHaveLength(8);
    await again.wire.stream.close();
  });
});

describe("set-up hooks", () => {
  test("run in order, before up, may ask anything; what comes meanwhile is delivered behind up, and a change of a port counts for more than packets", async () => {
    const seen: string[] = [];
    controller.onSetUp(async (dp) => {
      seen.push(`first ${(await dp.role(3, 7n)).generationId}`);
    });
    controller.use(function late(c: AppScope) {
      c.onSetUp((dp) => {
        seen.push("second");
        dp.send(FlowMod.of({ cookie: 5n }));
      });
      c.on("up", (dp) => seen.push(`up ${dp.name}`));
      c.on("packet-in", (m) => seen.push(`packet ${m.totalLen}`));
    });
    const peer = new FakeSwitch(controller);
    await peer.setUp();
    await settle();
    expect(controller.datapaths.size).toBe(0);
    for (let i = 0; i < 9; i++) peer.send(PacketIn.of({ totalLen: i, match: Match.of({ inPort: 1 }) }));
    peer.send(portStatus(7));
    peer.send(portStatus(8));
    await settle();
    expect(controller.inspect().switches.map((s) => s.connected)).toEqual([false]);
    await peer.answer(RoleRequest, RoleReply.of({ role: 3, generationId: 7n }));
    expect((await peer.take(FlowMod)).cookie).toBe(5n);
    await settle();
    expect(seen).toEqual(["first 7", "second", `up ${formatDpid(1n)}`, "packet 0", "packet 1", "packet 2"]);
    const [known] = controller.inspect().switches;
    expect(known).toMatchObject({ connected: true, channels: [{ drops: { early: 6 } }] });
    expect(known!.ports.map(({ number }) => number)).toEqual([1, 2, 7, 8]);
  });

  test("one that is late or throws is reported and passed over; a required one refuses the switch, and nobody hears of it", async () => {
    const seen: string[] = [];
    controller.on("up", () => seen.push("up"));
    controller.on("down", () => seen.push("down"));
    let signal: AbortSignal | undefined;
    controller.onSetUp(
      function never(_, given) {
        signal = given;
        return new Promise(() => {});
      },
      { timeout: 50 },
    );
    const off = controller.onSetUp(function failing() {
      throw new Error("no such thing");
    });
    const peer = new FakeSwitch(controller);
    await peer.setUp();
    await settle();
    expect([seen, signal!.aborted]).toEqual([[], false]);
    await clock.advance(50);
    expect([seen, signal!.aborted]).toEqual([["up"], true]);
    expect(lines.filter((l) => /set-up hook/.test(l))).toEqual([
      "the set-up hook never failed: Error: it did not end within 50 ms",
      "the set-up hook failing failed: Error: no such thing",
    ]);
    off();
    controller.onSetUp(
      function strict() {
        throw new Error("not ours");
      },
      { required: true },
    );
    const refused = new FakeSwitch(controller);
    await refused.setUp(2n);
    await clock.advance(50);
    await refused.wire.stream.closed;
    expect(seen).toEqual(["up"]);
    expect(controller.records.get(2n)).toMatchObject({ connected: false, connections: 0, reconnects: 0 });
    expect(controller.records.get(2n)!.lastErrors[0]!.message).toMatch(/refused, since the set-up hook strict failed: Error: not ours/);
  });

  test("a connection that ends, is replaced, or has auxiliary ones meanwhile", async () => {
    const seen: string[] = [];
    const dps: Datapath[] = [];
    const go: (() => void)[] = [];
    controller.onSetUp((dp) => {
      dps.push(dp);
      return new Promise<void>((resolve) => go.push(resolve));
    });
    controller.on("up", (dp) => seen.push(`up ${dp.name.slice(-1)}`));
    controller.on("down", () => seen.push("down"));
    controller.on("auxiliary-up", () => seen.push("auxiliary"));
    const app = controller.use(function app(c: AppScope) {
      c.on("packet-in", () => seen.push("packet"));
    });
    const first = new FakeSwitch(controller);
    await first.setUp(1n);
    await settle();
    await first.wire.stream.close();
    await settle();
    const second = new FakeSwitch(controller);
    await second.setUp(1n);
    await settle();
    const third = new FakeSwitch(controller);
    await third.setUp(1n);
    const auxiliary = new FakeSwitch(controller);
    await auxiliary.setUp(1n, 1);
    await settle();
    // a listener that is added now hears a message once
    const off = controller.on("packet-in", () => seen.push("wide"));
    expect(dps.map((dp) => dp.connected)).toEqual([false, false, true]);
    for (const done of go) done();
    await settle();
    third.send(PacketIn.of({ totalLen: 1, match: Match.of({ inPort: 1 }) }));
    await settle();
    expect(seen).toEqual(["up 1", "auxiliary", "wide", "packet"]);
    off();
    app.unload();
  });

  test("an application that is unloaded takes its hooks with it, and one that runs is ended", async () => {
    let signal: AbortSignal | undefined;
    const app = controller.use(function a(c: AppScope) {
      c.onSetUp((_, given) => {
        signal = given;
        return new Promise(() => {});
      });
    });
    const peer = new FakeSwitch(controller);
    await peer.setUp();
    await settle();
    app.unload();
    await settle();
    expect([signal!.aborted, controller.datapaths.size]).toEqual([true, 1]);
    expect(() => app.onSetUp(() => {})).toThrow(/was unloaded/);
    await setUp(2n);
    expect(controller.datapaths.size).toBe(2);
  });
});

test("what a set-up asks is unchanged without hooks", async () => {
  const peer = new FakeSwitch(controller);
  await peer.wire.next();
  peer.wire.send("0400000800000001");
  const features = await peer.take(FeaturesRequest);
  expect(features.type).toBe("features-request");
  peer.wire.stream.destroy();
  await settle();
  expect([PortDescRequest.of().type, controller.records.size]).toEqual(["port-desc-request", 0]);
});
