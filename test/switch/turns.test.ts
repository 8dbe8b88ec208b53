/** How requests share the thread, and what is held for a peer: each by counted work, under a clock that goes on by a fixed step whenever it is read. */
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import type { Clock, Timer } from "../../src/clock/mod.js";
import {
  apply,
  BarrierRequest,
  FlowMod,
  FlowModCommand,
  type FlowStatsReply,
  FlowStatsRequest,
  Match,
  Output,
  PacketOut,
  PortNo,
} from "../../src/ofp/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { Inbox } from "../../src/switch/agent/inbox.js";
import { Turns, type Worker } from "../../src/switch/work/turns.js";
import { until } from "../until.js";
import { agent, Peer } from "./peer.js";

/** A clock that goes on by `step` milliseconds each time it is read: what is done between two looks takes just that long. */
class SteppedClock implements Clock {
  reads = 0;
  readonly #step: number;
  constructor(step: number) {
    this.#step = step;
  }
  now(): number {
    return this.reads++ * this.#step;
  }
  after(_ms: number, _run: () => void): Timer {
    return { stop: () => {} };
  }
  every(_ms: number, _run: () => void): Timer {
    return { stop: () => {} };
  }
}

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

class Pieces implements Worker {
  done = 0;
  readonly #of: number;
  constructor(of: number) {
    this.#of = of;
  }
  work(): boolean {
    return ++this.done < this.#of;
  }
}

test("workers take turns of a millisecond, four of them in a turn of the event loop", async () => {
  const turns = new Turns(new SteppedClock(1 / 16));
  const workers = [new Pieces(200), new Pieces(200), new Pieces(3)];
  for (const worker of workers) turns.enter(worker);
  expect(workers.map((w) => w.done)).toEqual([0, 0, 0]);
  await turn();
  const [a, b, c] = workers.map((w) => w.done) as [number, number, number];
  expect(a + b + c).toBeLessThanOrEqual(64);
  expect(Math.min(a, b)).toBeGreaterThan(10);
  expect(Math.abs(a - b)).toBeLessThanOrEqual(20);
  expect(c).toBe(3);
  await until(() => workers[0]!.done === 200 && workers[1]!.done === 200);
});

test("under a clock that stands still, workers take turns by the number of pieces", async () => {
  const turns = new Turns(new SteppedClock(0));
  const order: string[] = [];
  const worker = (name: string): Worker => {
    let left = 150;
    return {
      work() {
        if (order.at(-1) !== name) order.push(name);
        return --left > 0;
      },
    };
  };
  turns.enter(worker("a"));
  turns.enter(worker("b"));
  await until(() => order.length >= 6);
  expect(order).toEqual(["a", "b", "a", "b", "a", "b"]);
});

test("a turn of the event loop has time for three milliseconds of requests, and the next one again", async () => {
  const turns = new Turns(new SteppedClock(1 / 4));
  const count = (): number => {
    let n = 0;
    while (n < 1000 && turns.hasTime(8)) n++;
    return n;
  };
  expect(count()).toBeLessThanOrEqual(13);
  expect(turns.hasTime(8)).toBe(false);
  await turn();
  expect(count()).toBeGreaterThan(5);
});

test("an inbox gives up its messages in order, and its memory when it is empty", () => {
  const inbox = new Inbox();
  const c = new Chunk(60_000);
  for (let round = 0; round < 3; round++) {
    for (let n = 1; n <= 100; n++) {
      c.u8.set([4, 2, 1, 0, 0, 0, 0, n]);
      inbox.push(c, 0, 256, n);
    }
    expect(inbox.size).toBe(25_600);
    for (let n = 1; n <= 100; n++) {
      inbox.shift((chunk, p, end, nth) => expect([end - p, chunk.u8[p + 7], nth, chunk.u8.length <= 65_536]).toEqual([256, n, n, true]));
    }
    expect([inbox.isEmpty, inbox.size]).toEqual([true, 0]);
  }
});

