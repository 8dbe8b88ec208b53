import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Controller, type DuplicatePolicy } from "../../src/controller/mod.js";
import { DescRequest, EchoReply, EchoRequest, PacketOut } from "../../src/ofp/mod.js";
import { MockClock, settle } from "../../src/testing/mock-clock.js";
import { FakeSwitch } from "./fake-switch.js";

let clock: MockClock;
let controller: Controller;
let events: string[];
let lines: string[];

const make = (duplicates?: DuplicatePolicy): void => {
  controller = new Controller({ clock, duplicates, log: (level, text) => level === "warn" && lines.push(text) });
  controller.on("up", (dp) => events.push(`up ${dp.peer}`));
  controller.on("down", (dp, error) => events.push(`down ${dp.peer} ${error?.code ?? ""}`));
};
const join = async (auxiliaryId = 0): Promise<FakeSwitch> => {
  const made = new FakeSwitch(controller);
  await made.setUp(1n, auxiliaryId);
  await settle();
  return made;
};
/** What the controller calls the connection. */
const name = (of: FakeSwitch): string => of.wire.stream.local;

beforeEach(() => {
  clock = new MockClock();
  events = [];
  lines = [];
});

afterEach(async () => {
  await controller.close();
  expect(clock.pending).toBe(0);
});

