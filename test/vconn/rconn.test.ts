/** The reliable connection, by the clock of a test. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BarrierReply, encodeMessage, FeaturesRequest, FlowMod, Hello, PacketOut, SetConfig } from "../../src/ofp/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { MockClock, settle, Wire } from "../../src/testing/mod.js";
import { PacketCounter, Rconn, type RconnOptions, type RconnState, Vconn } from "../../src/vconn/mod.js";
import { Network } from "./network.js";

let clock: MockClock;
let net: Network;
let lines: string[];
let states: RconnState[];
let made: Vconn[];
let rconns: Rconn[];

beforeEach(() => {
  clock = new MockClock();
  net = new Network(clock);
  lines = [];
  states = [];
  made = [];
  rconns = [];
});
afterEach(async () => {
  for (const r of rconns) {
    const closed = r.close();
    await clock.advance(10_000);
    await closed;
  }
  for (const s of net.accepted) s.destroy();
  await settle();
  expect(clock.pending).toBe(0);
  net.close();
});

function rconn(options: RconnOptions = {}): Rconn {
  const made_ = new Rconn({
    clock,
    log: (level, text) => lines.push(`${level} ${text}`),
    onState: (s) => states.push(s),
    onVconn: (v) => made.push(v),
    ...options,
  });
  rconns.push(made_);
  return made_;
}

describe("back-off", () => {
  test.each(["refuse", "throw"] as const)("a peer that is not there (%s) is tried after 1, 2, 4, 8, 8 s", async (behaviour) => {
    net.behaviour = behaviour;
    const r = rconn();
    r.connect("fake:a");
    await settle();
    await clock.advance(40_000);
    expect(net.attempts).toEqual([0, 1000, 3000, 7000, 15_000, 23_000, 31_000, 39_000]);
    expect(r.state).toBe("backoff");
    expect(r.lastError?.code).toBe(behaviour === "throw" ? "ENOPROTOOPT" : "ECONNREFUSED");
    expect(lines.filter((l) => l.includes("suppressing further logging")).length).toBe(1);
    expect(lines.filter((l) => l.startsWith("info fake:a: waiting")).length).toBe(3);
    expect([r.seqno, r.version, r.isAlive, r.isConnected, r.attempts]).toEqual([0, 0, true, false, 8]);
    expect(r.failureDuration).toBe(40_000);
  });

  test("a peer that says nothing is given up after max(1 s, pause)", async () => {
    net.behaviour = "silent";
    const r = rconn();
    r.connect("fake:a");
    await settle();
    await clock.advance(40_000);
    expect(net.attempts).toEqual([0, 2000, 5000, 11_000, 23_000, 39_000]);
    expect(r.lastError?.code).toBe("ETIMEDOUT");
  });

  test("a peer without a hello is given up too", async () => {
    const r = rconn();
    r.connect("fake:a");
    await clock.advance(999);
    expect(r.state).toBe("connecting");
    await clock.advance(1);
    expect(r.state).toBe("backoff");
    expect(made[0]!.error?.code).toBe("ETIMEDOUT");
  });

  test("a connection that lived as long as the pause before it begins anew with 1 s", async () => {
    net.behaviour = "refuse";
    const r = rconn();
    r.connect("fake:a");
    await settle();
    await clock.advance(6_999);
    net.behaviour = "accept";
    await clock.advance(1);
    const first = net.peer();
    await settle();
    expect(r.state).toBe("active");
    await clock.advance(3_999);
    first.destroy();
    await settle();
    expect([r.state, r.backoff]).toEqual(["backoff", 8_000]);
    await clock.advance(8_000);
    const second = net.peer();
    await clock.advance(8_000);
    second.destroy();
    await settle();
    expect([r.state, r.backoff, r.seqno]).toEqual(["backoff", 1_000, 4]);
  });

  test("the longest pause is changed at run time, 1 s at least, and shortens the one under way", async () => {
    net.behaviour = "refuse";
    const r = rconn({ maxBackoff: 60_000 });
    r.connect("fake:a");
    await settle();
    await clock.advance(100_000);
    expect(net.attempts).toEqual([0, 1, 3, 7, 15, 31, 63].map((s) => s * 1000));
    r.maxBackoff = 2_000;
    await clock.advance(4_000);
    expect(net.attempts.slice(7)).toEqual([102_000, 104_000]);
    r.maxBackoff = 1;
    expect(r.maxBackoff).toBe(1_000);
    await clock.advance(1_000);
    expect(net.attempts.at(-1)).toBe(105_000);
  });

  test("chance shortens pauses by the share that it is given", async () => {
    net.behaviour = "refuse";
    const r = rconn({ jitter: 0.5, random: () => 0.5 });
    r.connect("fake:a");
    await settle();
    await clock.advance(6_000);
    expect(net.attempts).toEqual([0, 750, 2250, 5250]);
    expect(() => new Rconn({ jitter: 2 })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });
});

describe("probes", () => {
  async function connected(options: RconnOptions = {}): Promise<[Rconn, Wire]> {
    const r = rconn(options);
    r.connect("fake:a");
    const wire = new Wire(net.accepted.at(-1)!);
    wire.send(encodeMessage(Hello.of({ xid: 1 }), 4));
    await settle();
    await wire.next();
    expect(r.state).toBe("active");
    return [r, wire];
  }

  test("a silent peer is probed after the interval, and dropped after as long again", async () => {
    const [r, wire] = await connected();
    await clock.advance(4_999);
    expect([r.state, wire.messages]).toEqual(["active", []]);
    await clock.advance(1);
    expect([r.state, wire.messages]).toEqual(["idle", ["0402000800000000"]]);
    await clock.advance(4_999);
    expect(r.state).toBe("idle");
    await clock.advance(1);
    expect([r.state, r.lastError?.code]).toEqual(["backoff", "ETIMEDOUT"]);
    expect(lines).toContain("error fake:a: no response to inactivity probe after 5 seconds, disconnecting");
  });

  test("an answer, or any whole message, makes it active; bytes of an unfinished one do not", async () => {
    const [r, wire] = await connected({ probeInterval: 6_000 });
    await clock.advance(6_000);
    wire.send("04030008 00000000");
    await settle();
    expect(r.state).toBe("active");
    await clock.advance(5_999);
    expect(r.state).toBe("active");
    await clock.advance(1);
    expect(r.state).toBe("idle");
    wire.send("040aff00");
    for (let i = 0; i < 60; i++) {
      wire.send("00");
      await clock.advance(100);
    }
    expect(r.state).toBe("backoff");
  });

  test("sending counts as activity", async () => {
    const [r] = await connected();
    await clock.advance(4_000);
    r.send(FlowMod.of());
    await clock.advance(4_999);
    expect(r.state).toBe("active");
    await clock.advance(1);
    expect(r.state).toBe("idle");
  });

  test("0 and Infinity switch them off, 5 s is the least, and it changes at run time", async () => {
    const [r] = await connected({ probeInterval: 0 });
    await clock.advance(1e6);
    expect(r.state).toBe("active");
    r.probeInterval = 1;
    expect(r.probeInterval).toBe(5_000);
    expect(r.state).toBe("idle");
    r.probeInterval = Number.POSITIVE_INFINITY;
    await clock.advance(1e6);
    expect(r.state).toBe("idle");
    expect(() => {
      r.probeInterval = -1;
    }).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });

  test("peers that need none get none", async () => {
    net.close();
    net = new Network(clock, false);
    const [r] = await connected();
    await clock.advance(1e6);
    expect(r.state).toBe("active");
  });

  test("this process was blocked for 30 s: a peer that answered meanwhile stays, a dead one goes later", async () => {
    const [r, wire] = await connected();
    await clock.advance(5_000);
    expect(r.state).toBe("idle");
    await clock.jump(30_000);
    expect(r.state).toBe("idle");
    wire.send("04030008 00000000");
    await settle();
    expect(r.state).toBe("active");
    await clock.jump(30_000);
    expect(r.state).toBe("idle");
    await clock.advance(5_000);
    expect(r.state).toBe("backoff");
  });

  test("an answer that lies unread when the time is up counts", async () => {
    const [r, wire] = await connected();
    await clock.advance(9_999);
    const over = clock.advance(1);
    wire.send("04030008 00000000");
    await over;
    expect(r.state).toBe("active");
  });

  test("a peer that is not read on purpose is not doubted", async () => {
    const [r, wire] = await connected();
    const release = r.vconn!.hold();
    wire.send("04030008 00000000");
    await clock.advance(25_000);
    expect(r.state).toBe("idle");
    release();
    await settle();
    expect(r.state).toBe("active");
  });
});

describe("the connection", () => {
  async function up(options: RconnOptions = {}): Promise<[Rconn, Vconn, string[]]> {
    const r = rconn(options);
    r.connect("fake:a", "the controller");
    const peer = net.peer();
    const got: string[] = [];
    peer.onMessage = (_type, c, p, end) => got.push(peer.decode(c, p, end).type);
    await settle();
    return [r, peer, got];
  }

  test("states, names, seqno, versions and times", async () => {
    const r = rconn();
    expect([r.state, r.target, r.name, r.isAlive, r.seqno, r.version]).toEqual(["void", "void", "void", false, 0, 0]);
    expect(() => r.connect("nonsense")).toThrow(expect.objectContaining({ code: "EAFNOSUPPORT" }));
    expect(r.state).toBe("void");
    await clock.advance(10);
    r.connect("fake:a", "the controller");
    const peer = net.peer();
    await settle();
    expect([r.state, r.target, r.name, r.isAlive, r.seqno, r.version]).toEqual(["active", "fake:a", "the controller", true, 1, 4]);
    expect([r.lastConnected, r.lastDisconnected, r.lastError]).toEqual([10, undefined, undefined]);
    await clock.advance(2_000);
    void peer.close();
    await settle();
    expect([r.state, r.seqno, r.version, r.lastDisconnected, r.lastError]).toEqual(["backoff", 2, 4, 2_010, null]);
    expect(lines).toContain("info the controller: connection closed by peer");
    r.disconnect();
    expect([r.state, r.target, r.name, r.backoff, r.isAlive]).toEqual(["void", "void", "void", 0, false]);
    expect(states).toEqual(["connecting", "active", "backoff", "void"]);
  });

  test("reconnect() ends it and makes it again; what was asked is rejected and nothing is sent again", async () => {
    const [r, , got] = await up();
    await clock.advance(1_000);
    const asked = r.vconn!.barrier().catch((e: { code: string }) => e.code);
    r.send(FlowMod.of());
    r.reconnect();
    expect([r.state, r.lastError, r.vconn]).toEqual(["backoff", undefined, null]);
    expect(() => r.send(FlowMod.of())).toThrow(expect.objectContaining({ code: "ENOTCONN" }));
    await clock.advance(1_000);
    const again = net.peer();
    const more: string[] = [];
    again.onMessage = (_type, c, p, end) => more.push(again.decode(c, p, end).type);
    await settle();
    expect([r.state, made.length, await asked]).toEqual(["active", 2, "ERR_CLOSED"]);
    expect([got, more]).toEqual([["barrier-request", "flow-mod"], []]);
    expect([r.packetsSent, r.packetsReceived]).toEqual([4, 2]);
  });

  test("an unreliable one does not come back", async () => {
    const r = rconn();
    const [ours, theirs] = pipe({ clock });
    r.connectUnreliably(ours);
    expect([r.state, r.isReliable, r.target]).toEqual(["connecting", false, ours.name]);
    const peer = new Vconn(theirs, { clock });
    await settle();
    expect(r.state).toBe("active");
    peer.destroy();
    await settle();
    expect([r.state, r.isAlive, r.seqno]).toEqual(["disconnected", false, 2]);
    expect(lines).toContain(`debug ${ours.name}: connection closed by peer`);
    r.connect("fake:a");
    expect([r.state, r.isReliable]).toEqual(["connecting", true]);
  });

  test("admitted by a message that only a controller sends who accepts us, or by time", async () => {
    const [r, peer] = await up();
    await clock.advance(4_000);
    expect([r.isAdmitted, r.failureDuration]).toEqual([false, 4_000]);
    peer.send(FeaturesRequest.of());
    peer.send(SetConfig.of());
    peer.sendBytes(Uint8Array.from([4, 18, 0, 16, 0, 0, 0, 9, 0, 12, 0, 0, 0, 0, 0, 0]));
    peer.sendBytes(Uint8Array.from([4, 22, 0, 16, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0]));
    await settle();
    expect(r.isAdmitted).toBe(false);
    peer.send(PacketOut.of());
    await settle();
    expect([r.isAdmitted, r.failureDuration]).toEqual([true, 0]);
    peer.destroy();
    await settle();
    await clock.advance(1_000);
    const again = net.peer();
    expect(r.failureDuration).toBe(1_000);
    await settle();
    await clock.advance(29_000);
    again.send(FeaturesRequest.of());
    await settle();
    expect(r.isAdmitted).toBe(false);
    await clock.advance(1_000);
    again.send(FeaturesRequest.of());
    await settle();
    expect(r.isAdmitted).toBe(true);
  });

  test("what the peer does not take waits, is counted and bounded, leaves in order, and is dropped at the end", async () => {
    const r = rconn({ stream: { highWater: 20_000, lowWater: 10_000, stallTimeout: Number.POSITIVE_INFINITY } });
    r.connect("fake:a");
    const wire = new Wire(net.accepted[0]!);
    wire.send(encodeMessage(Hello.of({ xid: 1 }), 4));
    await settle();
    wire.stream.pause();
    const counter = new PacketCounter();
    let dropped = 0;
    const data = new Uint8Array(1_000);
    for (let i = 1; i <= 100; i++) {
      if (!r.sendWithLimit(PacketOut.of({ xid: i, data }), counter, 50)) dropped++;
      await settle();
    }
    expect([counter.packets, dropped, r.queued]).toEqual([50, 100 - 50 - r.packetsSent + 1, 50]);
    expect(counter.bytes).toBeGreaterThan(50_000);
    const early = 50 - dropped;
    wire.stream.resume();
    await settle();
    await settle();
    expect([counter.packets, counter.bytes, r.queued]).toEqual([0, 0, 0]);
    const xids = wire.messages.slice(1).map((m) => Number.parseInt(m.slice(8, 16), 16));
    expect(xids).toEqual(Array.from({ length: early + 50 }, (_, i) => i + 1));
    wire.stream.pause();
    for (let i = 1; i <= 100; i++) {
      r.send(PacketOut.of({ data }), counter);
      await settle();
    }
    expect(counter.packets).toBeGreaterThan(0);
    r.reconnect();
    expect([counter.packets, counter.bytes, r.queued]).toEqual([0, 0, 0]);
    expect(() => r.sendWithLimit(PacketOut.of(), counter, 0)).toThrow(expect.objectContaining({ code: "ENOTCONN" }));
    wire.stream.resume();
  });

  test("who connects it elsewhere when told of the end has the last word", () => {
    let elsewhere = "";
    const r: Rconn = rconn({
      onState: (state) => {
        if (state === "void" && elsewhere !== "") r.connect(elsewhere);
      },
    });
    r.connect("fake:first");
    elsewhere = "fake:third";
    r.connect("fake:second");
    expect([r.target, r.attempts]).toEqual(["fake:third", 2]);
    const [late] = pipe({ clock });
    r.connectUnreliably(late);
    expect([r.target, r.attempts, late.state]).toEqual(["fake:third", 3, "closed"]);
    expect(made.map((v) => v.stream.state)).toEqual(["closing", "closing", "open"]);
    elsewhere = "";
    late.destroy();
  });

  test("a request whose copy makes it leave at once has its reply", async () => {
    const [r, peer] = await up({ versions: [1, 4] });
    const [ours, theirs] = pipe({ clock });
    r.addMonitor(ours);
    const wire = new Wire(theirs);
    wire.send(encodeMessage(Hello.of({ xid: 1 }), 4));
    await settle();
    peer.onMessage = (_type, c, p) => {
      peer.send(BarrierReply.of({ xid: c.dv.getUint32(p + 4) }));
    };
    const vconn = r.vconn!;
    const done = vconn.barrier();
    await settle();
    expect(vconn.waiting).toBe(0);
    await done;
  });

  test("up to eight look on, at all but the hello", async () => {
    const [r, peer] = await up({ versions: [1, 4] });
    const wires: Wire[] = [];
    const added: boolean[] = [];
    for (let i = 0; i < 9; i++) {
      const [ours, theirs] = pipe({ clock });
      added.push(r.addMonitor(ours));
      wires.push(new Wire(theirs));
      if (i < 8) wires[i]!.send(encodeMessage(Hello.of({ xid: 1 }), 4));
    }
    await settle();
    expect(added).toEqual([...Array(8).fill(true), false]);
    expect(r.monitors).toBe(8);
    await wires[8]!.end();
    for (const w of wires) w.messages.length = 0;
    r.send(FlowMod.of({ xid: 5 }));
    peer.send(SetConfig.of({ xid: 6 }));
    peer.probe();
    await settle();
    for (const w of wires.slice(0, 8))
      expect(w.messages.map((m) => m.slice(2, 4) + m.slice(8, 16))).toEqual(["0e00000005", "0900000006", "0200000000", "0300000000"]);
    wires[3]!.send("04140008 00000001");
    wires[4]!.stream.destroy();
    wires[5]!.send("ff000000");
    wires[5]!.send("00000000");
    await clock.advance(6_000);
    expect(r.monitors).toBe(6);
    peer.destroy();
    await settle();
    await clock.advance(1_000);
    net.peer();
    await settle();
    wires[0]!.messages.length = 0;
    r.send(FlowMod.of({ xid: 8 }));
    await settle();
    expect(wires[0]!.messages.map((m) => m.slice(2, 4))).toEqual(["0e"]);
  });

  test("whatever is called from within its events", async () => {
    let r!: Rconn;
    for (const when of ["connecting", "active", "backoff", "idle"] as const) {
      for (const call of ["disconnect", "reconnect", "connect"] as const) {
        let once = true;
        r = rconn({
          onState: (s) => {
            if (s !== when || !once) return;
            once = false;
            if (call === "connect") r.connect("fake:b");
            else r[call]();
          },
        });
        r.connect("fake:a");
        const wire = new Wire(net.accepted.at(-1)!);
        wire.send(encodeMessage(Hello.of({ xid: 1 }), 4));
        await clock.advance(30_000);
        expect(r.isAlive).toBe(call !== "disconnect");
      }
    }
  });
});
