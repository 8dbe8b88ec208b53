/** One application hurts no other and no channel, and leaves nothing behind. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type App, type AppScope, Controller, type Datapath } from "../../src/controller/mod.js";
import {
  BarrierReply,
  BarrierRequest,
  DescReply,
  DescRequest,
  FlowMod,
  FlowStats,
  FlowStatsReply,
  FlowStatsRequest,
  Match,
  MORE,
  PacketIn,
  PacketOut,
} from "../../src/ofp/mod.js";
import { MockClock, settle } from "../../src/testing/mock-clock.js";
import { FakeSwitch } from "./fake-switch.js";

let clock: MockClock;
let controller: Controller;
let peer: FakeSwitch;
let lines: string[];
/** A line with a frame of a stack. */
const FRAME = / {2}at /;

const counting =
  (seen: number[]): App =>
  (c) =>
    void c.on("packet-in", (m) => seen.push(m.totalLen)) as undefined;
const send = (n: number, to = peer): void => to.send(PacketIn.of({ totalLen: n, match: Match.of({ inPort: 1 }) }));
const setUp = async (id = 1n): Promise<FakeSwitch> => {
  const made = new FakeSwitch(controller, 4, { highWater: 0x10000, lowWater: 0x4000 });
  await made.setUp(id);
  await settle();
  return made;
};

beforeEach(() => {
  clock = new MockClock();
  lines = [];
  controller = new Controller({
    clock,
    maxPending: 5,
    sendBudget: 10_000,
    log: (level, text) => level === "error" && !FRAME.test(text) && lines.push(text),
  });
});

afterEach(async () => {
  peer.wire.stream.resume();
  await controller.close();
  expect(clock.pending).toBe(0);
});

