/** What a connection tells and logs, beyond the suite that every transport passes. */
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes/mod.js";
import { BarrierRequest, EchoRequest } from "../../src/ofp/mod.js";
import { connect, listen, pipe } from "../../src/stream/mod.js";
import { MockClock, settle, Wire } from "../../src/testing/mod.js";
import { messages, openVconn, Vconn, type VconnOptions, vconnTotals } from "../../src/vconn/mod.js";
import { pair } from "./network.js";

function wired(options: VconnOptions = {}) {
  const [ours, theirs] = pipe(options.clock === undefined ? {} : { clock: options.clock });
  const lines: string[] = [];
  const wire = new Wire(theirs);
  const vconn = new Vconn(ours, { versions: [4], log: (level, text) => lines.push(`${level} ${text}`), ...options });
  return { vconn, wire, lines };
}
const HELLO = "04000008 00000001";

describe("versions", () => {
  test("those allowed are set and read until the hello is out", async () => {
    const listener = await listen("ptcp:0:127.0.0.1", { onStream: (stream) => void new Wire(stream).send("01000008 00000001") });
    const vconn = new Vconn(connect(`tcp:127.0.0.1:${listener.name.split(":")[1]}`), { versions: [1, 2, 4] });
    expect(vconn.allowedVersions).toEqual([1, 2, 4]);
    vconn.allowedVersions = [1];
    expect(vconn.allowedVersions).toEqual([1]);
    expect(() => {
      vconn.allowedVersions = [];
    }).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
    await expect.poll(() => vconn.version).toBe(1);
    expect(() => {
      vconn.allowedVersions = [4];
    }).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
    await vconn.close();
    await listener.close();
  });

  test("a connection that looks on gets everything, of any version, and answers nothing", async () => {
    const { vconn, wire } = wired();
    vconn.recvAnyVersion = true;
    const seen: string[] = [];
    const types: string[] = [];
    vconn.onMessage = (_type, c, p, end) => {
      seen.push(toHex(c.u8.subarray(p, end)));
      types.push(vconn.decode(c, p, end).type);
    };
    await wire.next();
    const all = ["0402000800000007", "0105000800000008", "0612000800000009", "0414000800000001", "0000000800000002".replace(/^00/, "05")];
    wire.send(HELLO + all.join(""));
    await settle();
    expect(seen).toEqual(all);
    expect(types).toEqual(["echo-request", "features-request", expect.any(String), "barrier-request", "hello"]);
    expect(wire.messages).toEqual([]);
    vconn.destroy();
  });

  test("errors and echo replies of other versions are handed on", async () => {
    const { vconn, wire } = wired();
    const types: string[] = [];
    vconn.onMessage = (_type, c, p, end) => types.push(vconn.decode(c, p, end).type);
    wire.send(`${HELLO}0101000c 00000005 00010001 01030008 00000006`);
    await settle();
    expect(types).toEqual(["error", "echo-reply"]);
    vconn.destroy();
  });
});

describe("status", () => {
  test("names, addresses, ports and counters; process totals", async () => {
    const before = vconnTotals();
    let accepted: Vconn | undefined;
    const listener = await listen("ptcp:0:[::1]", {
      onStream: (stream) => {
        accepted = new Vconn(stream);
      },
    });
    const port = Number(/^ptcp:(\d+):/.exec(listener.name)![1]);
    const vconn = await openVconn(`tcp:[::1]:${port}`);
    await vconn.barrier({ timeout: 20 }).catch(() => {});
    await expect.poll(() => accepted?.received).toBe(2);
    expect(vconn.status).toMatchObject({
      name: `tcp:[::1]:${port}`,
      state: "connected",
      version: 4,
      error: undefined,
      remote: { address: "::1", port },
      sent: 2,
      sentBytes: 24,
      received: 1,
      receivedBytes: 16,
      waiting: 0,
    });
    expect(vconn.local).toMatchObject({ name: expect.stringMatching(/^tcp:\[::1\]:\d+$/), address: "::1" });
    expect(accepted!.remote.port).toBe(vconn.local.port);
    const now = vconnTotals();
    expect([now.opened - before.opened, now.sent - before.sent, now.received - before.received]).toEqual([2, 3, 3]);
    await vconn.close();
    await accepted!.closed;
    const then = vconnTotals();
    expect([then.opened - before.opened, then.sent - before.sent, then.received - before.received]).toEqual([2, 3, 3]);
    await listener.close();
  });

  test("an error stays, and explains what is refused later", async () => {
    const { vconn, wire } = wired();
    wire.send(`${HELLO}04120007 00000000`);
    await vconn.closed;
    expect(vconn.error?.code).toBe("EPROTO");
    expect(vconn.status).toMatchObject({ state: "disconnected", version: 4, error: { code: "EPROTO" } });
    expect(() => vconn.send(EchoRequest.of())).toThrow(expect.objectContaining({ code: "ENOTCONN", cause: vconn.error }));
    await expect(vconn.barrier()).rejects.toMatchObject({ code: "ENOTCONN" });
    await expect(vconn.transactMultiple([BarrierRequest.of()])).rejects.toMatchObject({ code: "ENOTCONN" });
    await expect(vconn.bundle([])).rejects.toMatchObject({ code: "ENOTCONN" });
    await expect(vconn.dumpFlows().next()).rejects.toMatchObject({ code: "ENOTCONN" });
    expect(vconn.waiting).toBe(0);
  });
});

