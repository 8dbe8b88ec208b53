/** What a user sees of the mistakes of an application: errors of the switch, promises that nobody awaits, listeners that hold the thread. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BundleError, Controller, type Datapath, ProtocolError } from "../../src/controller/mod.js";
import {
  apply,
  BarrierReply,
  BarrierRequest,
  BundleControl,
  BundleControlType,
  DescRequest,
  type EchoRequest,
  ERRORS,
  ErrorMessage,
  encodeMessage,
  errorMeaning,
  FlowMod,
  Match,
  Output,
  PacketIn,
  PacketOut,
} from "../../src/ofp/mod.js";
import { MockClock, settle } from "../../src/testing/mock-clock.js";
import { OpenFlowError } from "../../src/vconn/mod.js";
import { FakeSwitch } from "./fake-switch.js";

let clock: MockClock;
let controller: Controller;
let peer: FakeSwitch;
let lines: string[];

const FLOW = FlowMod.of({ match: Match.of({ tcpDst: 80 }), instructions: [apply(Output.of({ port: 1 }))] });
/** BAD_PREREQ: type 4, code 9. OpenFlow 1.3 §7.4.4.4 */
const BAD_PREREQ = { errType: 4, code: 9 };

/** An application with the datapath that it gets. */
async function app(name: string, begin: (dp: Datapath) => unknown): Promise<void> {
  controller.use((c) => void c.on("up", (dp) => void begin(dp)) as undefined, { name });
}
async function setUp(): Promise<void> {
  peer = new FakeSwitch(controller);
  await peer.setUp();
  await settle();
}
const excerpt = (m: FlowMod | PacketOut | EchoRequest, xid: number, size = 64): Uint8Array => {
  const bytes = encodeMessage(m, 4);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(4, xid);
  return new Uint8Array(bytes.subarray(0, size));
};
const warnings = (): string[] => lines.filter((line) => line.startsWith("warn ") && line.includes(" answers "));
const errors = (): string[] => lines.filter((line) => line.startsWith("error "));

beforeEach(() => {
  clock = new MockClock();
  lines = [];
  controller = new Controller({ clock, prerequisites: "loose", log: (level, text) => lines.push(`${level} ${text}`) });
});

afterEach(async () => {
  await controller.close();
});

