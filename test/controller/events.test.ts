import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Controller, type Datapath, type EventMatch, type ExperimenterKey } from "../../src/controller/mod.js";
import {
  BarrierReply,
  Capabilities,
  DescReply,
  ErrorMessage,
  Experimenter,
  encodeMessage,
  FeaturesReply,
  FlowMod,
  FlowRemoved,
  type KnownMessage,
  Match,
  PacketIn,
  Port,
  PortDescReply,
  PortReason,
  PortStatus,
  RoleStatus,
} from "../../src/ofp/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { MockClock, settle } from "../../src/testing/mock-clock.js";
import { FakeSwitch } from "./fake-switch.js";

let clock: MockClock;
let controller: Controller;
let peer: FakeSwitch;
let dp: Datapath;

const packetIn = (n: number, more: object = {}): PacketIn =>
  PacketIn.of({ totalLen: n, match: Match.of({ inPort: 1 }), data: new Uint8Array([n]), ...more });

beforeEach(async () => {
  clock = new MockClock();
  controller = new Controller({ clock, versions: [1, 4, 5] });
  peer = new FakeSwitch(controller);
  await peer.setUp(1n);
  await settle();
  dp = controller.datapaths.get(1n)!;
});

afterEach(async () => {
  await controller.close();
  expect(clock.pending).toBe(0);
});

