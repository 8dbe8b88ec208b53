import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type BatchResult, Controller, type ControllerOptions, type Datapath } from "../../src/controller/mod.js";
import {
  BarrierReply,
  BarrierRequest,
  BucketStats,
  BundleAddMessage,
  BundleControl,
  BundleControlType,
  ConfigFlags,
  ControllerRole,
  DescReply,
  DescRequest,
  FlowMod,
  FlowStats,
  FlowStatsReply,
  FlowStatsRequest,
  GetAsyncReply,
  GetAsyncRequest,
  GetConfigReply,
  GetConfigRequest,
  GroupStats,
  GroupStatsReply,
  GroupStatsRequest,
  Match,
  type Message,
  MORE,
  PacketIn,
  PacketOut,
  RoleReply,
  RoleRequest,
  SetAsync,
} from "../../src/ofp/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { MockClock, settle } from "../../src/testing/mock-clock.js";
import { BulkError, OpenFlowError } from "../../src/vconn/mod.js";
import { Transactions } from "../../src/vconn/transactions.js";
import { FakeSwitch } from "./fake-switch.js";

let clock: MockClock;
let controller: Controller;
let peer: FakeSwitch;
let dp: Datapath;

const start = async (version: Version = 4, options: ControllerOptions = {}): Promise<void> => {
  controller = new Controller({ clock, versions: [version], ...options });
  peer = new FakeSwitch(controller, version);
  await peer.setUp(0xabcn);
  await settle();
  dp = controller.datapaths.get(0xabcn)!;
};
const refuse = (xid: number, reason = "00050001", excerpt = ""): void =>
  peer.raw(`0401${(12 + excerpt.length / 2).toString(16).padStart(4, "0")}${xid.toString(16).padStart(8, "0")}${reason}${excerpt}`);

beforeEach(async () => {
  clock = new MockClock();
  await start();
});

afterEach(async () => {
  await controller.close();
  expect(clock.pending).toBe(0);
});