describe("an error of the switch that nothing waits for", () => {
  test("is one line: the switch, the error, what it means, the message that it answers in words, and who sent it", async () => {
    let xid = 0;
    await app("./my.mjs", (dp) => {
      xid = dp.send(FLOW);
    });
    await setUp();
    await peer.take(FlowMod);
    peer.reply(xid, ErrorMessage.of({ ...BAD_PREREQ, data: excerpt(FLOW, xid) }));
    await settle();
    expect(warnings()).toEqual([
      `warn 0000000000000001: OFPBMC_BAD_PREREQ (a field lacks the one that it depends on) answers flow-mod xid=0x${xid.toString(16)}: tp_dst=80 actions=output:1 (sent by app ./my.mjs)`,
    ]);
  });

  test("without data, or with a message that was changed since, what is known is said", async () => {
    let xid = 0;
    const changed = FlowMod.of({ priority: 5 });
    await app("./my.mjs", (dp) => {
      xid = dp.send(FLOW);
      dp.send(changed);
    });
    await setUp();
    await peer.take(FlowMod);
    const sent = await peer.take(FlowMod);
    const data = excerpt(changed, sent.xid);
    changed.priority = 7;
    peer.reply(xid, ErrorMessage.of(BAD_PREREQ));
    peer.reply(sent.xid, ErrorMessage.of({ ...BAD_PREREQ, data }));
    await settle();
    expect(warnings()[0]).toContain(`answers flow-mod xid=0x${xid.toString(16)}: tp_dst=80`);
    expect(warnings()[1]).toContain("priority=5");
  });

  test("about what a maker has made is in the words of the bytes that came back, with who sent it", async () => {
    const make = FlowMod.maker("match", "priority");
    let xid = 0;
    await app("./my.mjs", (dp) => {
      xid = dp.send(make({ match: Match.of({ inPort: 7 }), priority: 5 }));
    });
    await setUp();
    const data = excerpt(FlowMod.of({ match: Match.of({ inPort: 7 }), priority: 5 }), xid);
    peer.reply(xid, ErrorMessage.of({ errType: 5, code: 1, data }));
    await settle();
    expect(warnings()).toEqual([expect.stringMatching(/answers flow-mod xid=0x[0-9a-f]+: .*in_port=7.*\(sent by app \.\/my\.mjs\)$/)]);
  });

  test("about what a maker has made is in words, though printing its bytes would refuse them as the switch did, and though most of it did not come back", async () => {
    const make = FlowMod.maker("match", "priority", "instructions");
    const instructions = [apply(Output.of({ port: 1 }))];
    const said: string[] = [];
    await setUp();
    for (const [version, match] of [
      [4, { tcpDst: 80 }],
      [6, { tcpDst: 80, ipv4Dst: "10.0.0.0/8", ethSrc: 1 }],
      [4, {}],
      [1, { tcpDst: 80, ipProto: 6, ethType: 0x0800 }],
    ] as const) {
      const m = make({ match: Match.of(match), priority: 5, instructions });
      const bytes = encodeMessage(m, version);
      peer.reply(0, ErrorMessage.of({ ...BAD_PREREQ, data: bytes.subarray(0, 64) }));
    }
    await settle();
    for (const line of warnings()) said.push(line.replace(/^.* answers /, ""));
    expect(said).toEqual([
      "flow-mod xid=0x0: priority=5,tp_dst=80 (cut to 64 bytes)",
      "flow-mod xid=0x0: priority=5,dl_src=00:00:00:00:00:01 (cut to 64 bytes)",
      "flow-mod xid=0x0: priority=5 (cut to 64 bytes)",
      "flow-mod xid=0x0: priority=5,tcp,tp_dst=80 (cut to 64 bytes)",
    ]);
  });

  test("one of xid 0, a packet-out that is cut, and bytes that are no message", async () => {
    await setUp();
    const out = PacketOut.of({ actions: [Output.of({ port: 77 })], data: new Uint8Array(200) });
    peer.reply(0, ErrorMessage.of({ errType: 2, code: 4, data: excerpt(out, 0) }));
    peer.reply(0, ErrorMessage.of({ errType: 1, code: 1, data: new Uint8Array([4, 99, 0, 8, 0, 0, 0, 1]) }));
    peer.reply(0, ErrorMessage.of({ errType: 1, code: 1 }));
    await settle();
    const [first, second, third] = warnings();
    expect(first).toContain("OFPBAC_BAD_OUT_PORT (an action outputs to a port that the switch does not have) answers packet-out xid=0x0: ");
    expect(first).toContain("output:77");
    expect(first).toMatch(/\(cut to 64 bytes\)$/);
    expect(second).toMatch(/answers a message of type 99 \(xid=0x1\), of which 8 bytes came back$/);
    expect(third).toMatch(/answers a message that is not known \(xid=0x0\)$/);
  });

  test("is not logged where the application that sent it, or the controller's own user, listens", async () => {
    let xid = 0;
    let other = 0;
    await app("listens", (dp) => {
      dp.on("error", () => {});
      xid = dp.send(FLOW);
    });
    await app("other", (dp) => {
      other = dp.send(FLOW);
    });
    await setUp();
    peer.reply(xid, ErrorMessage.of(BAD_PREREQ));
    peer.reply(other, ErrorMessage.of(BAD_PREREQ));
    await settle();
    expect(warnings()).toEqual([expect.stringContaining(`xid=0x${other.toString(16)}`)]);
    const off = controller.on("response", () => {}, { isError: true });
    peer.reply(other, ErrorMessage.of(BAD_PREREQ));
    await settle();
    off();
    expect(warnings()).toHaveLength(1);
  });

  test("a flood of them is a few lines, and a count", async () => {
    await setUp();
    for (let i = 0; i < 500; i++) peer.reply(0, ErrorMessage.of(BAD_PREREQ));
    await settle();
    expect(warnings()).toHaveLength(10);
    clock.advance(5_000);
    peer.reply(0, ErrorMessage.of(BAD_PREREQ));
    await settle();
    expect(lines.filter((line) => line.includes("Dropped 490 log messages"))).toHaveLength(1);
  });

  test("every name of an error means something", () => {
    for (const name of Object.keys(ERRORS)) expect(`${name}: ${errorMeaning(name)}`).not.toMatch(/not known$|: $/);
    expect(errorMeaning("OFPFMFC_EPERM")).toBe("the switch does not permit this flow");
    expect(errorMeaning("OFPMOFC_BAD_OUT")).toBe("the flow monitor is not accepted: bad out");
    expect(errorMeaning("type 7 code 8")).toBe("an error that is not known");
  });
});

