import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Controller, type DuplicatePolicy } from "../../src/controller/mod.js";
import { DescRequest, EchoReply, EchoRequest } from "../../src/ofp/mod.js";
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
const join = async (): Promise<FakeSwitch> => {
  const made = new FakeSwitch(controller);
  await made.setUp(1n);
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