describe("an app that misbehaves", () => {
  test("throws: the others hear all the same; it is counted, and the log is not flooded", async () => {
    const seen: number[] = [];
    const bad = controller.use(
      (c) =>
        void c.on("packet-in", () => {
          throw new Error("broken");
        }) as undefined,
      { name: "bad" },
    );
    const good = controller.use(counting(seen), { name: "good" });
    peer = await setUp();
    for (let i = 0; i < 1000; i++) send(i);
    await settle();
    expect(seen.length).toBe(1000);
    expect(bad.counters).toMatchObject({ delivered: 1000, errors: 1000 });
    expect(good.counters).toMatchObject({ delivered: 1000, errors: 0, dropped: 0 });
    // ten, and 16, 32 … 512
    expect(lines).toHaveLength(16);
    expect(lines[0]).toMatch(/^app bad: a listener of packet-in threw: Error: broken/);
    expect(lines.at(-1)).toMatch(/\(error 512\)$/);
  });

  test("rejects: counted like a throw, and no unhandled rejection", async () => {
    const bad = controller.use((c) => void c.on("packet-in", async () => Promise.reject(new Error("later"))) as undefined, { name: "bad" });
    peer = await setUp();
    send(1);
    await settle();
    expect(bad.counters.errors).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/app bad: .*later/)]);
    for (let i = 0; i < 20; i++) {
      send(i);
      await settle();
    }
    expect(bad.counters).toMatchObject({ delivered: 21, dropped: 0 });
  });

  test("throws what has no text, and returns what is no proper promise: counted all the same", async () => {
    const nothing: unknown = Object.create(null);
    const bad = controller.use((c) => {
      c.on("packet-in", () => {
        throw nothing;
      });
      c.on("packet-in", async () => Promise.reject(nothing));
      c.on("packet-in", () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is what is tested
        then: () => {
          throw new Error("no promise");
        },
      }));
    });
    peer = await setUp();
    for (let i = 0; i < 7; i++) {
      send(i);
      await settle();
    }
    expect(bad.counters).toMatchObject({ delivered: 21, errors: 21, dropped: 0 });
    expect(lines[0]).toMatch(/threw: something that has no text/);
  });

  test("never returns what it does with messages before set-up: bounded too", async () => {
    let calls = 0;
    const bad = controller.use((c) => {
      c.on("presetup", async () => {
        calls++;
        await new Promise(() => {});
      });
    });
    const early = new FakeSwitch(controller);
    await early.wire.next();
    early.raw("0400000800000001");
    for (let i = 0; i < 100; i++) send(i, early);
    await settle();
    expect(calls).toBe(5);
    expect(bad.counters).toMatchObject({ delivered: 5, dropped: 95 });
    peer = await setUp();
  });

  test("asks and asks: refused with ENOBUFS like one that sends", async () => {
    const app = controller.use(() => undefined);
    peer = await setUp();
    const dp = app.datapaths.get(1n)!;
    peer.wire.stream.pause();
    const codes = new Map<string, number>();
    for (let i = 0; i < 30_000 && !codes.has("ENOBUFS"); i++) {
      dp.query(DescRequest.of()).catch(({ code }: { readonly code: string }) => codes.set(code, (codes.get(code) ?? 0) + 1));
      if (i % 100 === 0) await settle();
    }
    expect(codes.get("ENOBUFS")).toBeGreaterThan(0);
    expect(app.counters.refused).toBe(codes.get("ENOBUFS"));
    app.unload();
  });

  test("stays with one flow of a dump: the dump is given up, and what others asked is answered", async () => {
    peer = await setUp();
    const app = controller.use(() => undefined);
    const dump = app.datapaths.get(1n)!.dumpFlows();
    const first = dump.next();
    await peer.answer(FlowStatsRequest, FlowStatsReply.of({ flows: [FlowStats.of(), FlowStats.of()] }));
    expect((await first).done).toBe(false);
    let answered = false;
    const mine = controller.datapaths.get(1n)!.barrier({ timeout: 100_000 });
    void mine.then(() => {
      answered = true;
    });
    await peer.answer(BarrierRequest, BarrierReply.of());
    await clock.advance(29_000);
    expect(answered).toBe(false);
    await clock.advance(31_000);
    await mine;
    await expect(dump.next()).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    expect(await dump.next()).toEqual({ value: undefined, done: true });
  });

  test("never returns: its calls are bounded, the others hear all", async () => {
    const seen: number[] = [];
    let calls = 0;
    const bad = controller.use(
      (c) =>
        void c.on("packet-in", async () => {
          calls++;
          await new Promise(() => {});
        }) as undefined,
    );
    controller.use(counting(seen));
    peer = await setUp();
    for (let i = 0; i < 100; i++) send(i);
    await settle();
    expect(calls).toBe(5);
    expect(bad.counters).toMatchObject({ delivered: 5, dropped: 95 });
    expect(seen.length).toBe(100);
  });

  test("an asynchronous listener of up may stay under way as long as its switch", async () => {
    const seen: number[] = [];
    const app = controller.use((c) => {
      c.on("up", async () => await new Promise(() => {}));
      c.on("up", async () => Promise.reject(new Error("not up")));
      c.on("packet-in", async (m) => seen.push(m.totalLen));
    });
    for (let i = 2n; i < 12n; i++) await setUp(i);
    peer = await setUp();
    send(1);
    send(2);
    await settle();
    expect(seen).toEqual([1, 2]);
    expect(app.counters).toMatchObject({ dropped: 0, errors: 11 });
  });

  test("never takes from its loop: what waits is bounded, the others hear all", async () => {
    const seen: number[] = [];
    const bad = controller.use((c) => void c.events("packet-in", { limit: 7 }) as undefined);
    controller.use(counting(seen));
    peer = await setUp();
    for (let i = 0; i < 100; i++) send(i);
    await settle();
    expect(bad.counters).toMatchObject({ delivered: 7, dropped: 93 });
    expect(seen.length).toBe(100);
  });

  test("floods: it is refused with ENOBUFS, another may still send, and both go on when the switch has taken it", async () => {
    const scopes: AppScope[] = [];
    for (const name of ["flood", "calm"]) scopes.push(controller.use(() => undefined, { name }));
    const other = await setUp(2n);
    const congested: [AppScope, Datapath][] = [];
    peer = new FakeSwitch({ accept: (stream) => controller.accept(stream) }, 4, { highWater: 0x10000, lowWater: 0x4000 });
    await peer.setUp(1n);
    await settle();
    for (const scope of scopes) congested.push([scope, scope.datapaths.get(1n)!]);
    const [[flood, dp], [calm, calmDp]] = congested as [[AppScope, Datapath], [AppScope, Datapath]];
    peer.wire.stream.pause();
    const packet = PacketOut.of({ data: new Uint8Array(1000) });
    let sent = 0;
    let refused: unknown;
    for (; sent < 10_000 && refused === undefined; sent++) {
      try {
        dp.send(packet);
        if (sent % 10 === 0) await settle();
      } catch (e) {
        refused = e;
      }
    }
    expect(refused).toMatchObject({ code: "ENOBUFS" });
    expect(sent).toBeLessThan(200);
    expect(flood.counters.refused).toBe(1);
    expect(dp.writable).toBe(false);
    // the other app has its own budget, and the other switch is not concerned
    calmDp.send(FlowMod.of());
    expect(calm.counters.refused).toBe(0);
    flood.datapaths.get(2n)!.send(packet);
    await other.take(PacketOut);
    const stop = new AbortController();
    const aborted = expect(dp.drained({ signal: stop.signal })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    stop.abort();
    await aborted;
    const drained = dp.drained();
    peer.wire.stream.resume();
    await drained;
    expect(dp.writable).toBe(true);
    dp.send(packet);
    await dp.drained();
    peer.wire.stream.pause();
    for (let i = 0; i < 70; i++) {
      dp.send(packet);
      if (i % 10 === 0) await settle();
    }
    await settle();
    expect(dp.writable).toBe(false);
    const ended = expect(dp.drained()).rejects.toMatchObject({ code: "ERR_CLOSED" });
    peer.wire.stream.destroy();
    await ended;
  });

  test("rejects when it is loaded: it is unloaded; what it answers later is called at its end all the same", async () => {
    const log: string[] = [];
    const bad = controller.use(
      async (c) => {
        c.on("packet-in", () => log.push("bad"));
        await settle();
        throw new Error("not loaded");
      },
      { name: "bad" },
    );
    const good = controller.use(async () => {
      await settle();
      return () => void log.push("good ends");
    });
    const short = controller.use((c) => {
      c.unload();
      return () => void log.push("short ends");
    });
    expect(log.splice(0)).toEqual(["short ends"]);
    expect([short.loaded, controller.apps.length]).toEqual([false, 2]);
    peer = await setUp();
    send(1);
    await settle();
    expect(log).toEqual([]);
    expect([bad.loaded, bad.counters.errors]).toEqual([false, 1]);
    expect(lines).toEqual([expect.stringMatching(/app bad: .*not loaded/)]);
    good.unload();
    expect(log).toEqual(["good ends"]);
    expect(controller.apps).toEqual([]);
  });

  test("throws when it is loaded: nothing of it stays", async () => {
    let calls = 0;
    const bad: App = (c) => {
      c.on("up", () => calls++);
      throw new Error("no");
    };
    expect(() => controller.use(bad)).toThrow("no");
    peer = await setUp();
    expect(calls).toBe(0);
    expect(controller.apps).toEqual([]);
  });
});