describe("set-up", () => {
  test("versions that there are not are refused when the controller is made, not when a switch comes", () => {
    for (const versions of [[], [4, 7], [0]])
      expect(() => new Controller({ versions: versions as Version[] })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });

  test("a datapath says what its switch is", () => {
    expect(dp.id).toBe(1n);
    expect(dp.auxiliaryId).toBe(0);
    expect(dp.version).toBe(4);
    expect([dp.tables, dp.buffers, dp.capabilities]).toEqual([1, 256, Capabilities.FlowStats]);
    expect([...dp.ports.keys()]).toEqual([1, 2]);
    expect(dp.datapath).toBe(dp);
    expect(String(dp)).toMatch(/^0000000000000001 \(OpenFlow 1\.3, pipe#\d+\)$/);
  });

  test("ports follow port-status in the order in which it comes, before listeners are called", async () => {
    const seen: string[] = [];
    dp.on("port-status", ({ port }) => seen.push([...dp.ports.keys(), dp.ports.get(port.portNo)?.name].join()));
    peer.send(PortStatus.of({ reason: PortReason.Delete, port: Port.of({ portNo: 1 }) }));
    peer.send(PortStatus.of({ reason: PortReason.Add, port: Port.of({ portNo: 3, name: "new" }) }));
    peer.send(PortStatus.of({ reason: PortReason.Modify, port: Port.of({ portNo: 3, name: "newer" }) }));
    await settle();
    expect(seen).toEqual(["2,", "2,3,new", "2,3,newer"]);
  });

  test("a port-status that comes between features and ports is applied after them", async () => {
    const early = new FakeSwitch(controller, 1);
    await early.wire.next();
    early.raw("0100000800000001");
    const xid = await early.request("05");
    early.send(PortStatus.of({ reason: PortReason.Delete, port: Port.of({ portNo: 1 }) }));
    early.reply(xid, FeaturesReply.of({ datapathId: 5n, ports: [Port.of({ portNo: 1 }), Port.of({ portNo: 2 })] }));
    await settle();
    expect([...controller.datapaths.get(5n)!.ports.keys()]).toEqual([2]);
  });

  test("presetup shows what comes before it is done; what is no part of it comes again as an event", async () => {
    const seen: string[] = [];
    controller.on("presetup", (m, from) => seen.push(`${m.type} ${from.version}`));
    controller.on("packet-in", (m, from) => seen.push(`${m.totalLen} of ${from.datapath.id}`));
    const early = new FakeSwitch(controller);
    await early.wire.next();
    early.raw("0400000800000001");
    early.send(packetIn(42));
    await settle();
    early.reply(await early.request("05"), FeaturesReply.of({ datapathId: 6n, auxiliaryId: 0 }));
    early.wire.stream.destroy();
    await settle();
    expect(seen).toEqual(["packet-in 4", "features-reply 4"]);
    seen.length = 0;
    const again = new FakeSwitch(controller);
    await again.wire.next();
    again.raw("0400000800000001");
    again.send(packetIn(43));
    again.reply(await again.request("05"), FeaturesReply.of({ datapathId: 6n }));
    again.reply(await again.request("12"), PortDescReply.of());
    await settle();
    expect(seen).toEqual(["packet-in 4", "features-reply 4", "port-desc-reply 4", "43 of 6"]);
  });

  test("what comes before set-up is bounded in messages and in bytes", async () => {
    const small = new Controller({ clock, maxEarlyMessages: 3, maxEarlyBytes: 200 });
    const seen: number[] = [];
    small.on("packet-in", (m) => seen.push(m.totalLen));
    for (const [id, size] of [
      [1n, 1],
      [2n, 100],
    ] as const) {
      const early = new FakeSwitch(small, 1);
      await early.wire.next();
      early.raw("0100000800000001");
      for (let i = 0; i < 5; i++) early.send(packetIn(i, { data: new Uint8Array(size) }));
      early.reply(await early.request("05"), FeaturesReply.of({ datapathId: id }));
      await settle();
    }
    expect(seen).toEqual([0, 1, 2, 0]);
    await small.close();
  });
});

describe("listeners", () => {
  test("of a datapath and of all datapaths, those still to come included, each until it is ended", async () => {
    const seen: string[] = [];
    const end = controller.on("packet-in", (m, from) => seen.push(`all ${m.totalLen} ${from.datapath.id}`));
    const endOwn = dp.on("packet-in", (m) => seen.push(`own ${m.totalLen}`));
    const other = new FakeSwitch(controller, 1);
    await other.setUp(2n);
    peer.send(packetIn(1));
    other.send(packetIn(2));
    await settle();
    expect(seen.splice(0)).toEqual(["all 1 1", "own 1", "all 2 2"]);
    end();
    end();
    peer.send(packetIn(3));
    other.send(packetIn(4));
    await settle();
    expect(seen.splice(0)).toEqual(["own 3"]);
    endOwn();
    peer.send(packetIn(5));
    await settle();
    expect(seen).toEqual([]);
  });

  test("async is what the switch says of its own accord, response what answers a send", async () => {
    const seen: string[] = [];
    dp.on("async", (m) => seen.push(`async ${m.type}`));
    dp.on("response", (m) => seen.push(`response ${m.type}`));
    const xid = dp.send(FlowMod.of());
    dp.on("response", (m) => seen.push(`mine ${m.type}`), { xid });
    dp.on("response", (m) => seen.push(`error ${m.type}`), { isError: true });
    await peer.take(FlowMod);
    peer.send(packetIn(1));
    peer.send(FlowRemoved.of());
    peer.send(RoleStatus.of());
    peer.send(DescReply.of());
    // one byte of an excerpt: the transaction id tells all the same
    peer.raw(`0401000d${xid.toString(16).padStart(8, "0")}00050001 04`);
    await settle();
    expect(seen).toEqual([
      "async packet-in",
      "async flow-removed",
      "async role-status",
      "response desc-reply",
      "response error",
      "mine error",
      "error error",
    ]);
  });

  test.each([1, 4] as const)("version %i: experimenter is all that came as one, known here or not, with its key", async (version) => {
    const other = new FakeSwitch(controller, version);
    await other.setUp(2n);
    const seen: string[] = [];
    const tell =
      (tag: string) =>
      (m: KnownMessage, _: unknown, { experimenter, expType }: ExperimenterKey) =>
        seen.push(`${tag} ${m.type} ${experimenter.toString(16)} ${expType}`);
    controller.on("experimenter", tell("all"), { datapath: 2n });
    controller.on("experimenter", tell("2320"), { experimenter: 0x2320 });
    controller.on("experimenter", tell("7"), { experimenter: 0xabcdef, expType: 7 });
    controller.on("experimenter", tell("8"), { experimenter: 0xabcdef, expType: 8 });
    controller.on("packet-in", (m) => seen.push(`packet-in ${m.totalLen} ${m.tableId}`));
    other.send(packetIn(1, { format: "nxt", tableId: 3 }));
    const data = new Uint8Array([0, 0, 0, 7]);
    other.send(Experimenter.of(version === 1 ? { experimenter: 0xabcdef, data } : { experimenter: 0xabcdef, expType: 7 }));
    other.send(Experimenter.of({ experimenter: 1 }));
    await settle();
    expect(seen).toEqual([
      "packet-in 1 3",
      "all packet-in 2320 17",
      "2320 packet-in 2320 17",
      "all experimenter abcdef 7",
      "7 experimenter abcdef 7",
      "all experimenter 1 0",
    ]);
  });

  const matches: [string, EventMatch, number[]][] = [
    ["nothing", {}, [1, 2, 3]],
    ["a datapath", { datapath: 1n }, [1, 2, 3]],
    ["another datapath", { datapath: 2n }, []],
    ["an auxiliary id", { auxiliaryId: 1 }, []],
    ["a type", { type: "packet-in" }, [1, 2, 3]],
    ["another type", { type: "flow-removed" }, []],
    ["a table", { tableId: 2 }, [2, 3]],
    ["a cookie", { cookie: 0x12n }, [2]],
    ["a cookie and mask", { cookie: 0xff10n, cookieMask: 0xf0n }, [2, 3]],
    ["a table and a cookie", { tableId: 2, cookie: 0x1fn, cookieMask: 0xffn }, [3]],
    ["a function", { where: (m) => m.type === "packet-in" && m.totalLen > 2 }, [3]],
    ["an experimenter", { experimenter: 1 }, []],
  ];
  test.each(matches)("matched by %s", async (_, match, wanted) => {
    const seen: number[] = [];
    const wide: number[] = [];
    dp.on("async", (m) => m.type === "packet-in" && seen.push(m.totalLen), match);
    controller.on("packet-in", (m) => wide.push(m.totalLen), match);
    for (const [n, tableId, cookie] of [
      [1, 1, 0n],
      [2, 2, 0x12n],
      [3, 2, 0x1fn],
    ] as const)
      peer.send(packetIn(n, { tableId, cookie }));
    peer.send(PortStatus.of({ port: Port.of({ portNo: 4 }) }));
    await settle();
    expect(seen).toEqual(wanted);
    expect(wide).toEqual(wanted);
  });

  test("states can be matched by datapath and auxiliary id", async () => {
    const seen: string[] = [];
    controller.on("up", ({ id }) => seen.push(`up ${id}`), { datapath: 3n });
    controller.on("auxiliary-up", ({ auxiliaryId }) => seen.push(`aux ${auxiliaryId}`), { datapath: 1n, auxiliaryId: 2 });
    await new FakeSwitch(controller).setUp(2n);
    await new FakeSwitch(controller).setUp(3n);
    await new FakeSwitch(controller).setUp(1n, 1);
    await new FakeSwitch(controller).setUp(1n, 2);
    await settle();
    expect(seen).toEqual(["up 3", "aux 2"]);
  });

  test("one that is taken away by another hears no more of the same message, and one that is added hears the next", async () => {
    const seen: string[] = [];
    let end: (() => void) | undefined;
    dp.on("packet-in", (m) => {
      end?.();
      if (m.totalLen === 1) dp.on("packet-in", (later) => seen.push(`added ${later.totalLen}`));
    });
    const second = controller.on("packet-in", () => seen.push("second"));
    const third = dp.on("async", () => seen.push("third"));
    end = () => {
      second();
      third();
    };
    peer.send(packetIn(1));
    peer.send(packetIn(2));
    await settle();
    expect(seen).toEqual(["added 2"]);
    seen.length = 0;
    let endUp: (() => void) | undefined;
    controller.on("up", () => {
      endUp?.();
      controller.on("up", ({ id }) => seen.push(`added ${id}`));
    });
    endUp = controller.on("up", () => seen.push("second"));
    await new FakeSwitch(controller).setUp(2n);
    await settle();
    expect(seen).toEqual([]);
    await new FakeSwitch(controller).setUp(3n);
    await settle();
    expect(seen).toEqual(["added 3"]);
  });

  test("a message that only controllers send is answered with an error, and does no other harm", async () => {
    let errors = 0;
    controller.on("async", () => errors++);
    peer.send(FlowMod.of());
    const error = await peer.take(ErrorMessage);
    expect([error.errType, error.code]).toEqual([1, 1]);
    peer.raw("04630008 00000007");
    expect((await peer.take(ErrorMessage)).code).toBe(1);
    expect(dp.connected).toBe(true);
    expect(errors).toBe(0);
  });
});

describe("loops over events", () => {
  test("what they take is theirs to keep, and what has no room is dropped and counted", async () => {
    const events = dp.events("packet-in", { limit: 3 });
    for (let i = 1; i <= 10; i++) peer.send(packetIn(i));
    await settle();
    expect([events.queued, events.dropped, controller.counters.dropped]).toEqual([3, 7, 7]);
    const seen: string[] = [];
    peer.send(packetIn(99));
    for await (const [message, from] of events) {
      seen.push(`${message.totalLen} ${message.inPort} ${message.data.join()} ${from === dp}`);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(["1 1 1 true", "2 1 2 true", "3 1 3 true"]);
    peer.send(packetIn(100));
    await settle();
    expect(events.queued).toBe(0);
    expect(await events.next()).toEqual({ value: undefined, done: true });
  });

  test("one that waits gets the next event; matched, and across datapaths", async () => {
    const events = controller.events("packet-in", { where: (m) => m.type === "packet-in" && m.totalLen === 2 });
    const next = events.next();
    peer.send(packetIn(1));
    peer.send(packetIn(2));
    expect((await next).value?.[0].totalLen).toBe(2);
    await events.return();
    const keyed = controller.events("experimenter", { experimenter: 5 });
    peer.send(Experimenter.of({ experimenter: 5, expType: 6 }));
    expect((await keyed.next()).value?.[2]).toEqual({ experimenter: 5, expType: 6 });
    await keyed.return();
  });

  test("states come in loops too", async () => {
    await using ups = controller.events("up");
    await new FakeSwitch(controller).setUp(4n);
    expect((await ups.next()).value?.map(String)).toEqual([expect.stringMatching(/^0000000000000004 /)]);
  });

  test("a loop over a datapath ends with it, after what waits", async () => {
    const events = dp.events("packet-in");
    peer.send(packetIn(1));
    await settle();
    peer.wire.stream.destroy();
    await settle();
    const seen: number[] = [];
    for await (const [{ totalLen }] of events) seen.push(totalLen);
    expect(seen).toEqual([1]);
  });

  test("of a datapath that has ended a loop ends at once", async () => {
    peer.wire.stream.destroy();
    await settle();
    expect(await dp.events("packet-in").next()).toEqual({ value: undefined, done: true });
  });

  test("a signal ends one with ERR_ABORTED, once; a limit under 1 is refused", async () => {
    const stop = new AbortController();
    const events = dp.events("packet-in", { signal: stop.signal });
    const waiting = expect(events.next()).rejects.toMatchObject({ code: "ERR_ABORTED" });
    stop.abort();
    await waiting;
    expect(await events.next()).toEqual({ value: undefined, done: true });
    await expect(dp.events("packet-in", { signal: stop.signal }).next()).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(() => dp.events("packet-in", { limit: 0 })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });

  test("closing the controller ends them", async () => {
    const all = controller.events("packet-in").next();
    const downs = controller.events("down");
    await controller.close();
    expect((await all).done).toBe(true);
    expect((await downs.next()).value?.[0]).toBe(dp);
    expect((await downs.next()).done).toBe(true);
  });
});

test("the bytes of a message are the same whichever form of listener takes it", async () => {
  const bytes: Uint8Array[] = [];
  const sent = packetIn(9, { data: new Uint8Array(100).fill(7) });
  dp.on("packet-in", (m) => bytes.push(encodeMessage(m, 4)));
  const loop = dp.events("async");
  peer.send(sent);
  await settle();
  bytes.push(encodeMessage((await loop.next()).value![0], 4));
  expect(bytes.map((b) => b.join())).toEqual([encodeMessage(sent, 4).join(), encodeMessage(sent, 4).join()]);
  peer.send(BarrierReply.of());
  await loop.return();
});
