/** Many requests at once, long replies, bundles. */
import { describe, expect, test } from "vitest";
import {
  BarrierReply,
  BundleAddMessage,
  BundleControl,
  BundleControlType,
  EchoRequest,
  errorReply,
  FeaturesReply,
  FeaturesRequest,
  FlowMod,
  FlowStats,
  FlowStatsReply,
  FlowStatsRequest,
  type KnownMessage,
  type Message,
  MORE,
} from "../../src/ofp/mod.js";
import { MockClock, settle } from "../../src/testing/mod.js";
import type { BulkError, Vconn, VconnOptions } from "../../src/vconn/mod.js";
import { pair } from "./network.js";

type Script = (m: KnownMessage, peer: Vconn, bytes: Uint8Array) => void;

/** A connection to a peer that answers by a script, and barriers by itself. */
async function scripted(script: Script, options: VconnOptions = {}): Promise<[Vconn, Vconn, string[]]> {
  const [ours, peer] = await pair(options);
  const seen: string[] = [];
  peer.onMessage = (_type, c, p, end) => {
    const m = peer.decode(c, p, end);
    if (m.type === "unknown") return;
    seen.push(BundleControl.is(m) ? `bundle ${m.controlType}` : m.type);
    if (m.type === "barrier-request") peer.send(BarrierReply.of({ xid: m.xid }));
    else script(m, peer, c.u8.slice(p, end));
  };
  return [ours, peer, seen];
}
const refuse = (peer: Vconn, bytes: Uint8Array, reason: string): void => {
  const xid = new DataView(bytes.buffer).getUint32(4);
  peer.send(errorReply(4, reason, xid, bytes));
};
const flow = (priority: number): FlowMod => FlowMod.of({ priority });

