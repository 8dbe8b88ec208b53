import { describe, expect, onTestFinished, test } from "vitest";
import { PortNo } from "../../src/ofp/mod.js";
import { ArpOp, buildArp, buildIcmpEcho, parseFrame } from "../../src/packet/mod.js";
import { Host, type Link, link, Switch, SwitchPort } from "../../src/switch/mod.js";
import { uncaught } from "../stream/helpers.js";
import { ManualClock } from "./clock.js";
import { flow, out } from "./flows.js";

const MAC = 0x020000000000;
const IP = 0x0a000000;
const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
const port = (name: string) => new SwitchPort({ portNo: 1, name, hwAddr: 1 });
const host = (n: number, clock?: ManualClock) => new Host({ name: `h${n}`, mac: MAC + n, ip: IP + n, clock });
const codeOf = (p: Promise<unknown>) =>
  p.then(
    () => "done",
    (e: { code: string }) => e.code,
  );

/** A switch that floods, with hosts. */
function flooding(hosts: number): { sw: Switch; hosts: Host[]; links: Link[] } {
  const sw = new Switch({ datapathId: 1n });
  sw.tables[0]!.add(flow({}, { instructions: out(PortNo.Flood) }));
  const made = Array.from({ length: hosts }, (_, i) => host(i + 1));
  return { sw, hosts: made, links: made.map((h) => link(sw.addPort(), h.port)) };
}

describe("links", () => {
  test("a frame arrives after the call that sent it, in order, and never inside another delivery", async () => {
    const [a, b] = [port("a"), port("b")];
    link(a, b);
    const seen: string[] = [];
    b.onFrame = (frame) => {
      seen.push(`b${frame[0]}`);
      b.send(new Uint8Array([frame[0]! + 10]));
      seen.push("b returns");
    };
    a.onFrame = (frame) => seen.push(`a${frame[0]}`);
    a.send(new Uint8Array([1]));
    a.send(new Uint8Array([2]));
    expect(seen).toEqual([]);
    await tick();
    expect(seen).toEqual(["b1", "b returns", "b2", "b returns", "a11", "a12"]);
    expect([a.counters.txPackets, a.counters.rxPackets, b.counters.rxBytes]).toEqual([2, 2, 2]);
  });

  test("a full queue drops and counts", async () => {
    const [a, b] = [port("a"), port("b")];
    link(a, b, { capacity: 3 });
    let came = 0;
    b.onFrame = () => came++;
    for (let i = 0; i < 5; i++) a.send(new Uint8Array(60));
    await tick();
    expect([came, a.counters.txPackets, a.counters.txDropped]).toEqual([3, 3, 2]);
  });

  test("a port without a link drops; one that has a link takes no second", () => {
    const [a, b] = [port("a"), port("b")];
    expect(a.send(new Uint8Array(60))).toBe(false);
    expect([a.linkUp, a.counters.txDropped]).toEqual([false, 1]);
    const made = link(a, b);
    expect(a.linkUp && b.linkUp).toBe(true);
    expect(() => link(a, port("c"))).toThrow(/unplug that first/);
    made.unplug();
    expect(a.linkUp || b.linkUp).toBe(false);
    expect(() => link(a, a)).toThrow(/joins two ports/);
  });

  test("a name or address that no message could tell is refused", () => {
    expect(() => port("sixteen-bytes-it")).toThrow(/at most 15 bytes/);
    expect(() => new SwitchPort({ portNo: 1, name: "p", hwAddr: 2 ** 48 })).toThrow(/48 bits/);
    expect(() => new Switch({ datapathId: 1n, description: { serialNumber: "x".repeat(32) } })).toThrow(/at most 31 bytes/);
  });

  test("a handler that throws surfaces, and the links go on", async () => {
    const [a, b] = [port("a"), port("b")];
    link(a, b);
    let came = 0;
    b.onFrame = () => {
      if (came++ === 0) throw new Error("a fault");
    };
    const errors = await uncaught(async () => {
      a.send(new Uint8Array(60));
      a.send(new Uint8Array(60));
    });
    expect([came, errors.map(String)]).toEqual([2, ["Error: a fault"]]);
  });

  test("a loop that floods does not keep the thread, and grows no queue without end", async () => {
    const clock = new ManualClock();
    const switches = [1n, 2n, 3n].map((datapathId) => {
      const sw = new Switch({ datapathId });
      sw.tables[0]!.add(flow({}, { instructions: out(PortNo.Flood) }));
      return sw;
    });
    onTestFinished(async () => {
      for (const sw of switches) await sw.close();
    });
    for (const [i, a] of switches.entries())
      for (const b of switches.slice(i + 1)) for (let n = 0; n < 2; n++) link(a.addPort(), b.addPort(), { clock });
    const counted = (name: "rxPackets" | "txDropped") => switches.flatMap((s) => s.ports).reduce((n, p) => n + p.counters[name], 0);
    switches[0]!.ports[0]!.send(buildArp({ op: ArpOp.Request, sha: 1, spa: 2, tpa: 3 }));
    // Until its timer runs the loop rests after a burst; each time that it runs there is another one.
    for (let turn = 1; turn <= 40; turn++) {
      await tick();
      expect(counted("rxPackets")).toBe(512 * turn);
      clock.runDue();
    }
    expect(counted("txDropped")).toBeGreaterThan(0);
  });
});

