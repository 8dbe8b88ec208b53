/** Listening for OpenFlow connections, and faults of peers, over real sockets. */
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FeaturesReply, FeaturesRequest, FlowMod, FlowStatsReply, type KnownMessage, MORE } from "../../src/ofp/mod.js";
import { listen, pipe, type Stream } from "../../src/stream/mod.js";
import { MockClock, settle, Wire } from "../../src/testing/mod.js";
import { KeepAlive, listenVconn, openVconn, Rconn, Vconn } from "../../src/vconn/mod.js";
import { pair } from "./network.js";

const dir = mkdtempSync(join(tmpdir(), "southbound-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const active = (name: string): string => `tcp:127.0.0.1:${name.split(":")[1]}`;
const handles = (): number =>
  (process as unknown as { _getActiveHandles(): { constructor: { name: string } }[] })
    ._getActiveHandles()
    .filter((h) => ["Socket", "Server"].includes(h.constructor.name)).length;

describe("listening", () => {
  test("tells the port that was bound, hands connections over, and ends them", async () => {
    const vconns: Vconn[] = [];
    const listener = await listenVconn("ptcp:0:127.0.0.1", { versions: [4], onVconn: (v) => vconns.push(v) });
    expect(listener.name).toMatch(/^ptcp:[1-9]\d*:127\.0\.0\.1$/);
    const client = await openVconn(active(listener.name));
    await expect.poll(() => vconns[0]?.version).toBe(4);
    expect([listener.connections.size, listener.refused, listener.counts.accepted]).toEqual([1, 0, 1]);
    await listener.closeAll();
    await client.closed;
    expect([listener.connections.size, client.error]).toEqual([0, null]);
  });

  test("the versions can be chosen for each peer", async () => {
    const asked: string[] = [];
    const listener = await listenVconn("ptcp:0:127.0.0.1", {
      versions: [1, 4],
      onVconn: () => {},
      versionsFor: (stream) => (asked.push(stream.name) === 1 ? [1] : undefined),
    });
    const first = await openVconn(active(listener.name), { versions: [1, 4] });
    const second = await openVconn(active(listener.name), { versions: [1, 4] });
    expect([first.version, second.version]).toEqual([1, 4]);
    expect(asked).toEqual([first.local.name, second.local.name]);
    await listener.closeAll();
  });

  test("peers that are not admitted are closed unread", async () => {
    let asked = 0;
    const listener = await listenVconn(`punix:${dir}/a`, {
      onVconn: () => {},
      admit: (_stream, l) => ++asked > 2 || l.connections.size > 7,
    });
    const codes: string[] = [];
    for (let i = 0; i < 3; i++) {
      const client = await openVconn(`unix:${dir}/a`, { timeout: 30_000 }).catch((e: { code: string }) => {
        codes.push(e.code);
        return undefined;
      });
      await client?.close();
    }
    expect([codes.length, listener.refused]).toEqual([2, 2]);
    await listener.closeAll();
  });

  test("a peer that says nothing, or one byte at a time, is dropped when its time is over", async () => {
    const lines: string[] = [];
    const vconns: Vconn[] = [];
    const listener = await listenVconn("ptcp:0:127.0.0.1", {
      helloTimeout: 100,
      log: (_l, t) => lines.push(t),
      onVconn: (v) => vconns.push(v),
    });
    const port = Number(listener.name.split(":")[1]);
    const silent = createConnection(port, "127.0.0.1");
    const slow = createConnection(port, "127.0.0.1");
    const drip = setInterval(() => slow.write("\x04"), 30);
    for (const s of [silent, slow]) s.on("error", () => {});
    await expect.poll(() => vconns.filter((v) => v.error?.code === "ETIMEDOUT").length).toBe(2);
    clearInterval(drip);
    expect(lines.filter((l) => l.includes("no hello within 100 ms")).length).toBe(2);
    silent.destroy();
    slow.destroy();
    await listener.closeAll();
  });
});

describe("faults of peers", () => {
  test("1,000 switches that all come back at once are all served, and nothing is left behind", async () => {
    const before = handles();
    const file = `${dir}/many`;
    let served = new Set<Vconn>();
    const open = () =>
      listenVconn(`punix:${file}`, {
        versions: [4],
        onVconn: (v) => {
          v.onUp = () => {
            served.add(v);
            v.transact(FeaturesRequest.of()).catch(() => {});
          };
        },
      });
    let listener = await open();
    const asked = new Map<Vconn, number>();
    const rconns = Array.from({ length: 1000 }, () => {
      const r = new Rconn({
        versions: [4],
        maxBackoff: 1_000,
        jitter: 0.9,
        onVconn: (v) => {
          v.onMessage = (_t, c, p, end) => {
            asked.set(v, 1);
            v.send(FeaturesReply.of({ xid: (v.decode(c, p, end) as KnownMessage).xid }));
          };
        },
      });
      r.connect(`unix:${file}`);
      return r;
    });
    await expect.poll(() => rconns.filter((r) => r.isConnected).length).toBe(1000);
    await listener.closeAll();
    await expect.poll(() => rconns.filter((r) => r.isConnected).length).toBe(0);
    served = new Set();
    listener = await open();
    await expect.poll(() => rconns.filter((r) => r.isConnected).length).toBe(1000);
    await expect.poll(() => [...served].every((v) => v.waiting === 0) && served.size >= 1000).toBe(true);
    expect(Math.max(...rconns.map((r) => r.seqno))).toBeLessThanOrEqual(5);
    await Promise.all(rconns.map((r) => r.close()));
    await listener.closeAll();
    await expect.poll(handles).toBeLessThanOrEqual(before);
  }, 240_000);

  test("a peer that stops reading: its own requests are not read any more, and in the end it is dropped", async () => {
    const clock = new MockClock();
    const [a, b] = pipe({ clock, highWater: 100_000, lowWater: 50_000 });
    const vconn = new Vconn(a, { versions: [4], clock });
    const wire = new Wire(b);
    wire.send("04000008 00000001");
    await settle();
    b.pause();
    const waits = vconn.barrier({ timeout: Number.POSITIVE_INFINITY }).catch((e: { code: string }) => e.code);
    for (let i = 0; i < 200; i++) {
      wire.send(`040203e800000001${"00".repeat(992)}`);
      await settle();
    }
    expect(vconn.reading).toBe(false);
    expect(vconn.stream.queued).toBeLessThan(300_000);
    await clock.advance(40_000);
    expect(["ETIMEDOUT", "ECONNRESET"]).toContain(vconn.error?.code);
    expect([await waits, vconn.waiting]).toEqual(["ERR_CLOSED", 0]);
    b.destroy();
    await settle();
    expect(clock.pending).toBe(0);
  });

  test("an echo flood is answered, and memory is bounded by what the peer takes", async () => {
    const [ours, peer] = await pair();
    for (let i = 0; i < 100_000; i++) peer.probe();
    await ours.barrier({ timeout: 50 }).catch(() => {});
    expect(ours.received).toBeGreaterThanOrEqual(100_001);
    expect(peer.received).toBeGreaterThanOrEqual(100_001);
  });

  test("foreign, reused and zero xids, cut excerpts and endless parts hurt nobody", async () => {
    const [ours, peer] = await pair();
    const seen: string[] = [];
    ours.onMessage = (_t, c, p, end) => seen.push(ours.decode(c, p, end).type);
    const done = ours.barrier();
    await settle();
    for (const hex of ["0415000800000000", "041500080fffffff", "0401000c0fffffff00010001", "04010010000000000001000104120008"])
      peer.sendBytes(Uint8Array.from(hex.match(/../g)!, (b) => Number.parseInt(b, 16)));
    for (let i = 0; i < 1_000; i++) peer.send(FlowStatsReply.of({ xid: 5_000, flags: MORE }));
    peer.sendBytes(Uint8Array.from([4, 21, 0, 8, 0, 0, 0, 2]));
    peer.sendBytes(Uint8Array.from([4, 21, 0, 8, 0, 0, 0, 2]));
    await done;
    await settle();
    expect(seen.length).toBe(4 + 1_000 + 1);
    expect(ours.waiting).toBe(0);
  });

  test("this process was blocked for 30 s: keep-alive, hello and replies that lie unread are not given up", async () => {
    const clock = new MockClock();
    const [a, b] = pipe({ clock });
    const vconn = new Vconn(a, { versions: [4], clock });
    const alive = new KeepAlive({ clock });
    Object.defineProperty(a, "needsProbes", { value: true });
    alive.add(vconn);
    const wire = new Wire(b);
    const late = clock.jump(30_000);
    wire.send("04000008 00000001");
    await late;
    expect(vconn.state).toBe("connected");
    const done = vconn.barrier({ timeout: 10_000 });
    await settle();
    const asked = wire.messages.at(-1)!;
    const again = clock.jump(30_000);
    wire.send(`04150008${asked.slice(8)}`);
    await again;
    await done;
    await clock.advance(20_000);
    expect(vconn.error?.code).toBe("ETIMEDOUT");
    b.destroy();
    await clock.advance(10_000);
    expect(clock.pending).toBe(0);
  });

  test("ends of every kind leave no waiter, timer, socket or listener", async () => {
    const before = handles();
    for (const kind of ["destroy", "close", "bytes", "abandon"]) {
      const streams: Stream[] = [];
      const listener = await listen("ptcp:0:127.0.0.1", { onStream: (s) => streams.push(s) });
      const opening = openVconn(active(listener.name), { versions: [4] });
      await expect.poll(() => streams.length).toBe(1);
      const wire = new Wire(streams[0]!);
      wire.send("04000008 00000001");
      const vconn = await opening;
      const waits = [vconn.barrier(), vconn.transactMultiple([FlowMod.of()]), vconn.dumpFlows().next(), vconn.bundle([FlowMod.of()])];
      if (kind === "destroy") wire.stream.destroy();
      else if (kind === "close") void wire.stream.close();
      else if (kind === "bytes") wire.send("04120001 00000000");
      else vconn.destroy();
      const results = await Promise.allSettled(waits);
      expect(
        results.map((r) => (r.status === "rejected" ? (r.reason as { code: string }).code : (r.value as { outcome: string }).outcome)),
      ).toEqual(["ERR_CLOSED", "ERR_CLOSED", "ERR_CLOSED", "rejected"]);
      expect(vconn.waiting).toBe(0);
      wire.stream.destroy();
      await listener.close();
      await vconn.closed;
    }
    await expect.poll(handles).toBeLessThanOrEqual(before);
  });
});