describe("a request that is refused", () => {
  test("the error of a batch names the request, its place and what it means", async () => {
    let rejected: unknown;
    await app("a", (dp) => dp.batch([FlowMod.of(), FLOW]).catch((e) => (rejected = e)));
    await setUp();
    await peer.take(FlowMod);
    const { xid } = await peer.take(FlowMod);
    peer.reply(xid, ErrorMessage.of({ ...BAD_PREREQ, data: excerpt(FLOW, xid) }));
    await peer.answer(BarrierRequest, BarrierReply.of());
    await expect.poll(() => rejected).toBeInstanceOf(OpenFlowError);
    const e = rejected as OpenFlowError;
    expect(e.place).toBe(1);
    expect(e.message).toContain(
      `OFPBMC_BAD_PREREQ (a field lacks the one that it depends on) answers request 1, flow-mod xid=0x${xid.toString(16)}: tp_dst=80 actions=output:1`,
    );
  });

  test("a promise that nobody awaits is logged with the application's name and counted, and the others go on", async () => {
    let seen = 0;
    const bad = controller.use((c) => void c.on("up", (dp) => void dp.batch([FLOW])) as undefined, { name: "./forgets.mjs" });
    controller.use((c) => void c.on("packet-in", () => void seen++) as undefined, { name: "good" });
    await setUp();
    const { xid } = await peer.take(FlowMod);
    peer.reply(xid, ErrorMessage.of(BAD_PREREQ));
    await peer.answer(BarrierRequest, BarrierReply.of());
    await expect.poll(errors).toHaveLength(1);
    expect(errors()[0]).toMatch(
      /^error app \.\/forgets\.mjs: nobody waits for the promise of batch of 0000000000000001, which was rejected \(await it, or catch its errors\): .*OFPBMC_BAD_PREREQ/,
    );
    expect(bad.counters.errors).toBe(1);
    peer.send(PacketIn.of());
    await expect.poll(() => seen).toBe(1);
  });

  test.each(["query", "queryMultipart", "barrier", "role", "asyncConfig", "setAsyncConfig", "bundle", "then", "drained"])(
    "likewise a forgotten %s",
    async (what) => {
      let dp: Datapath | undefined;
      await app("forgets", (it) => {
        dp = it;
      });
      await setUp();
      const calls: Record<string, () => unknown> = {
        query: () => dp!.query(DescRequest.of()),
        queryMultipart: () => dp!.queryMultipart(DescRequest.of()),
        barrier: () => dp!.barrier(),
        role: () => dp!.role(1),
        asyncConfig: () => dp!.asyncConfig(),
        setAsyncConfig: () => dp!.setAsyncConfig({}),
        bundle: () => dp!.bundle([FLOW]),
        // biome-ignore lint/suspicious/noThenProperty: a name of a case
        then: () =>
          dp!
            .barrier()
            .then(() => 1)
            .finally(() => 2),
        drained: () => dp!.drained({ signal: AbortSignal.abort() }),
      };
      calls[what]!();
      peer.wire.stream.destroy();
      await expect.poll(() => errors().filter((line) => line.includes("nobody waits"))).toHaveLength(1);
      expect(errors()[0]).toMatch(/^error app forgets: nobody waits for the promise of /);
    },
  );

  test("what is awaited, raced or caught is not reported", async () => {
    const caught: unknown[] = [];
    const note = (e: unknown): void => void caught.push(e);
    await app("waits", (dp) => {
      dp.barrier().catch(note);
      Promise.all([dp.barrier()]).catch(note);
      const later = dp.barrier();
      void (async () => {
        try {
          await later;
        } catch (e) {
          note(e);
        }
      })();
    });
    await setUp();
    peer.wire.stream.destroy();
    await expect.poll(() => caught.length).toBe(3);
    await settle();
    expect(errors()).toEqual([]);
  });
});