describe("log", () => {
  test.each([
    ["TLS", "1603010200010001fc0303000000000000", "SSL"],
    ["JSON-RPC", Buffer.from('{"method":"echo","id":"echo","params":[]}').toString("hex"), "JSON-RPC"],
  ])("%s is recognised", async (_name, bytes, what) => {
    const { vconn, wire, lines } = wired({ versions: [1, 2, 3, 4, 5, 6] });
    for (const byte of fromHex(bytes)) wire.send(Uint8Array.of(byte));
    await settle();
    await wire.stream.close();
    await vconn.closed;
    expect(lines).toContain(`warn ${vconn.name}: received ${what} data on OpenFlow channel`);
    expect(["EPROTO", "ECONNRESET"]).toContain(vconn.error?.code);
  });

  test("messages of another version: each is answered, and no more than 60 a minute are told of", async () => {
    const clock = new MockClock();
    const { vconn, wire, lines } = wired({ clock });
    wire.send(`${HELLO}${"010e0008 00000009".repeat(200)}`);
    await settle();
    expect(wire.messages.filter((m) => m.startsWith("0101")).length).toBe(200);
    const told = lines.filter((l) => !l.startsWith("debug"));
    expect(told.length).toBe(60);
    lines.length = 0;
    await clock.advance(2_000);
    wire.send("010e0008 00000009");
    await settle();
    expect(lines).toEqual([
      `error ${vconn.name}: Dropped 140 log messages in last 2 seconds due to excessive rate`,
      `error ${vconn.name}: received OpenFlow version 0x01 != expected 04`,
    ]);
    vconn.destroy();
  });

  test("each message as its text, where asked for, and within bounds", async () => {
    const clock = new MockClock();
    const { vconn, wire, lines } = wired({ trace: true, clock });
    wire.send(`${HELLO}04020008 00000007`);
    await settle();
    expect(lines).toEqual([
      `debug ${vconn.name}: sent (Success): OFPT_HELLO (OF1.3) (xid=0x1):\n version bitmap: 0x04`,
      `debug ${vconn.name}: received: OFPT_HELLO (OF1.3) (xid=0x1):\n version bitmap: 0x01, 0x02, 0x03, 0x04`,
      `debug ${vconn.name}: negotiated OpenFlow version 0x04 (we support version 0x04, peer supports version 0x04 and earlier)`,
      `debug ${vconn.name}: received: OFPT_ECHO_REQUEST (OF1.3) (xid=0x7): 0 bytes of payload`,
      `debug ${vconn.name}: sent (Success): OFPT_ECHO_REPLY (OF1.3) (xid=0x7): 0 bytes of payload`,
    ]);
    lines.length = 0;
    wire.send("0402000800000007".repeat(20_000));
    await settle();
    expect(lines.length).toBe(10_000 - 4);
    await clock.advance(1_000);
    wire.send("04030008 00000007");
    await settle();
    expect(lines.at(-2)).toBe(`debug ${vconn.name}: Dropped 30004 log messages in last 1 seconds due to excessive rate`);
    vconn.destroy();
  });
});

describe("open and messages", () => {
  test("opening fails with the error of the connection", async () => {
    await expect(openVconn("tcp:127.0.0.1:1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(openVconn("unix:/nowhere/at/all")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(openVconn("nonsense")).rejects.toMatchObject({ code: "EAFNOSUPPORT" });
    const silent = await listen("ptcp:0:127.0.0.1", { onStream: (stream) => void new Wire(stream) });
    const target = `tcp:127.0.0.1:${silent.name.split(":")[1]}`;
    await expect(openVconn(target, { timeout: 50 })).rejects.toMatchObject({ code: "ETIMEDOUT" });
    await expect(openVconn(target, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await silent.close();
  });

  test("messages one by one, held back while nobody asks, to an orderly end", async () => {
    const [ours, peer] = await pair();
    const got = messages(ours);
    for (let i = 1; i <= 200; i++) peer.send(BarrierRequest.of({ xid: i }));
    let sum = 0;
    for (let i = 1; i <= 100; i++) sum += ((await got.next()).value as BarrierRequest).xid;
    expect(sum).toBe(5050);
    await settle();
    expect(ours.reading).toBe(false);
    void peer.close();
    for await (const m of got) sum += (m as BarrierRequest).xid;
    expect(sum).toBe(20_100);
    expect(ours.state).toBe("disconnected");
  });

  test("an end that is an error is thrown", async () => {
    const { vconn, wire } = wired();
    const got = messages(vconn);
    wire.send(`${HELLO}04140008 00000005 04140007 00000000`);
    expect(await got.next()).toMatchObject({ value: { type: "barrier-request", xid: 5 } });
    await expect(got.next()).rejects.toMatchObject({ code: "EPROTO" });
  });
});
