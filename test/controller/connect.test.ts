/** A controller that connects to switches, waits for places to listen at, chooses versions, and traces at run time. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Controller, type ControllerOptions } from "../../src/controller/mod.js";
import { EchoRequest } from "../../src/ofp/mod.js";
import { type Listener, listen, pipe, type Stream } from "../../src/stream/mod.js";
import { MockClock, settle } from "../../src/testing/mod.js";
import { openVconn, Trace } from "../../src/vconn/mod.js";
import { FakeSwitch } from "./fake-switch.js";

let controller: Controller;
let lines: string[];
let streams: Stream[];
let listener: Listener;
let target: string;

const made = (options: ControllerOptions = {}): Controller =>
  new Controller({ log: (level, text) => lines.push(`${level} ${text}`), ...options });

beforeEach(async () => {
  lines = [];
  streams = [];
  controller = made();
  listener = await listen("ptcp:0:127.0.0.1", { onStream: (stream) => void streams.push(stream) });
  target = `tcp:127.0.0.1:${listener.name.split(":")[1]}`;
});
afterEach(async () => {
  await controller.close();
  await listener.close();
  for (const stream of streams) stream.destroy();
});

/** The switch at the other end of the nth connection, set up. */
async function switchAt(nth: number, dpid = 1n): Promise<FakeSwitch> {
  await expect.poll(() => streams.length).toBeGreaterThan(nth);
  const fake = new FakeSwitch(streams[nth]!);
  await fake.setUp(dpid);
  return fake;
}

describe("connect", () => {
  test("a switch that listens is one like the others, and is connected to again when it ends", async () => {
    const events: string[] = [];
    controller.on("up", (dp) => void events.push(`up ${dp.id}`));
    controller.on("down", (dp) => void events.push(`down ${dp.id}`));
    const connection = controller.connect(target);
    expect(connection).toMatchObject({ target, state: "connecting", isConnected: false, attempts: 1 });
    const fake = await switchAt(0, 7n);
    await expect.poll(() => events).toEqual(["up 7"]);
    expect(connection.isConnected).toBe(true);
    await fake.wire.stream.close();
    await switchAt(1, 7n);
    await expect.poll(() => events).toEqual(["up 7", "down 7", "up 7"]);
    expect([connection.attempts, connection.lastError]).toEqual([2, null]);
    await connection.close();
    await expect.poll(() => events.at(-1)).toBe("down 7");
    expect([connection.state, controller.connections]).toEqual(["void", 0]);
    expect(streams.length).toBe(2);
  });

  test("it waits as Rconn does while nobody answers", async () => {
    const clock = new MockClock();
    const own = made({ clock });
    await using _ = own;
    await listener.close();
    const connection = own.connect(target, { maxBackoff: 2_000 });
    for (const attempts of [1, 2, 3, 4]) {
      await expect.poll(() => [connection.attempts, connection.state]).toEqual([attempts, "backoff"]);
      await clock.advance(attempts === 1 ? 1_000 : 2_000);
    }
    expect(connection.lastError).toMatchObject({ code: "ECONNREFUSED" });
    expect(lines).toContain(`info ${target}: connection failed (Connection refused)`);
  });

  test("a signal, the end of the controller and disposal end it for good", async () => {
    const abort = new AbortController();
    const first = controller.connect(target, { signal: abort.signal });
    await switchAt(0);
    abort.abort();
    await first.closed;
    expect(first.state).toBe("void");
    {
      await using second = controller.connect(target);
      await expect.poll(() => second.attempts).toBe(1);
    }
    const third = controller.connect(target);
    await controller.close();
    await third.closed;
    expect([third.state, controller.connections]).toEqual(["void", 0]);
    expect(() => controller.connect(target)).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
  });

  test("what cannot be is refused where it is asked for", () => {
    const code = (f: () => unknown): unknown => {
      try {
        return f();
      } catch (e) {
        return (e as { code: unknown }).code;
      }
    };
    expect(code(() => controller.connect("nonsense"))).toBe("EAFNOSUPPORT");
    expect(code(() => controller.connect(target, { versions: [] }))).toBe("ERR_USAGE");
    expect(code(() => controller.connect(target, { version: [4] } as never))).toBe("ERR_USAGE");
    expect(code(() => controller.connect(target, { signal: AbortSignal.abort() }))).toBe("ERR_ABORTED");
    expect(controller.connections).toBe(0);
  });

  test("its own versions are offered, or the controller's", async () => {
    controller.connect(target, { versions: [6] });
    await expect.poll(() => streams.length).toBe(1);
    expect((await new FakeSwitch(streams[0]!).wire.next()).slice(0, 8)).toBe("06000010");
  });
});