test("the time that an app spends is estimated", async () => {
  const slow = controller.use((c) => void c.on("packet-in", () => void clock.jump(2)) as undefined);
  peer = await setUp();
  for (let i = 0; i < 640; i++) send(i);
  await settle();
  expect(slow.counters.delivered).toBe(640);
  expect(slow.counters.timeMs).toBe(1280);
});

describe("unloading", () => {
  test("ends listeners, loops and waits, calls the app's own end while it may still send, and leaves the others", async () => {
    const log: string[] = [];
    const seen: number[] = [];
    peer = await setUp();
    let scope!: AppScope;
    let dp!: Datapath;
    const loops: Promise<IteratorResult<unknown>>[] = [];
    const app: App = (c) => {
      scope = c;
      dp = c.datapaths.get(1n)!;
      c.on("down", () => log.push("down"));
      c.on("packet-in", () => log.push("wide"));
      dp.on("packet-in", () => log.push("own"));
      dp.on("response", () => log.push("response"));
      loops.push(c.events("packet-in").next(), dp.events("async").next(), c.events("down").next());
      return () => {
        log.push("end");
        dp.send(FlowMod.of({ priority: 9 }));
      };
    };
    const hold = controller.use(app);
    expect(hold).toBe(scope);
    expect(hold.name).toBe("app");
    controller.use(counting(seen));
    const before = controller.datapaths.get(1n)!;
    expect(before).not.toBe(dp);
    const waits = [dp.query(DescRequest.of()), dp.batch([FlowMod.of()]), dp.barrier()].map((p) =>
      expect(p).rejects.toMatchObject({ code: "ERR_ABORTED", cause: expect.objectContaining({}) }),
    );
    const mine = before.query(DescRequest.of());
    await settle();
    hold.unload();
    hold.unload();
    await Promise.all(waits);
    for (const loop of loops) expect((await loop).done).toBe(true);
    expect(log.splice(0)).toEqual(["end"]);
    send(5);
    const sent: string[] = [];
    await settle();
    while (peer.wire.messages.length > 0) {
      const message = await peer.wire.next();
      sent.push(message.slice(2, 4));
      if (message.slice(2, 4) === "12") peer.reply(Number.parseInt(message.slice(8, 16), 16), DescReply.of());
    }
    // the app's request, batch and barriers, the other's request, the app's last flow
    expect(sent).toEqual(["12", "0e", "14", "14", "12", "0e"]);
    expect((await mine).type).toBe("desc-reply");
    await settle();
    expect(log).toEqual([]);
    expect(seen).toEqual([5]);
    expect(() => dp.send(BarrierRequest.of())).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    await expect(dp.barrier()).rejects.toMatchObject({ code: "ERR_CLOSED" });
    expect(() => dp.on("packet-in", () => {})).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    expect(() => scope.on("up", () => {})).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    expect(() => scope.events("up")).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    expect(scope.loaded).toBe(false);
    expect(scope.datapaths.size).toBe(0);
    expect(controller.apps.map(({ name }) => name)).toEqual(["anonymous"]);
  });

  test("ends a dump in the middle, which holds up nobody any more", async () => {
    peer = await setUp();
    const app = controller.use(() => undefined);
    const dp = app.datapaths.get(1n)!;
    const part = FlowStatsReply.of({ flags: MORE, flows: [FlowStats.of()] });
    const dumps = [dp.dumpFlows(), dp.dumpFlows()] as const;
    const first = dumps[0].next();
    await peer.answer(FlowStatsRequest, part);
    expect((await first).done).toBe(false);
    const waits = expect(dumps[1].next()).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await peer.take(FlowStatsRequest);
    app.unload();
    await waits;
    await expect(dumps[0].next()).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await expect(dp.dumpFlows().next()).rejects.toMatchObject({ code: "ERR_CLOSED" });
    const mine = controller.datapaths.get(1n)!.barrier();
    await peer.answer(BarrierRequest, BarrierReply.of());
    await mine;
  });

  test("by an app in the middle of its own event: it hears no more of that one either", async () => {
    const log: string[] = [];
    controller.use((c) => {
      c.on("packet-in", () => {
        log.push("first");
        c.unload();
      });
      c.on("packet-in", () => log.push("second"));
    });
    peer = await setUp();
    send(1);
    send(2);
    await settle();
    expect(log).toEqual(["first"]);
  });

  test("the controller's end unloads all", async () => {
    const ends: string[] = [];
    controller.use(() => () => void ends.push("a"));
    controller.use(() => () => {
      ends.push("b");
      throw new Error("at the end");
    });
    peer = await setUp();
    await controller.close();
    expect(ends).toEqual(["a", "b"]);
    expect(lines).toEqual([expect.stringContaining("at the end")]);
  });
});