describe("hosts", () => {
  test("find each other by ARP and answer pings", async () => {
    const { sw, hosts } = flooding(3);
    const [a, b, c] = hosts as [Host, Host, Host];
    const reply = await a.ping(b.ip);
    expect(reply).toMatchObject({ bytes: 64, ttl: 64, seq: 1 });
    expect(reply.rttMs).toBeGreaterThanOrEqual(0);
    expect(a.arp.entries()).toEqual([[b.ip, b.mac]]);
    expect(b.arp.entries()).toEqual([[a.ip, a.mac]]);
    expect(c.arp.entries()).toEqual([]);
    expect((await a.ping(c.ip, { size: 1400 })).bytes).toBe(1408);
    const many = await Promise.all(Array.from({ length: 200 }, () => b.ping(c.ip)));
    expect(new Set(many.map((m) => m.seq)).size).toBe(200);
    await sw.close();
  });

  test("ask again, give up, and forget", async () => {
    const clock = new ManualClock();
    const a = host(1, clock);
    const sent: Uint8Array[] = [];
    a.port.plug = { carry: (frame) => sent.push(frame) > 0 };
    const lost = codeOf(a.ping(IP + 2, { timeout: 10_000 }));
    const late = codeOf(a.ping(IP + 2, { timeout: 1500 }));
    clock.advance(500);
    expect(sent.length).toBe(1);
    clock.advance(1200);
    expect(sent.length).toBe(2);
    expect(await late).toBe("ERR_TIMEOUT");
    clock.advance(2000);
    expect(sent.length).toBe(3);
    expect(await lost).toBe("EHOSTUNREACH");
    expect(sent.every((frame) => parseFrame(frame).arp?.tpa === IP + 2)).toBe(true);
    const found = a.ping(IP + 2, { timeout: 10_000 });
    a.port.receive(buildArp({ op: ArpOp.Reply, sha: MAC + 2, spa: IP + 2, tha: a.mac, tpa: a.ip }));
    const echo = parseFrame(sent.at(-1)!);
    expect([echo.ethernet.dst, echo.icmp?.type]).toEqual([MAC + 2, 8]);
    clock.advance(3);
    const back = { ethDst: a.mac, ethSrc: MAC + 2, ipv4Src: IP + 2, ipv4Dst: a.ip, reply: true, id: echo.icmp!.id, seq: echo.icmp!.seq };
    a.port.receive(buildIcmpEcho({ ...back, ipv4Src: IP + 3 }));
    a.port.receive(buildIcmpEcho({ ...back, data: new Uint8Array(56), ipTtl: 3 }));
    expect(await found).toMatchObject({ rttMs: 3, ttl: 3 });
    clock.advance(60_000);
    expect(a.arp.get(IP + 2)).toBeUndefined();
  });

  test("a ping can be aborted, and answers that nobody waits for are dropped", async () => {
    const a = host(1);
    const abort = new AbortController();
    const p = codeOf(a.ping(IP + 2, { signal: abort.signal }));
    abort.abort();
    expect(await p).toBe("ERR_ABORTED");
    expect(await codeOf(a.ping(IP + 2, { signal: abort.signal }))).toBe("ERR_ABORTED");
    a.port.receive(buildIcmpEcho({ ethDst: a.mac, ethSrc: 2, ipv4Src: IP + 2, ipv4Dst: a.ip, reply: true, id: 0x5b, seq: 1 }));
    a.arp.clear();
  });

  test("frames for others and broken ones are not answered", async () => {
    const a = host(1);
    const sent: Uint8Array[] = [];
    a.port.plug = { carry: (frame) => sent.push(frame) > 0 };
    const request = buildIcmpEcho({ ethDst: a.mac, ethSrc: 2, ipv4Src: IP + 2, ipv4Dst: a.ip });
    const corrupt = request.slice();
    corrupt[36]! ^= 1;
    a.port.receive(corrupt);
    for (let n = 0; n < request.length; n++) a.port.receive(request.slice(0, n));
    a.port.receive(buildIcmpEcho({ ethDst: MAC + 9, ethSrc: 2, ipv4Src: IP + 2, ipv4Dst: a.ip }));
    a.port.receive(buildIcmpEcho({ ethDst: a.mac, ethSrc: 2, ipv4Src: IP + 2, ipv4Dst: IP + 7 }));
    a.port.receive(buildArp({ op: ArpOp.Request, sha: 2, spa: IP + 2, tpa: IP + 7 }));
    expect(sent).toEqual([]);
    expect(a.malformed).toBeGreaterThan(0);
    a.port.receive(request);
    expect(sent.length).toBe(1);
  });
});