describe("a bundle that is not applied", () => {
  /** Plays the switch's part of a bundle whose one message is refused. */
  async function refuse(): Promise<void> {
    const answer = async (): Promise<void> => {
      const asked = await peer.take(BundleControl);
      peer.reply(asked.xid, BundleControl.of({ bundleId: asked.bundleId, controlType: asked.controlType + 1, flags: asked.flags }));
    };
    await answer();
    const add = await peer.wire.next();
    peer.reply(Number.parseInt(add.slice(8, 16), 16), ErrorMessage.of(BAD_PREREQ));
    await peer.answer(BarrierRequest, BarrierReply.of());
    await answer();
  }

  test("rejects with the first error of the switch, which has the outcome of the whole", async () => {
    let rejected: unknown;
    await app("a", (dp) => dp.bundle([FLOW]).catch((e) => (rejected = e)));
    await setUp();
    await refuse();
    await expect.poll(() => rejected).toBeInstanceOf(OpenFlowError);
    expect(rejected).toMatchObject({ reason: "OFPBMC_BAD_PREREQ", place: 0, datapath: 1n, bundle: { outcome: "rejected" } });
  });

  test("or, where that is asked for, returns it", async () => {
    let result: unknown;
    await app("a", async (dp) => {
      result = await dp.bundle([FLOW], { raiseOnError: false });
    });
    await setUp();
    await refuse();
    await expect.poll(() => result).toMatchObject({ outcome: "rejected", errors: [{ index: 0 }] });
  });

  test("a time-out, or an answer that does not fit, rejects with BundleError", async () => {
    const rejected: unknown[] = [];
    await app("a", (dp) => dp.bundle([FLOW], { timeout: 100 }).catch((e) => rejected.push(e)));
    await setUp();
    const open = await peer.take(BundleControl);
    expect(open.controlType).toBe(BundleControlType.OpenRequest);
    clock.advance(200);
    await expect.poll(() => rejected[0]).toBeInstanceOf(BundleError);
    expect(rejected[0]).toMatchObject({ code: "ERR_TIMEOUT", result: { outcome: "rejected" } });
    expect(rejected[0]).not.toBeInstanceOf(ProtocolError);
  });
});

describe("an application's own faults", () => {
  test("a throw is a line, and a line for each frame of the user's own code", async () => {
    function handlesPackets(): void {
      throw new TypeError("no such table");
    }
    controller.use((c) => void c.on("packet-in", handlesPackets) as undefined, { name: "./mine.mjs" });
    await setUp();
    peer.send(PacketIn.of());
    await expect.poll(errors).not.toHaveLength(0);
    const [first, ...frames] = errors();
    expect(first).toBe("error app ./mine.mjs: a listener of packet-in threw: TypeError: no such table");
    expect(frames[0]).toMatch(/^error app \.\/mine\.mjs: {3}at handlesPackets \(.*mistakes\.test\.ts:\d+:\d+\)$/);
    for (const line of errors()) expect(line).not.toMatch(/\n|\/src\/controller\/|node:/);
  });

  test("a listener that holds the thread is named, with its milliseconds", async () => {
    function sleepsLong(): void {
      clock.advance(312);
    }
    controller.use((c) => void c.on("packet-in", sleepsLong) as undefined, { name: "./slow.mjs" });
    controller.use((c) => void c.on("up", () => clock.advance(150)) as undefined, { name: "up" });
    await setUp();
    peer.send(PacketIn.of());
    const slow = (): string[] => lines.filter((line) => line.includes("held the thread"));
    await expect.poll(slow).toHaveLength(2);
    expect(slow()).toEqual([
      "warn app up: a listener of up held the thread for 150 ms; everything else waited meanwhile",
      "warn app ./slow.mjs: the listener sleepsLong of packet-in held the thread for 312 ms; everything else waited meanwhile",
    ]);
    for (let i = 0; i < 100; i++) peer.send(PacketIn.of());
    await expect.poll(() => slow().length).toBeGreaterThan(9);
    expect(slow().length).toBeLessThan(16);
  });
});