describe("two connections with one datapath id", () => {
  test.each([undefined, "newest"] as const)(
    "%s: the newer one replaces the older, whose requests are each rejected once",
    async (policy) => {
      make(policy);
      const old = await join();
      const dp = controller.datapaths.get(1n)!;
      let rejections = 0;
      const requests = Array.from({ length: 5 }, () => dp.query(DescRequest.of()));
      const batch = dp.batch([DescRequest.of(), DescRequest.of()]);
      for (const r of [...requests, batch]) {
        r.catch((e: { code: string }) => {
          expect(e.code).toBe("ERR_CLOSED");
          rejections++;
        });
      }
      const next = new FakeSwitch(controller);
      await next.setUp(1n);
      await old.wire.end();
      await settle();
      expect(rejections).toBe(6);
      expect(events).toEqual([`up ${name(old)}`, `down ${name(old)} EPROTO`, `up ${name(next)}`]);
      // nothing that was asked of the old one is asked of the new one
      expect(next.wire.messages).toEqual([]);
      expect(() => dp.send(DescRequest.of())).toThrow(expect.objectContaining({ code: "ENOTCONN" }));
      expect(controller.datapaths.get(1n)!.peer).toBe(name(next));
      expect(controller.connections).toBe(1);
    },
  );

  test.each([
    ["oldest", 0],
    ["reject", 0],
  ] as const)("%s: two that alternate", async (policy, winner) => {
    make(policy);
    const all: FakeSwitch[] = [];
    for (let i = 0; i < 6; i++) {
      all.push(await join());
      if (policy === "oldest" && i > 0) await all[0]!.answer(EchoRequest, EchoReply.of());
      await settle();
      expect(controller.datapaths.size).toBe(1);
    }
    for (const [i, one] of all.entries()) if (i !== winner) await one.wire.end();
    const ups = events.filter((e) => e.startsWith("up"));
    const downs = events.filter((e) => e.startsWith("down"));
    expect(ups).toEqual(all.slice(0, winner + 1).map((one) => `up ${name(one)}`));
    expect(downs).toEqual(all.slice(0, winner).map((one) => `down ${name(one)} EPROTO`));
    // each ends before the next begins
    expect(events.map((e) => e.split(" ")[0]).join()).toBe(`up${",down,up".repeat(winner)}`);
    const dp = controller.datapaths.get(1n)!;
    expect([dp.peer, dp.connected, controller.connections]).toEqual([name(all[winner]!), true, 1]);
  });

  /** Two claim one id in turn, again and again, each whenever the other has it. @returns how often the holder was replaced */
  const contend = async (seconds: number): Promise<number> => {
    let holder = await join();
    let replaced = 0;
    for (let t = 0; t < seconds; t++) {
      const claimant = new FakeSwitch(controller);
      await claimant.setUp(1n);
      await settle();
      if (controller.datapaths.get(1n)!.peer === name(claimant)) {
        await holder.wire.end();
        holder = claimant;
        replaced++;
      } else {
        await holder.answer(EchoRequest, EchoReply.of());
        await claimant.wire.end();
      }
      expect([controller.datapaths.size, controller.connections]).toEqual([1, 1]);
      await clock.advance(1_000);
    }
    return replaced;
  };

  test("newest: two that alternate replace each other behind pauses that grow, until they let it be for a minute", async () => {
    make("newest");
    // at 0, 1, 3, 7, 15, 31 and 63 s, and from then on each minute
    expect(await contend(60)).toBe(6);
    await clock.advance(60_000);
    // the second one replaces at once again, and another after the first pause, of a second
    expect(await contend(2)).toBe(1);
  });

  test("newest: within the pause one that is silent is replaced all the same, when it was asked", async () => {
    make("newest");
    await join();
    await join();
    const third = await join();
    expect(controller.datapaths.get(1n)!.peer).not.toBe(name(third));
    await clock.advance(3_000);
    await settle();
    expect(controller.datapaths.get(1n)!.peer).toBe(name(third));
  });

  test("newest: without a pause each replaces the one before", async () => {
    controller = new Controller({ clock, duplicatePause: 0 });
    for (let i = 0; i < 6; i++) {
      const one = await join();
      expect(controller.datapaths.get(1n)!.peer).toBe(name(one));
    }
  });

  test("reject: of auxiliary connections that wait for their main one the first stays", async () => {
    make("reject");
    const first = await join(1);
    const second = await join(1);
    await second.wire.end();
    expect(lines).toEqual([expect.stringMatching(/refused, since pipe#\d+ has the same auxiliary id/)]);
    await join();
    expect(controller.datapaths.get(1n)!.auxiliary(1)?.peer).toBe(name(first));
  });

  test("who waits for a switch that takes nothing is told when it is replaced", async () => {
    make();
    const old = new FakeSwitch(controller, 4, { highWater: 0x10000, lowWater: 0x4000 });
    await old.setUp(1n);
    await settle();
    const dp = controller.datapaths.get(1n)!;
    old.wire.stream.pause();
    for (let i = 0; i < 300 && dp.writable; i++) {
      dp.send(PacketOut.of({ data: new Uint8Array(1000) }));
      await settle();
    }
    expect(dp.writable).toBe(false);
    const waits = expect(dp.drained()).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await join();
    await waits;
    await expect(dp.drained()).rejects.toMatchObject({ code: "ERR_CLOSED" });
    old.wire.stream.destroy();
  });

  test("reject: the newer one is refused", async () => {
    make("reject");
    const old = await join();
    const next = await join();
    await next.wire.end();
    expect(lines).toEqual([expect.stringMatching(/refused, since pipe#\d+ has the same datapath id/)]);
    expect(events).toEqual([`up ${name(old)}`]);
    expect(controller.datapaths.get(1n)!.connected).toBe(true);
  });

  test("oldest: the older one is probed, and stays if it answers", async () => {
    make("oldest");
    const old = await join();
    const next = await join();
    expect(controller.connections).toBe(2);
    await old.answer(EchoRequest, EchoReply.of());
    await next.wire.end();
    expect(events).toEqual([`up ${name(old)}`]);
  });

  test("oldest: an error is an answer too", async () => {
    make("oldest");
    const old = await join();
    const next = await join();
    const { xid } = await old.take(EchoRequest);
    old.raw(`0401000c${xid.toString(16).padStart(8, "0")}00010001`);
    await next.wire.end();
    expect(events).toEqual([`up ${name(old)}`]);
  });

  test("oldest: one that does not answer the probe is replaced", async () => {
    make("oldest");
    const old = await join();
    const next = await join();
    await old.take(EchoRequest);
    await clock.advance(3_000);
    await old.wire.end();
    await settle();
    expect(events).toEqual([`up ${name(old)}`, `down ${name(old)} ETIMEDOUT`, `up ${name(next)}`]);
  });

  test("oldest: one that ends while it is probed is replaced", async () => {
    make("oldest");
    const old = await join();
    const next = await join();
    old.wire.stream.destroy();
    await settle();
    expect(events.at(-1)).toBe(`up ${name(next)}`);
    expect(controller.datapaths.get(1n)!.peer).toBe(name(next));
  });
});