describe("versions", () => {
  test("for each listener, and for each peer", async () => {
    const own = made();
    await using _ = own;
    const one = await own.listen("ptcp:0:127.0.0.1", { versions: [1] });
    let asked = 0;
    const each = await own.listen("ptcp:0:127.0.0.1", { versions: [4], versionsFor: () => (asked++ === 0 ? [6] : undefined) });
    const versionAt = async ({ name }: Listener): Promise<number> => {
      const vconn = await openVconn(`tcp:127.0.0.1:${name.split(":")[1]}`, { versions: [1, 2, 3, 4, 5, 6] });
      await vconn.close();
      return vconn.version;
    };
    expect([await versionAt(one), await versionAt(each), await versionAt(each)]).toEqual([1, 6, 4]);
    await expect(own.listen("ptcp:0:127.0.0.1", { versions: [9 as never] })).rejects.toMatchObject({ code: "ERR_USAGE" });
  });

  test("none in common: what to type on either side, once", async () => {
    for (let i = 0; i < 3; i++) {
      const fake = new FakeSwitch(controller);
      fake.raw("0600001000000001000100080000006c");
      await fake.wire.end();
    }
    const advice = lines.filter((line) => line.includes("no version in common"));
    expect(advice).toEqual([
      expect.stringMatching(
        /^warn pipe#\d+: no version in common: let the switch offer one of ours \("ovs-vsctl set bridge BRIDGE protocols=OpenFlow10,OpenFlow13"\), or offer one of its versions here \(-O OpenFlow11,OpenFlow12,OpenFlow14,OpenFlow15; in code versions: \[2, 3, 5, 6\]\)$/,
      ),
    ]);
    expect(lines.filter((line) => line.startsWith("warn") && line.includes("version negotiation failed")).length).toBe(3);
  });
});