describe("transactMultiple", () => {
  const bad: Script = (m, peer, bytes) => {
    if (m.type === "flow-mod" && m.priority % 10 === 3) refuse(peer, bytes, "OFPFMFC_TABLE_FULL");
    if (m.type === "features-request") peer.send(FeaturesReply.of({ xid: m.xid, datapathId: 7n }));
  };

  test.each([undefined, 2, 7, 100])("each request has its result, in order, with a window of %s", async (window) => {
    const [ours, , seen] = await scripted(bad);
    const requests: Message[] = Array.from({ length: 50 }, (_, i) => (i === 25 ? FeaturesRequest.of({ xid: 99 }) : flow(i)));
    const results = await ours.transactMultiple(requests, { window });
    expect(results.map((r) => r.request)).toEqual(requests);
    results.forEach((r, i) => {
      expect(r.error?.reason).toBe(i % 10 === 3 ? "OFPFMFC_TABLE_FULL" : undefined);
      if (r.error !== null) expect(r.error.request).toBe(requests[i]);
      expect(r.replies.map((m) => m.type)).toEqual(i === 25 ? ["features-reply"] : []);
    });
    expect(requests.map((r) => (r as FlowMod).xid)).toEqual(requests.map((_, i) => (i === 25 ? 99 : 0)));
    const barriers = seen.filter((t) => t === "barrier-request").length;
    if (window === undefined || window === 100) expect(barriers).toBe(1);
    else expect(barriers).toBeGreaterThanOrEqual(50 / window);
    expect(ours.waiting).toBe(0);
  });

  test("a reply without end is given up, and what came of the others is told", async () => {
    const [ours] = await scripted((m, peer) => {
      if (m.type !== "flow-stats-request") return;
      for (let i = 0; i < 20; i++) peer.send(FlowStatsReply.of({ xid: m.xid, flags: MORE, flows: [FlowStats.of({ priority: i })] }));
    });
    const requests = [FlowStatsRequest.of(), flow(1), flow(2)];
    const failed: unknown = await ours.transactMultiple(requests, { window: 2, maxBytes: 500 }).catch((e: unknown) => e);
    expect(failed).toMatchObject({ code: "ERR_TOO_LONG", message: expect.stringContaining("500 bytes") });
    const { results } = failed as BulkError;
    expect(results.map((r) => r.request)).toEqual(requests);
    expect(results[0]!.replies.length).toBeGreaterThan(0);
    expect(results[0]!.replies.length).toBeLessThan(20);
    expect(ours.waiting).toBe(0);
  });

  test("a request without a reply is not sent when its signal has aborted before", async () => {
    const [ours, , seen] = await scripted(() => {});
    await expect(ours.transactNoReply(flow(1), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await ours.barrier();
    expect([seen, ours.waiting]).toEqual([["barrier-request"], 0]);
  });

  test("never more than the window in flight", async () => {
    let open = 0;
    let most = 0;
    const [ours, peer] = await pair();
    const barriers: number[] = [];
    peer.onMessage = (_type, c, p, end) => {
      const m = peer.decode(c, p, end) as KnownMessage;
      if (m.type !== "barrier-request") most = Math.max(most, ++open);
      else {
        barriers.push(m.xid);
        setTimeout(() => {
          open = Math.max(0, open - 10);
          peer.send(BarrierReply.of({ xid: m.xid }));
        }, 1);
      }
    };
    await ours.transactMultiple(
      Array.from({ length: 200 }, (_, i) => flow(i)),
      { window: 20 },
    );
    expect(most).toBeLessThanOrEqual(20);
    expect(barriers.length).toBeGreaterThanOrEqual(20);
  });

  test("what cannot be encoded, an end, a time-out and an abort reject, and leave no waiter", async () => {
    const clock = new MockClock();
    const [ours, peer] = await pair({ clock });
    peer.onMessage = () => {};
    const wrong = [flow(1), FlowMod.of({ priority: 1 << 20 })];
    await expect(ours.transactMultiple(wrong)).rejects.toMatchObject({ code: "ERR_RANGE", message: expect.stringContaining("message 1:") });
    const late = expect(ours.transactMultiple([flow(1)])).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    await clock.advance(30_000);
    await late;
    const abort = new AbortController();
    const aborted = expect(ours.transactMultiple([flow(1)], { signal: abort.signal })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    abort.abort();
    await aborted;
    await expect(ours.transactMultiple([flow(1)], { signal: abort.signal })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await expect(ours.transactMultiple([flow(1)], { window: 0 })).rejects.toMatchObject({ code: "ERR_USAGE" });
    const ended = expect(ours.transactMultiple([flow(1)])).rejects.toMatchObject({ code: "ERR_CLOSED" });
    peer.destroy();
    await ended;
    expect(ours.waiting).toBe(0);
    expect(clock.pending).toBe(0);
    expect(await ours.transactMultiple([])).toEqual([]);
  });

  test("requests beside it have ids of their own", async () => {
    const [ours] = await scripted(bad);
    const many = ours.transactMultiple(Array.from({ length: 1000 }, (_, i) => flow(i)));
    const replies = await Promise.all([ours.transact(FeaturesRequest.of()), ours.transact(FeaturesRequest.of()), ours.barrier()]);
    expect(replies.slice(0, 2).map((r) => (r as FeaturesReply)?.datapathId)).toEqual([7n, 7n]);
    expect((await many).filter((r) => r.error !== null).length).toBe(100);
  });
});

describe("dumpFlows", () => {
  const part = (m: Message, from: number, count: number, more: boolean): FlowStatsReply =>
    FlowStatsReply.of({
      xid: (m as FlowStatsRequest).xid,
      flags: more ? MORE : 0,
      flows: Array.from({ length: count }, (_, i) => FlowStats.of({ priority: from + i })),
    });

  test("flows of all parts, in order", async () => {
    const [ours] = await scripted((m, peer) => {
      for (let i = 0; i < 10; i++) peer.send(part(m, i * 100, 100, i < 9));
    });
    const got: number[] = [];
    for await (const f of ours.dumpFlows()) got.push(f.priority);
    expect(got).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([ours.waiting, ours.reading]).toEqual([0, true]);
  });

  test("nothing is read while nobody takes", async () => {
    let sent = 0;
    const [ours, peer] = await scripted((m, p) => {
      const more = (): void => {
        while (sent < 1000 && !p.stream.congested) p.send(part(m, sent, 500, ++sent < 1000));
      };
      p.onDrain = more;
      more();
    });
    const flows = ours.dumpFlows(FlowStatsRequest.of());
    await flows.next();
    for (let i = 0; i < 10; i++) await settle();
    expect(ours.reading).toBe(false);
    const early = sent;
    expect(early).toBeLessThan(100);
    const receivedEarly = ours.received;
    expect(receivedEarly).toBeLessThan(10);
    let count = 1;
    for await (const _ of flows) count++;
    expect(count).toBe(500_000);
    expect(sent).toBe(1000);
    expect([ours.waiting, ours.reading, peer.state]).toEqual([0, true, "connected"]);
  });

  test("leaving early drops the rest", async () => {
    const [ours] = await scripted((m, peer) => {
      if (m.type === "flow-stats-request") for (let i = 0; i < 100; i++) peer.send(part(m, i, 100, i < 99));
    });
    let seen = 0;
    ours.onMessage = () => seen++;
    for await (const f of ours.dumpFlows()) if (f.priority > 2) break;
    await ours.barrier();
    expect([seen, ours.waiting, ours.reading]).toEqual([0, 0, true]);
  });

  test("errors, other replies, time-outs, aborts and the end of the connection reject", async () => {
    const clock = new MockClock();
    let script: Script = (_m, peer, bytes) => refuse(peer, bytes, "OFPBRC_EPERM");
    const [ours, peer] = await scripted((m, p, b) => script(m, p, b), { clock });
    await expect(ours.dumpFlows().next()).rejects.toMatchObject({ reason: "OFPBRC_EPERM" });
    script = (m, p) => p.send(FeaturesReply.of({ xid: (m as FlowStatsRequest).xid }));
    await expect(ours.dumpFlows().next()).rejects.toMatchObject({ code: "EPROTO" });
    script = (m, p) => p.send(part(m, 0, 1, true));
    const late = ours.dumpFlows();
    expect(await late.next()).toMatchObject({ value: { priority: 0 } });
    const failed = expect(late.next()).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    await clock.advance(30_000);
    await failed;
    const abort = new AbortController();
    const aborted = ours.dumpFlows(undefined, { signal: abort.signal });
    await aborted.next();
    const stopped = expect(aborted.next()).rejects.toMatchObject({ code: "ERR_ABORTED" });
    abort.abort();
    await stopped;
    await expect(ours.dumpFlows(undefined, { signal: abort.signal }).next()).rejects.toMatchObject({ code: "ERR_ABORTED" });
    const ended = ours.dumpFlows();
    await ended.next();
    const closed = expect(ended.next()).rejects.toMatchObject({ code: "ERR_CLOSED" });
    peer.destroy();
    await closed;
    expect([ours.waiting, clock.pending]).toEqual([0, 0]);
  });

  test("a reply without an end is given up", async () => {
    const [ours] = await scripted((m, peer) => {
      for (let i = 0; i < 70_000; i++) peer.send(part(m, 0, 0, true));
    });
    await expect(
      (async () => {
        for await (const _ of ours.multipartReplies(FlowStatsRequest.of()));
      })(),
    ).rejects.toMatchObject({ code: "ERR_TOO_LONG" });
  });

  test("a reply of more bytes than the caller would take is given up", async () => {
    const [ours] = await scripted((m, peer) => {
      for (let i = 0; i < 100; i++) peer.send(part(m, 0, 10, i < 99));
    });
    const whole = await ours.transactMultipart(FlowStatsRequest.of());
    expect(whole).toHaveLength(100);
    await expect(ours.transactMultipart(FlowStatsRequest.of(), { maxBytes: 20_000 })).rejects.toMatchObject({
      code: "ERR_TOO_LONG",
      message: expect.stringContaining("exceeds 20000 bytes"),
    });
    expect(ours.waiting).toBe(0);
  });
});

describe("transactMultiple, up to the first that is refused", () => {
  const script: Script = (m, peer, bytes) => {
    if (m.type === "flow-mod" && m.priority === 3) refuse(peer, bytes, "OFPFMFC_TABLE_FULL");
    if (m.type === "echo-request") peer.sendBytes(Uint8Array.of(4, 3, 0, 8, ...bytes.subarray(4, 8)));
  };
  const requests = Array.from({ length: 10 }, (_, i) => flow(i));

  test("nothing is sent behind it, and what was not is known", async () => {
    const [ours, , seen] = await scripted(script);
    const results = await ours.transactMultiple(requests, { stopAtFirst: true });
    expect(results.map(({ outcome }) => outcome)).toEqual(["done", "done", "done", "refused", ...Array(6).fill("unsent")]);
    expect(seen).toEqual(Array(4).fill(["flow-mod", "barrier-request"]).flat());
    expect(ours.waiting).toBe(0);
  });

  test("with a window, it is a window at a time", async () => {
    const [ours, , seen] = await scripted(script);
    const results = await ours.transactMultiple(requests, { stopAtFirst: true, window: 3 });
    expect(results.map(({ outcome }) => outcome)).toEqual(["done", "done", "done", "refused", "done", "done", ...Array(4).fill("unsent")]);
    expect(seen.filter((type) => type === "barrier-request").length).toBe(2);
  });

  test("where all are good, all are done", async () => {
    const [ours] = await scripted(() => {});
    const results = await ours.transactMultiple(requests, { stopAtFirst: true });
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(10).fill("done"));
    expect(await ours.transactMultiple([], { stopAtFirst: true })).toEqual([]);
  });
});

describe("transactNoReply", () => {
  test("hands back what came nevertheless: nothing, one, or the last of several with a line about each further one", async () => {
    const lines: string[] = [];
    const [ours] = await scripted(
      (m, peer) => {
        for (let i = 1; m.type === "features-request" && i <= m.xid; i++)
          peer.send(FeaturesReply.of({ xid: m.xid, datapathId: BigInt(i) }));
      },
      { log: (level, text) => level === "warn" && lines.push(text) },
    );
    expect(await ours.transactNoReply(flow(1))).toBeNull();
    expect(await ours.transactNoReply(FeaturesRequest.of({ xid: 1 }))).toMatchObject({ type: "features-reply", datapathId: 1n });
    expect(lines).toEqual([]);
    expect(await ours.transactNoReply(FeaturesRequest.of({ xid: 3 }))).toMatchObject({ datapathId: 3n });
    expect(lines).toEqual(Array(2).fill(`${ours.name}: duplicate replies with xid 00000003`));
    expect(ours.waiting).toBe(0);
  });

  test("an end, an abort and a request under way reject as they do elsewhere", async () => {
    const [ours, peer] = await pair();
    const waits = ours.transactNoReply(FeaturesRequest.of({ xid: 5 }));
    await expect(ours.transactNoReply(FeaturesRequest.of({ xid: 5 }))).rejects.toMatchObject({ code: "ERR_USAGE" });
    await expect(ours.transactNoReply(flow(1), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    void peer.close();
    await expect(waits).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await ours.closed;
    await expect(ours.transactNoReply(flow(1))).rejects.toMatchObject({ code: "ENOTCONN" });
    expect(ours.waiting).toBe(0);
  });
});

describe("bundle", () => {
  /** A switch that takes bundles: what is in them is done at the commit, and a bad flow is refused then or when it is added. */
  function bundles(options: { badAt?: "add" | "commit"; answer?: (m: BundleControl) => BundleControl | null } = {}) {
    const state = { open: new Map<number, FlowMod[]>(), done: [] as number[] };
    const script: Script = (m, peer, bytes) => {
      if (BundleAddMessage.is(m)) {
        const mod = m.message as FlowMod;
        expect(mod.xid).toBe(m.xid);
        if (mod.priority === 13 && options.badAt === "add") refuse(peer, bytes, "OFPFMFC_BAD_COMMAND");
        else state.open.get(m.bundleId)!.push(mod);
        return;
      }
      if (!BundleControl.is(m)) return;
      const mods = state.open.get(m.bundleId);
      if (m.controlType === BundleControlType.OpenRequest) state.open.set(m.bundleId, []);
      else state.open.delete(m.bundleId);
      if (m.controlType === BundleControlType.CommitRequest) {
        const bad = mods!.filter((f) => f.priority === 13);
        for (const f of bad) peer.send(errorReply(4, "OFPFMFC_TABLE_FULL", f.xid, bytes));
        if (bad.length > 0) {
          refuse(peer, bytes, "OFPBFC_MSG_FAILED");
          return;
        }
        state.done.push(...mods!.map((f) => f.priority));
      }
      const reply = BundleControl.of({ xid: m.xid, bundleId: m.bundleId, flags: m.flags, controlType: m.controlType + 1 });
      const answer = options.answer === undefined ? reply : options.answer(reply);
      if (answer !== null) peer.send(answer);
    };
    return { state, script };
  }
  const good = [flow(1), flow(2), flow(3)];

  test("applied, after a barrier, with a commit", async () => {
    const { state, script } = bundles();
    const [ours, , seen] = await scripted(script);
    expect(await ours.bundle(good)).toEqual({ outcome: "applied", errors: [], cause: undefined });
    expect(state.done).toEqual([1, 2, 3]);
    expect(seen).toEqual(["bundle 0", "bundle-add-message", "bundle-add-message", "bundle-add-message", "barrier-request", "bundle 4"]);
    expect((await Promise.all([ours.bundle(good), ours.bundle([]), ours.bundle(good)])).map((r) => r.outcome)).toEqual([
      "applied",
      "applied",
      "applied",
    ]);
    expect([state.open.size, ours.waiting]).toEqual([0, 0]);
  });

  test.each(["add", "commit"] as const)("one of 10,000 is bad, found out at %s: nothing is done, and it is named", async (badAt) => {
    const { state, script } = bundles({ badAt });
    const [ours, , seen] = await scripted(script);
    const messages = Array.from({ length: 10_000 }, (_, i) => flow(i === 7_777 ? 13 : 20));
    const result = await ours.bundle(messages);
    expect(result.outcome).toBe("rejected");
    expect(result.errors[0]).toMatchObject({ index: 7_777, request: messages[7_777] });
    expect(result.errors[0]!.error.request).toBe(messages[7_777]);
    expect(result.errors.length).toBe(badAt === "add" ? 1 : 2);
    if (badAt === "commit") expect(result.errors[1]).toMatchObject({ index: undefined });
    expect(seen.at(-1)).toBe(badAt === "add" ? "bundle 6" : "bundle 4");
    expect([state.done, state.open.size, ours.waiting]).toEqual([[], 0, 0]);
  });

  test("every error has its message, also those of later windows", async () => {
    const { state, script } = bundles({ badAt: "add" });
    const [ours] = await scripted(script);
    const messages = Array.from({ length: 1_000 }, (_, i) => flow(i % 250 === 7 ? 13 : 20));
    const result = await ours.bundle(messages, { window: 10 });
    expect(result.outcome).toBe("rejected");
    expect(result.errors.map(({ index }) => index)).toEqual([7, 257, 507, 757]);
    expect([state.done, state.open.size, ours.waiting]).toEqual([[], 0, 0]);
  });

  test("answers that do not fit: nothing is done, or unknown behind the commit", async () => {
    const answers: Record<string, [(m: BundleControl) => BundleControl, string]> = {
      "another bundle at open": [(m) => Object.assign(m, { bundleId: m.controlType === 1 ? 77 : m.bundleId }), "rejected"],
      "another bundle at commit": [(m) => Object.assign(m, { bundleId: m.controlType === 5 ? 77 : m.bundleId }), "unknown"],
      "another type at commit": [(m) => Object.assign(m, { controlType: m.controlType === 5 ? 7 : m.controlType }), "unknown"],
    };
    for (const [answer, outcome] of Object.values(answers)) {
      const { state, script } = bundles({ answer });
      const [ours] = await scripted(script);
      expect(await ours.bundle(good)).toMatchObject({ outcome, cause: { code: "EPROTO" } });
      expect([state.open.size, ours.waiting]).toEqual([0, 0]);
    }
  });

  test("the commit's reply never comes: unknown, resolved by reading back", async () => {
    for (const end of ["time-out", "close", "abort"]) {
      const clock = new MockClock();
      const { state, script } = bundles({ answer: (m) => (m.controlType === 5 ? null : m) });
      const [ours, peer] = await scripted(
        (m, p, b) => {
          if (FlowStatsRequest.is(m))
            p.send(FlowStatsReply.of({ xid: m.xid, flows: state.done.map((priority) => FlowStats.of({ priority })) }));
          else script(m, p, b);
        },
        { clock },
      );
      const abort = new AbortController();
      const result = ours.bundle(good, { signal: abort.signal });
      await settle();
      if (end === "time-out") await clock.advance(30_000);
      else if (end === "close") peer.destroy();
      else abort.abort();
      const code = { "time-out": "ERR_TIMEOUT", close: "ERR_CLOSED", abort: "ERR_ABORTED" }[end];
      expect(await result).toMatchObject({ outcome: "unknown", errors: [], cause: { code } });
      expect(ours.waiting).toBe(0);
      if (end === "close") continue;
      const there: number[] = [];
      for await (const f of ours.dumpFlows()) there.push(f.priority);
      expect(there).toEqual([1, 2, 3]);
    }
  });

  test("before the commit nothing is done, whatever ends it", async () => {
    const clock = new MockClock();
    const [ours, peer] = await pair({ clock });
    const seen: number[] = [];
    peer.onMessage = (_type, c, p, end) => {
      const m = peer.decode(c, p, end);
      if (!BundleControl.is(m)) return;
      seen.push(m.controlType);
      if (m.controlType !== BundleControlType.CommitRequest)
        peer.send(BundleControl.of({ xid: m.xid, bundleId: m.bundleId, controlType: m.controlType + 1 }));
    };
    const late = ours.bundle(good);
    await settle();
    await clock.advance(30_000);
    expect(await late).toMatchObject({ outcome: "rejected", cause: { code: "ERR_TIMEOUT" } });
    const abort = new AbortController();
    const aborted = ours.bundle(good, { signal: abort.signal });
    await settle();
    abort.abort();
    expect(await aborted).toMatchObject({ outcome: "rejected", cause: { code: "ERR_ABORTED" } });
    await settle();
    expect(seen).toEqual([0, 6, 0, 6]);
    await expect(ours.bundle([flow(1), FlowMod.of({ priority: 1 << 20 })])).rejects.toMatchObject({ code: "ERR_RANGE" });
    expect(seen.slice(4)).toEqual([0, 6]);
    const ended = ours.bundle(good);
    await settle();
    peer.destroy();
    expect(await ended).toMatchObject({ outcome: "rejected", cause: { code: "ERR_CLOSED" } });
    expect([ours.waiting, clock.pending]).toEqual([0, 0]);
  });

  test("OpenFlow 1.0 has none", async () => {
    const [ours] = await pair({ versions: [1] });
    await expect(ours.bundle(good)).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
    expect(ours.waiting).toBe(0);
  });

  test("a switch that knows no bundles", async () => {
    const [ours] = await scripted((_m, peer, bytes) => refuse(peer, bytes, "OFPBRC_BAD_EXPERIMENTER"));
    expect(await ours.bundle(good)).toMatchObject({ outcome: "rejected", errors: [{ index: undefined }], cause: undefined });
    ours.send(EchoRequest.of());
  });
});