describe("query", () => {
  test("answers the one reply", async () => {
    const reply = dp.query(DescRequest.of());
    await peer.answer(DescRequest, DescReply.of({ mfrDesc: "we" } as never));
    expect((await reply).type).toBe("desc-reply");
  });

  test("a reply of several parts is an error, but not to queryMultipart", async () => {
    const parts = [
      FlowStatsReply.of({ flags: MORE, flows: [FlowStats.of({ priority: 1 })] }),
      FlowStatsReply.of({ flows: [FlowStats.of({ priority: 2 })] }),
    ];
    const one = expect(dp.query(FlowStatsRequest.of())).rejects.toMatchObject({ name: "ProtocolError", code: "EPROTO" });
    await peer.answer(FlowStatsRequest, ...parts);
    await one;
    const all = dp.queryMultipart(FlowStatsRequest.of());
    await peer.answer(FlowStatsRequest, ...parts);
    expect((await all).map((m) => (m as FlowStatsReply).flows[0]!.priority)).toEqual([1, 2]);
  });

  test("a configuration that drops fragments is one reply, though its flags have the bit of parts", async () => {
    const reply = dp.query(GetConfigRequest.of());
    await peer.answer(GetConfigRequest, GetConfigReply.of({ flags: ConfigFlags.FragDrop, missSendLen: 9 }));
    expect((await reply).missSendLen).toBe(9);
  });

  test("a reply of another type is an error", async () => {
    const reply = expect(dp.query(GetConfigRequest.of())).rejects.toMatchObject({
      name: "ProtocolError",
      message: expect.stringContaining("get-config-request was answered by desc-reply"),
    });
    await peer.answer(GetConfigRequest, DescReply.of());
    await reply;
  });

  test("collect joins the parts, and leaves out the counters that a switch does not have, those of buckets and properties too", async () => {
    const none = 0xffff_ffff_ffff_ffffn;
    const flows = dp.collect(FlowStatsRequest.of());
    await peer.answer(
      FlowStatsRequest,
      FlowStatsReply.of({ flags: MORE, flows: [FlowStats.of({ priority: 1, packetCount: 7n, byteCount: none })] }),
      FlowStatsReply.of({ flows: [FlowStats.of({ priority: 2, durationSec: 0xffffffff })] }),
    );
    const [first, second] = await flows;
    expect(first).toMatchObject({ priority: 1, packetCount: 7n, byteCount: undefined });
    expect(second).toMatchObject({ priority: 2, packetCount: 0n, durationSec: undefined, cookie: 0n });
    expect(String(first)).toBe("FlowStats { priority: 1, packetCount: 7 }");
    const groups = dp.collect(GroupStatsRequest.of());
    await peer.answer(
      GroupStatsRequest,
      GroupStatsReply.of({
        groups: [GroupStats.of({ groupId: 3, packetCount: none, buckets: [BucketStats.of({ packetCount: 5n, byteCount: none })] })],
      }),
    );
    const [group] = await groups;
    expect(group).toMatchObject({ groupId: 3, packetCount: undefined, byteCount: 0n });
    expect(group!.buckets[0]).toMatchObject({ packetCount: 5n, byteCount: undefined });
    await expect(dp.collect(DescRequest.of() as never)).rejects.toMatchObject({
      code: "ERR_USAGE",
      message: "the reply to desc-request is no list: use query",
    });
  });

  test("a message without a reply is refused at once, by queryMultipart too", async () => {
    // @ts-expect-error a message without a reply
    await expect(dp.query(FlowMod.of())).rejects.toMatchObject({ code: "ERR_USAGE" });
    // @ts-expect-error a message without a reply
    await expect(dp.query(PacketOut.of())).rejects.toMatchObject({ code: "ERR_USAGE" });
    // @ts-expect-error a message without a reply
    await expect(dp.queryMultipart(FlowMod.of())).rejects.toMatchObject({ code: "ERR_USAGE" });
    await settle();
    expect(peer.wire.messages).toEqual([]);
  });

  test.each(["", "04", "04120010000000"])("an error with the excerpt '%s' finds its request by the transaction id", async (excerpt) => {
    const request = FlowStatsRequest.of();
    const failed = dp.queryMultipart(request).catch((e: unknown) => e);
    const { xid } = await peer.take(FlowStatsRequest);
    peer.reply(xid, FlowStatsReply.of({ flags: MORE }));
    refuse(xid, "00010005", excerpt);
    const e = (await failed) as OpenFlowError;
    expect(e).toBeInstanceOf(OpenFlowError);
    expect(e).toMatchObject({ code: "ERR_OPENFLOW", datapath: 0xabcn, xid, request, reason: "OFPBRC_EPERM" });
    expect(e.result.map((m) => "type" in m && m.type)).toEqual(["flow-stats-reply"]);
  });

  test("what no one answers ends by its time, its signal, or with the connection", async () => {
    const late = expect(dp.query(DescRequest.of(), { timeout: 100 })).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    await clock.advance(100);
    await late;
    const stop = new AbortController();
    const aborted = expect(dp.query(DescRequest.of(), { signal: stop.signal })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    stop.abort();
    await aborted;
    const ended = expect(dp.barrier()).rejects.toMatchObject({ code: "ERR_CLOSED" });
    peer.wire.stream.destroy();
    await ended;
    await dp.closed;
  });
});

test("a signal that outlives its requests has nothing of them, and aborts those that wait, with its reason", async () => {
  const stop = new AbortController();
  for (let i = 0; i < 3; i++) {
    const done = dp.query(DescRequest.of(), { signal: stop.signal });
    await peer.answer(DescRequest, DescReply.of());
    await done;
  }
  const { signal } = stop;
  expect(getEventListeners(signal, "abort")).toEqual([]);
  const dependants = Object.getOwnPropertySymbols(signal).find((s) => s.description === "kDependantSignals");
  expect((signal as unknown as Record<symbol, Set<unknown> | undefined>)[dependants!]?.size ?? 0).toBe(0);
  const waits = [dp.query(DescRequest.of(), { signal }), dp.drained({ signal }), dp.dumpFlows(undefined, { signal }).next()];
  const why = new Error("enough");
  stop.abort(why);
  const [query, , dump] = await Promise.allSettled(waits);
  expect(query).toMatchObject({ reason: { code: "ERR_ABORTED", cause: why } });
  expect(dump).toMatchObject({ reason: { code: "ERR_ABORTED" } });
  await expect(dp.query(DescRequest.of(), { signal })).rejects.toMatchObject({ code: "ERR_ABORTED", cause: why });
});

test("an error of the switch says which switch, wherever it is handed over", async () => {
  const one = dp.batch([FlowMod.of()], { raiseOnError: false });
  refuse((await peer.take(FlowMod)).xid);
  await peer.answer(BarrierRequest, BarrierReply.of());
  expect((await one)[0]!.error).toMatchObject({ datapath: 0xabcn });
  const dump = dp
    .dumpFlows()
    .next()
    .catch((e: unknown) => e);
  refuse((await peer.take(FlowStatsRequest)).xid);
  expect(await dump).toMatchObject({ code: "ERR_OPENFLOW", datapath: 0xabcn });
  const bundle = dp.bundle([FlowMod.of()], { raiseOnError: false });
  refuse((await peer.take(BundleControl)).xid);
  const { outcome, errors } = await bundle;
  expect([outcome, errors[0]?.error.datapath]).toEqual(["rejected", 0xabcn]);
  const cut = dp.batch([FlowMod.of()]).catch((e: unknown) => e);
  refuse((await peer.take(FlowMod)).xid);
  await settle();
  peer.wire.stream.destroy();
  expect(await cut).toMatchObject({ code: "ERR_CLOSED", results: [{ outcome: "refused", error: { datapath: 0xabcn } }] });
});

describe("batch", () => {
  const three = (): Message[] => [FlowMod.of({ priority: 1 }), DescRequest.of(), FlowMod.of({ priority: 3 })];

  test("one barrier, a result for each request in their order; the first error rejects, with all of them", async () => {
    for (const raiseOnError of [false, undefined]) {
      const requests = three();
      const done = dp.batch(requests, raiseOnError === undefined ? {} : { raiseOnError }).catch((e: unknown) => e);
      await peer.take(FlowMod);
      const desc = await peer.take(DescRequest);
      const bad = await peer.take(FlowMod);
      peer.reply(desc.xid, DescReply.of());
      refuse(bad.xid);
      await peer.answer(BarrierRequest, BarrierReply.of());
      const got = await done;
      const results = raiseOnError === false ? got : (got as OpenFlowError).result;
      expect(results).toMatchObject([
        { request: requests[0], outcome: "done", replies: [], error: null },
        { request: requests[1], outcome: "replied", replies: [{ type: "desc-reply" }], error: null },
        { request: requests[2], outcome: "refused", replies: [], error: { reason: "OFPFMFC_TABLE_FULL" } },
      ]);
      if (raiseOnError === undefined)
        expect(got).toMatchObject({ code: "ERR_OPENFLOW", xid: bad.xid, datapath: 0xabcn, request: requests[2] });
      expect(peer.wire.messages).toEqual([]);
    }
    expect(await dp.batch([])).toEqual([]);
  });

  test("at most 200 are in flight, in their order, and fewer if asked for", async () => {
    for (const [options, window] of [
      [{}, 200],
      [{ window: 10 }, 10],
    ] as const) {
      const done = dp.batch(
        Array.from({ length: 450 }, (_, i) => FlowMod.of({ priority: i })),
        options,
      );
      const order: number[] = [];
      const barriers: number[] = [];
      let most = 0;
      let answered = 0;
      for (;;) {
        await settle();
        if (peer.wire.messages.length === 0) {
          const xid = barriers.shift();
          if (xid === undefined) break;
          answered = order.length - (barriers.length > 0 ? Math.ceil(window / 2) : 0);
          peer.reply(xid, BarrierReply.of());
          continue;
        }
        const type = peer.wire.messages[0]!.slice(2, 4);
        if (type === "14") barriers.push((await peer.take(BarrierRequest)).xid);
        else order.push((await peer.take(FlowMod)).priority);
        most = Math.max(most, order.length - answered);
      }
      expect(order).toEqual(Array.from({ length: 450 }, (_, i) => i));
      expect(most).toBeLessThanOrEqual(window);
      expect((await done).every(({ outcome }) => outcome === "done")).toBe(true);
    }
  });

  /** Takes all that is asked, refuses the flows of these priorities, and answers barriers as long as it may. */
  const serveFlows = async (bad: ReadonlySet<number>, barriers: number): Promise<number> => {
    let sent = 0;
    for (let answered = 0; answered < barriers; ) {
      await settle();
      if (peer.wire.messages.length === 0) return sent;
      if (peer.wire.messages[0]!.slice(2, 4) === "14") {
        await peer.answer(BarrierRequest, BarrierReply.of());
        answered++;
        continue;
      }
      const { xid, priority } = await peer.take(FlowMod);
      sent++;
      if (bad.has(priority)) refuse(xid);
    }
    return sent;
  };
  const flows = (count: number): FlowMod[] => Array.from({ length: count }, (_, priority) => FlowMod.of({ priority }));

  test("errors in the middle of more than fit into the window keep nothing behind them from being done", async () => {
    const requests = flows(450);
    const failed = dp.batch(requests).catch((e: unknown) => e);
    expect(await serveFlows(new Set([205, 399]), Number.POSITIVE_INFINITY)).toBe(450);
    const e = (await failed) as OpenFlowError;
    expect(e).toMatchObject({ code: "ERR_OPENFLOW", reason: "OFPFMFC_TABLE_FULL", datapath: 0xabcn, request: requests[205] });
    const results = e.result as readonly BatchResult[];
    expect(results.map(({ request }) => request)).toEqual(requests);
    expect(results.flatMap(({ outcome }, i) => (outcome === "done" ? [] : [[i, outcome]]))).toEqual([
      [205, "refused"],
      [399, "refused"],
    ]);
  });

  test("aborted in the middle of more than fit into the window: done, refused and unknown are told apart", async () => {
    const stop = new AbortController();
    const failed = dp.batch(flows(450), { signal: stop.signal }).catch((e: unknown) => e);
    await serveFlows(new Set([50, 150]), 2);
    stop.abort("enough");
    const e = (await failed) as BulkError;
    expect(e).toMatchObject({ code: "ERR_ABORTED" });
    expect(e.results[50]).toMatchObject({ outcome: "refused", error: { datapath: 0xabcn, reason: "OFPFMFC_TABLE_FULL" } });
    const of = (outcome: string) => e.results.flatMap((r, i) => (r.outcome === outcome ? [i] : []));
    expect(of("refused")).toEqual([50, 150]);
    expect([of("done").length, of("unknown").length]).toEqual([198, 250]);
    expect(Math.max(...of("done"))).toBe(199);
  });

  test("one whose signal is aborted already is told like any other, and sends nothing", async () => {
    const e = (await dp.batch(flows(2), { signal: AbortSignal.abort() }).catch((x: unknown) => x)) as BulkError;
    expect(e).toBeInstanceOf(BulkError);
    expect([e.code, ...e.results.map(({ outcome }) => outcome)]).toEqual(["ERR_ABORTED", "unknown", "unknown"]);
    await settle();
    expect(peer.wire.messages).toEqual([]);
  });

  test("given up, it tells what is known so far", async () => {
    const stop = new AbortController();
    const requests = Array.from({ length: 5 }, (_, i) => (i === 2 ? DescRequest.of() : FlowMod.of({ priority: i })));
    const failed = dp.batch(requests, { window: 4, signal: stop.signal }).catch((e: unknown) => e);
    for (let i = 0; i < 2; i++) await peer.take(FlowMod);
    await peer.answer(BarrierRequest, BarrierReply.of());
    await peer.answer(DescRequest, DescReply.of());
    await settle();
    stop.abort();
    const e = (await failed) as BulkError;
    expect(e).toBeInstanceOf(BulkError);
    expect(e.code).toBe("ERR_ABORTED");
    expect(e.results.map(({ outcome }) => outcome)).toEqual(["done", "done", "replied", "unknown", "unknown"]);
    const closed = dp.batch([FlowMod.of()]).catch((x: unknown) => x);
    peer.wire.stream.destroy();
    expect(await closed).toMatchObject({ code: "ERR_CLOSED", results: [{ outcome: "unknown" }] });
  });
});

test("transaction ids begin again behind the last, and pass over 0 and those that are waited for", () => {
  const transactions = new Transactions("peer", clock);
  const waiter = { reply: () => {}, malformed: () => {}, end: () => {} };
  transactions.add(1, waiter);
  transactions.add(3, waiter);
  const row = transactions.addRow(0x7fffffff - 5, waiter);
  transactions.release(row, waiter);
  const next = Array.from({ length: 5 }, () => transactions.next());
  expect(next).toEqual([0x7ffffffe, 0x7fffffff, 2, 4, 5]);
  expect(transactions.has(3)).toBe(true);
});

test("a loop over packet-ins that is never read holds up neither a batch nor a bundle", async () => {
  const never = dp.events("packet-in", { limit: 10 });
  const batch = dp.batch([FlowMod.of(), FlowMod.of()]);
  const flood = (): void => {
    for (let i = 0; i < 500; i++) peer.send(PacketIn.of({ totalLen: i, match: Match.of({ inPort: 1 }), data: new Uint8Array(1000) }));
  };
  flood();
  await peer.take(FlowMod);
  await peer.take(FlowMod);
  flood();
  await peer.answer(BarrierRequest, BarrierReply.of());
  expect((await batch).map(({ outcome }) => outcome)).toEqual(["done", "done"]);

  const bundle = dp.bundle([FlowMod.of()]);
  const control = async (asked: number): Promise<void> => {
    const request = await peer.take(BundleControl);
    expect(request.controlType).toBe(asked);
    flood();
    peer.reply(request.xid, BundleControl.of({ bundleId: request.bundleId, controlType: asked + 1, flags: request.flags }));
  };
  await control(BundleControlType.OpenRequest);
  await peer.take(BundleAddMessage);
  flood();
  await peer.answer(BarrierRequest, BarrierReply.of());
  await control(BundleControlType.CommitRequest);
  expect((await bundle).outcome).toBe("applied");
  await settle();
  expect([never.queued, never.dropped]).toEqual([10, 2490]);
  await never.return();
});

describe("roles", () => {
  test("are asked for with a generation id; a stale one is refused", async () => {
    const role = dp.role(ControllerRole.Primary, 7n);
    const request = await peer.answer(RoleRequest, RoleReply.of({ role: ControllerRole.Primary, generationId: 7n }));
    expect([request.role, request.generationId]).toEqual([ControllerRole.Primary, 7n]);
    expect(await role).toEqual({ role: ControllerRole.Primary, generationId: 7n });
    const stale = expect(dp.role(ControllerRole.Secondary, 6n)).rejects.toMatchObject({ code: "ERR_OPENFLOW", reason: "OFPRRFC_STALE" });
    refuse((await peer.take(RoleRequest)).xid, "000b0000");
    await stale;
    const now = dp.role(ControllerRole.NoChange);
    await peer.answer(RoleRequest, RoleReply.of({ role: ControllerRole.Equal, generationId: 0xffff_ffff_ffff_ffffn }));
    expect(await now).toEqual({ role: ControllerRole.Equal, generationId: undefined });
  });

  test.each([1, 2] as const)("version %i: Nicira's message, where it is allowed", async (version) => {
    await controller.close();
    await start(version);
    const role = dp.role(ControllerRole.Secondary, 9n);
    const request = await peer.wire.next();
    expect(request).toMatch(new RegExp(`^0${version}040014........000023200000000a00000002$`));
    peer.raw(`${request.slice(0, 16)}000023200000000b00000002`);
    expect(await role).toEqual({ role: ControllerRole.Secondary, generationId: undefined });
    await expect(dp.role(ControllerRole.NoChange)).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
    await controller.close();
    await start(version, { nicira: false });
    expect([dp.nicira, dp.groupChaining]).toEqual([false, true]);
    await expect(dp.role(ControllerRole.Primary)).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
    await expect(dp.setAsyncConfig({ packetIn: 1 })).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
  });
});

test("what applications may use is asked of each connection", async () => {
  expect([dp.nicira, dp.groupChaining]).toEqual([true, true]);
  await controller.close();
  await start(4, { groupChaining: false });
  expect([dp.nicira, dp.groupChaining]).toEqual([true, false]);
});

describe("the async config", () => {
  test("is read, and what is not named stays", async () => {
    const config = dp.asyncConfig();
    await peer.answer(GetAsyncRequest, GetAsyncReply.of({ packetIn: 3, portStatus: 7 }));
    expect(await config).toMatchObject({ packetIn: 3, portStatus: 7, roleStatus: undefined });
    const set = dp.setAsyncConfig({ packetIn: 1 });
    await peer.answer(GetAsyncRequest, GetAsyncReply.of({ packetIn: 3, packetInSecondary: 2, portStatus: 7 }));
    const sent = await peer.take(SetAsync);
    expect([sent.packetIn, sent.packetInSecondary, sent.portStatus]).toEqual([1, 2, 7]);
    await peer.answer(BarrierRequest, BarrierReply.of());
    await set;
  });

  test.each([5, 6] as const)("version %i: only what is named is said, and read back with what came with OpenFlow 1.4", async (version) => {
    await controller.close();
    await start(version);
    const set = dp.setAsyncConfig({ packetIn: 1, roleStatusSecondary: 2, requestForward: 0 });
    // OFPACPT_PACKET_IN_MASTER, _ROLE_STATUS_SLAVE, _REQUESTFORWARD_MASTER with their masks. OpenFlow 1.4.1 §7.3.10
    const sent = await peer.wire.next();
    expect([sent.slice(2, 4), ...sent.slice(16).match(/.{16}/g)!.sort()]).toEqual([
      "1c",
      "0001000800000001",
      "0006000800000002",
      "000b000800000000",
    ]);
    await peer.answer(BarrierRequest, BarrierReply.of());
    await set;
    const config = dp.asyncConfig();
    await peer.answer(GetAsyncRequest, GetAsyncReply.of({ packetIn: 1, roleStatusSecondary: 2, requestForward: 0 }));
    expect(await config).toMatchObject({ packetIn: 1, roleStatusSecondary: 2, requestForward: 0, portStatus: undefined });
  });

  test("before OpenFlow 1.3 it is set by Nicira's message and cannot be read", async () => {
    await controller.close();
    await start(1);
    const set = dp.setAsyncConfig({ packetIn: 1, flowRemoved: 2 });
    expect((await peer.wire.next()).slice(16)).toBe("0000232000000013000000010000000000000000000000000000000200000000");
    await peer.answer(BarrierRequest, BarrierReply.of());
    await set;
    await expect(dp.asyncConfig()).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
  });
});

test("an error message that nobody waits for is a response, and takes no connection down", async () => {
  const seen: number[] = [];
  dp.on("error", (m) => seen.push(m.xid));
  refuse(0x7777, "00010001", "04");
  refuse(0, "00630001");
  await settle();
  expect(seen).toEqual([0x7777, 0]);
  expect(dp.connected).toBe(true);
});