describe("listen with retryInterval", () => {
  test("waits for a place that is in use, and reports it once", async () => {
    const name = `ptcp:${listener.name.split(":")[1]}:127.0.0.1`;
    await expect(controller.listen(name)).rejects.toMatchObject({ code: "EADDRINUSE" });
    const clock = new MockClock();
    const own = made({ clock });
    await using _ = own;
    const there = own.listen(name, { retryInterval: 3_000 });
    await expect.poll(() => lines.filter((line) => line.includes("Address already in use")).length).toBe(1);
    for (let i = 0; i < 3; i++) {
      await clock.advance(3_000);
      await settle();
    }
    await listener.close();
    await expect
      .poll(async () => {
        await clock.advance(3_000);
        return lines.filter((line) => line.startsWith("info listening on"));
      })
      .toEqual([`info listening on ${name}`]);
    expect((await there).name).toBe(name);
    expect(lines.filter((line) => line.includes("Address already in use")).length).toBe(1);
  });

  test("a folder that is not there yet is waited for", async () => {
    const dir = mkdtempSync(join(tmpdir(), "southbound-retry-"));
    rmSync(dir, { recursive: true });
    const there = controller.listen(`punix:${dir}/of.sock`, { retryInterval: 20 });
    await expect.poll(() => lines.filter((line) => line.includes("No such file or directory")).length).toBe(1);
    mkdirSync(dir);
    try {
      expect((await there).name).toBe(`punix:${dir}/of.sock`);
    } finally {
      await controller.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test("ends with the controller, or its signal; what no time cures is told at once", async () => {
    const name = `ptcp:${listener.name.split(":")[1]}:127.0.0.1`;
    const abort = new AbortController();
    const first = controller.listen(name, { retryInterval: 60_000, signal: abort.signal });
    const second = controller.listen(name, { retryInterval: 60_000 });
    await expect.poll(() => lines.length).toBe(2);
    abort.abort();
    await expect(first).rejects.toMatchObject({ code: "ERR_ABORTED" });
    const ended = expect(second).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await controller.close();
    await ended;
    await expect(listen("nonsense", { onStream: () => {}, retryInterval: 10 })).rejects.toMatchObject({ code: "EAFNOSUPPORT" });
    await expect(listen("ptcp:0", { onStream: () => {}, retryInterval: 0 })).rejects.toMatchObject({ code: "ERR_USAGE" });
  });
});

describe("trace", () => {
  const traced = (): string[] => lines.filter((line) => /: (sent \(Success\)|received): /.test(line));

  test("is switched while connections live, those that are made again too", async () => {
    const fake = new FakeSwitch(controller);
    await fake.setUp();
    await settle();
    expect(traced()).toEqual([]);
    controller.trace = true;
    const dp = controller.datapaths.get(1n)!;
    dp.send(EchoRequest.of({ xid: 9 }));
    fake.raw("0403000800000009");
    await settle();
    expect(traced().map((line) => line.replace(/pipe#\d+/, "X"))).toEqual([
      "debug X: sent (Success): OFPT_ECHO_REQUEST (OF1.3) (xid=0x9): 0 bytes of payload",
      "debug X: received: OFPT_ECHO_REPLY (OF1.3) (xid=0x9): 0 bytes of payload",
    ]);
    controller.trace = false;
    dp.send(EchoRequest.of({ xid: 9 }));
    expect(traced().length).toBe(2);
    controller.connect(target);
    controller.trace = true;
    await switchAt(0, 2n);
    await expect.poll(() => traced().filter((line) => line.startsWith(`debug ${target}`)).length).toBeGreaterThan(4);
  });

  test("a filter shows types, directions and peers, and its lines may go elsewhere", async () => {
    const shown: string[] = [];
    const see = (filter: string) => {
      shown.length = 0;
      controller.trace = new Trace(filter, (_level, text) =>
        shown.push(text.replace(/^pipe#\d+: ([a-z]+)(?: \(Success\))?: OFPT_([A-Z_]+) .*$/s, "$1 $2")),
      );
    };
    const [here, there] = pipe();
    const fake = new FakeSwitch(there);
    controller.accept(here);
    see("");
    await fake.setUp();
    await settle();
    expect(shown).toContain("received HELLO");
    const speak = async (): Promise<string[]> => {
      controller.datapaths.get(1n)!.send(EchoRequest.of({ xid: 9 }));
      fake.raw("0403000800000009");
      fake.raw("0402000800000010");
      await settle();
      return [...shown];
    };
    for (const [filter, want] of [
      ["echo-request", ["sent ECHO_REQUEST", "received ECHO_REQUEST"]],
      ["!echo-request", ["received ECHO_REPLY", "sent ECHO_REPLY"]],
      ["sent, echo-request", ["sent ECHO_REQUEST"]],
      [`received peer=${here.name}`, ["received ECHO_REPLY", "received ECHO_REQUEST"]],
      ["peer=192.0.2.1", []],
    ] as const) {
      see(filter);
      expect([filter, await speak()]).toEqual([filter, want]);
    }
    expect(traced()).toEqual([]);
  });

  test("a word that a filter does not have is refused, with what may have been meant", () => {
    expect(() => new Trace("packet_in")).toThrow('a trace has no messages "packet_in": did you mean packet-in?');
    expect(() => new Trace("!flwo-mod")).toThrow("did you mean flow-mod?");
    expect(() => new Trace("recieved")).toThrow("did you mean received?");
    expect(() => {
      controller.trace = "packet-in" as never;
    }).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
    expect(() => made({ trace: 5 as never })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });
});