const FLOWS = 3000;
const table = async (clock: Clock) => {
  const a = agent({ clock });
  ends.push(() => a.sw.close());
  const filler = await a.peer(4);
  for (let i = 0; i < FLOWS; i++) {
    const init = { match: Match.of({ ethDst: i }), priority: 1, cookie: BigInt(i), instructions: [apply(Output.of({ port: 1 }))] };
    filler.vconn.send(FlowMod.of(init));
  }
  await filler.ask(BarrierRequest.of());
  return { ...a, filler };
};

test("a dump leaves others their turn: a neighbour is answered before it is over, also where flows come and go meanwhile", async () => {
  const { sw, filler } = await table(new SteppedClock(1 / 16));
  const [ours, theirs] = pipe();
  ends.push(() => theirs.destroy());
  sw.attach(ours);
  const dumper = new Peer(theirs, [4]);
  await until(() => dumper.vconn.state === "connected");
  let over = false;
  const dump = dumper.askAll<FlowStatsReply>(FlowStatsRequest.of({ tableId: 0xff })).then((parts) => {
    over = true;
    return parts.flatMap((part) => part.flows.map((f) => Number(f.cookie)));
  });
  let between = 0;
  for (let i = 0; !over && i < 200; i++) {
    // an old flow goes, and a new one comes
    filler.vconn.send(FlowMod.of({ command: FlowModCommand.DeleteStrict, priority: 1, match: Match.of({ ethDst: 2 * i }) }));
    filler.vconn.send(FlowMod.of({ priority: 1, cookie: 900_000n, match: Match.of({ ethSrc: i }) }));
    await filler.ask(BarrierRequest.of());
    if (!over) between++;
  }
  const cookies = await dump;
  expect(between).toBeGreaterThan(3);
  expect(new Set(cookies).size).toBe(cookies.length);
  expect(cookies).not.toContain(900_000);
  const odd = cookies.filter((cookie) => cookie % 2 === 1);
  expect(odd.length).toBe(FLOWS / 2);
});

test("what goes unasked to a peer that reads nothing ends at 4 MiB, is counted, and is logged once and again when it reads", async () => {
  const { sw, lines } = agent();
  ends.push(() => sw.close());
  const [ours, theirs] = pipe();
  ends.push(() => theirs.destroy());
  const connection = sw.attach(ours);
  const deaf = new Peer(theirs, [4]);
  await until(() => deaf.vconn.state === "connected");
  theirs.pause();
  let got = 0;
  deaf.vconn.onMessage = () => void got++;
  const all = 6000;
  // each as long as the flow-removed of a long match
  for (let i = 0; i < all; i++) connection.notify("flowRemoved", 0, () => PacketOut.of({ data: new Uint8Array(1000) }));
  expect(ours.queued).toBeGreaterThan(0x400000);
  expect(ours.queued).toBeLessThan(0x400000 + 0x11000);
  const { droppedEvents } = connection;
  expect(droppedEvents).toBeGreaterThan(1500);
  expect(lines.filter((l) => l.includes("flow-removed and port-status are dropped from now on")).length).toBe(1);
  theirs.resume();
  await until(() => got + droppedEvents === all);
  expect(lines.filter((l) => l.includes(`${droppedEvents} flow-removed and port-status messages were dropped`)).length).toBe(1);
});

test("one packet has at most 4,096 actions, however its packet-out and the flows multiply it", async () => {
  const { sw, sent, peer } = agent();
  ends.push(() => sw.close());
  const p = await peer(4);
  const outputs = (n: number, port: number) => Array.from({ length: n }, () => Output.of({ port }));
  expect(await p.tell(FlowMod.of({ instructions: [apply(...outputs(2000, PortNo.Flood))] }))).toBe("done");
  expect(await p.tell(PacketOut.of({ inPort: 1, data: new Uint8Array(60), actions: outputs(2000, PortNo.Table) }))).toBe("done");
  expect(sent.length).toBeGreaterThan(1000);
  expect(sent.length).toBeLessThanOrEqual(4096);
  // the next packet has all of it again
  sent.length = 0;
  expect(await p.tell(PacketOut.of({ inPort: 1, data: new Uint8Array(60), actions: outputs(100, 2) }))).toBe("done");
  expect(sent.length).toBe(100);
});
