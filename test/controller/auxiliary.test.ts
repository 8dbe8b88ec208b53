/** Auxiliary connections. OpenFlow 1.3.5 §6.3.8 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Auxiliary, Controller, type Datapath } from "../../src/controller/mod.js";
import { BarrierReply, BarrierRequest, EchoRequest, Match, PacketIn, PacketOut, Port, PortReason, PortStatus } from "../../src/ofp/mod.js";
import { MockClock, settle } from "../../src/testing/mock-clock.js";
import { FakeSwitch } from "./fake-switch.js";

let clock: MockClock;
let controller: Controller;
let events: string[];
let lines: string[];

beforeEach(() => {
  clock = new MockClock();
  events = [];
  lines = [];
  controller = new Controller({ clock, log: (level, text) => level === "warn" && lines.push(text) });
  controller.on("up", (dp) => events.push(`up ${dp.id}`));
  controller.on("down", (dp) => events.push(`down ${dp.id}`));
  controller.on("auxiliary-up", (aux) => events.push(`up ${aux.datapath.id}/${aux.auxiliaryId}`));
  controller.on("auxiliary-down", (aux, error) => events.push(`down ${aux.datapath.id}/${aux.auxiliaryId} ${error?.code}`));
});

afterEach(async () => {
  await controller.close();
  expect(controller.connections).toBe(0);
  expect(clock.pending).toBe(0);
});

const join = async (id: bigint, auxiliaryId = 0, version: 1 | 4 | 5 = 4): Promise<FakeSwitch> => {
  const made = new FakeSwitch(controller, version);
  await made.setUp(id, auxiliaryId);
  await settle();
  return made;
};

test("they join their main connection, and what they bring reaches the same listeners with their id", async () => {
  const main = await join(7n);
  const one = await join(7n, 1);
  const two = await join(7n, 200);
  expect(events).toEqual(["up 7", "up 7/1", "up 7/200"]);
  const dp = controller.datapaths.get(7n) as Datapath;
  expect(dp.auxiliaryIds).toEqual([1, 200]);
  const seen: string[] = [];
  const only: string[] = [];
  dp.on("packet-in", (m, from) => seen.push(`${m.totalLen} by ${from.auxiliaryId} of ${from.datapath === dp}`));
  dp.on("packet-in", (m) => only.push(`${m.totalLen}`), { auxiliaryId: 200 });
  controller.on("packet-in", (m, from) => only.push(`all ${m.totalLen} ${from === dp.auxiliary(from.auxiliaryId)}`));
  for (const [i, by] of [main, one, two].entries()) by.send(PacketIn.of({ totalLen: i, match: Match.of({ inPort: 1 }) }));
  one.send(PortStatus.of({ reason: PortReason.Add, port: Port.of({ portNo: 9, name: "p9" }) }));
  await settle();
  expect(seen).toEqual(["0 by 0 of true", "1 by 1 of true", "2 by 200 of true"]);
  expect(only).toEqual(["all 0 true", "all 1 true", "2", "all 2 true"]);
  expect(dp.ports.get(9)?.name).toBe("p9");
});

test("what is sent on one goes out on it, and its barrier is its own", async () => {
  const main = await join(7n);
  const aux = await join(7n, 3);
  const dp = controller.datapaths.get(7n) as Datapath;
  const channel = dp.auxiliary(3) as Auxiliary;
  expect(String(channel)).toMatch(/^0000000000000007\/3 \(pipe#\d+\)$/);
  channel.send(PacketOut.of({ data: new Uint8Array(20) }));
  await aux.take(PacketOut);
  const done = channel.barrier();
  const { xid } = await aux.take(BarrierRequest);
  let over = false;
  void done.then(() => {
    over = true;
  });
  // the same transaction id on the main connection is another transaction
  main.reply(xid, BarrierReply.of());
  await settle();
  expect(over).toBe(false);
  expect(main.wire.messages).toEqual([]);
  aux.reply(xid, BarrierReply.of());
  await done;
  expect(dp.auxiliary(0)).toBe(dp);
  expect(dp.auxiliary(4)).toBeUndefined();
});

test("one that comes first waits for its main connection, what it says is kept, and the wait has an end", async () => {
  const early = await join(8n, 1);
  early.send(PacketIn.of({ totalLen: 5, match: Match.of({ inPort: 1 }) }));
  await settle();
  expect(events).toEqual([]);
  const seen: number[] = [];
  controller.on("packet-in", (m) => seen.push(m.totalLen), { auxiliaryId: 1 });
  await join(8n);
  expect(events).toEqual(["up 8", "up 8/1"]);
  expect(seen).toEqual([5]);
  await clock.advance(29_000);
  const lonely = await join(9n, 1);
  await clock.advance(30_000);
  await lonely.wire.end();
  expect(lines.at(-1)).toMatch(/not set up within 30000 ms: its main connection is not there/);
  expect(controller.connections).toBe(2);
});

test("the end of the main connection ends them and what they were asked; a later main one does not get them", async () => {
  const main = await join(7n);
  const aux = await join(7n, 1);
  const waits = expect(controller.datapaths.get(7n)!.auxiliary(1)!.query(EchoRequest.of())).rejects.toMatchObject({ code: "ERR_CLOSED" });
  main.wire.stream.destroy();
  await aux.wire.end();
  await waits;
  await settle();
  expect(events).toEqual(["up 7", "up 7/1", "down 7", "down 7/1 ECONNABORTED"]);
  await join(7n);
  expect(controller.datapaths.get(7n)!.auxiliaryIds).toEqual([]);
});

test("one that ends leaves the main connection alone; its id may come again, and the newer one counts", async () => {
  await join(7n);
  const first = await join(7n, 1);
  first.wire.stream.destroy();
  await settle();
  const dp = controller.datapaths.get(7n) as Datapath;
  expect(dp.connected).toBe(true);
  expect(dp.auxiliaryIds).toEqual([]);
  const second = await join(7n, 1);
  const third = await join(7n, 1);
  await second.wire.end();
  expect(events.slice(2)).toEqual(["down 7/1 undefined", "up 7/1", "down 7/1 EPROTO", "up 7/1"]);
  expect(dp.auxiliary(1)?.connected).toBe(true);
  third.send(PacketIn.of({ match: Match.of({ inPort: 1 }) }));
});

test("one of another version than its main connection is refused", async () => {
  controller = new Controller({ clock, versions: [4, 5], log: (level, text) => level === "warn" && lines.push(text) });
  await join(7n);
  const aux = await join(7n, 1, 5);
  await aux.wire.end();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/0000000000000007\/1 .* refused, since it speaks OpenFlow 1\.4 and its main connection 1\.3/);
  expect(controller.datapaths.get(7n)!.auxiliaryIds).toEqual([]);
});

test("two that wait with one id: the newer one is kept", async () => {
  const first = await join(7n, 1);
  await join(7n, 1);
  await first.wire.end();
  expect(lines[0]).toMatch(/has the same auxiliary id/);
  await join(7n);
  expect(events).toEqual(["up 7", "up 7/1"]);
});

test("those that wait for their main connection are bounded in number, and in what is kept of each", async () => {
  await controller.close();
  controller = new Controller({ clock, maxWaitingAuxiliaries: 3, log: (level, text) => level === "warn" && lines.push(text) });
  const seen: number[] = [];
  controller.on("packet-in", (m) => seen.push(m.totalLen));
  const waiting = [await join(7n, 1), await join(8n, 1), await join(8n, 2)];
  const refused = await join(9n, 1);
  await refused.wire.end();
  expect(lines).toEqual([expect.stringMatching(/refused, since 3 wait for their main connections already/)]);
  expect(controller.connections).toBe(3);
  // ten of 4 KiB, of which 16 KiB have room for three
  for (let i = 0; i < 10; i++) waiting[0]!.send(PacketIn.of({ totalLen: i, match: Match.of({ inPort: 1 }), data: new Uint8Array(4096) }));
  await settle();
  const main = await join(7n);
  expect(seen).toEqual([0, 1, 2]);
  // there is room again for one
  const next = await join(9n, 1);
  expect(next.wire.ended).toBeUndefined();
  expect(main.wire.ended).toBeUndefined();
});
