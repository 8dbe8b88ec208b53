/** Messages whose framing is right and which cannot be read: what becomes of them, of who waits for them, and of the connection. */
import { afterEach, describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes/mod.js";
import { BarrierRequest, encodeMessage, FlowMod, FlowStats, FlowStatsReply, FlowStatsRequest, messageCodec } from "../../src/ofp/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { settle, Wire } from "../../src/testing/mod.js";
import { messages, Rconn, Vconn, type VconnOptions } from "../../src/vconn/mod.js";

const HELLO = "04000008 00000001";
/** Too short for their types: an asynchronous message, a request, a reply. */
const PACKET_IN = "040a0010000000070000000000000000";
const FLOW_MOD = "040e0010000000070000000000000000";
const ECHO = "0402000800000009";

const open: Vconn[] = [];
afterEach(() => {
  for (const vconn of open.splice(0)) vconn.destroy();
});

async function wired(options: VconnOptions = {}) {
  const [ours, theirs] = pipe();
  const lines: string[] = [];
  const wire = new Wire(theirs);
  const vconn = new Vconn(ours, {
    versions: [4],
    log: (level, text) => text.includes("negotiated") || lines.push(`${level} ${text}`),
    ...options,
  });
  open.push(vconn);
  const seen: string[] = [];
  vconn.onMessage = (_type, c, p, end) => seen.push(vconn.decode(c, p, end).type);
  wire.send(HELLO);
  await wire.next();
  return { vconn, wire, lines, seen };
}

/** The transaction id of the next message, of this type. */
async function asked(wire: Wire, type: string): Promise<string> {
  const message = await wire.next();
  expect(message.slice(2, 4)).toBe(type);
  return message.slice(8, 16);
}

const flows = (xid: string, more: boolean, wrong = false): string => {
  const bytes = encodeMessage(FlowStatsReply.of({ flows: [FlowStats.of({ priority: 7 })], flags: more ? 1 : 0 }), 4);
  if (wrong) bytes[17] = 99;
  return toHex(bytes).replace(/^(.{8}).{8}/, `$1${xid}`);
};

describe("one message", () => {
  test("an asynchronous one and a reply that nobody waits for are dropped, a request has its error; each is counted and told once", async () => {
    const { vconn, wire, lines, seen } = await wired();
    wire.send(`${PACKET_IN}0415000900000007ff${FLOW_MOD}${ECHO}`.repeat(2));
    const error = `0401001c0000000700010006${FLOW_MOD}`;
    for (const answer of [error, "0403000800000009", error, "0403000800000009"]) expect(await wire.next()).toBe(answer);
    expect([vconn.state, vconn.faults, vconn.status.faults, seen]).toEqual(["connected", 6, 6, []]);
    expect(lines).toEqual([
      expect.stringMatching(/^warn.*packet-in is dropped, since it could not be read: .*OFPBRC_BAD_LEN/),
      expect.stringMatching(/^warn.*barrier-reply is dropped/),
      expect.stringMatching(/^warn.*flow-mod is answered with an error/),
    ]);
  });

  test("an error message that cannot be read is not answered, and one who looks on answers nothing", async () => {
    const { vconn, wire } = await wired();
    wire.send(`0401000a000000070001${ECHO}`);
    expect(await wire.next()).toBe("0403000800000009");
    vconn.recvAnyVersion = true;
    wire.send(FLOW_MOD);
    await settle();
    vconn.recvAnyVersion = false;
    wire.send(ECHO);
    expect(await wire.next()).toBe("0403000800000009");
    expect(vconn.faults).toBe(2);
  });

  test("errors and echo replies of a version that nobody defined are answers: nothing is sent back, and the offset counts from their start", async () => {
    const { vconn, wire, lines } = await wired();
    wire.send(`${ECHO}0701000c0000000800010001${ECHO}0903000800000008${ECHO}0714000800000008`);
    for (let i = 0; i < 3; i++) expect(await wire.next()).toBe("0403000800000009");
    expect((await wire.next()).slice(0, 24)).toBe("040100140000000800010000");
    expect([vconn.state, vconn.faults, wire.messages]).toEqual(["connected", 2, []]);
    expect(lines[0]).toMatch(/is dropped, since it could not be read: OpenFlow with wire version 7 at byte 0 /);
  });

  test("in a loop over messages it is left out", async () => {
    const { vconn, wire } = await wired({ maxFaults: 2 });
    const all = messages(vconn);
    wire.send(`${PACKET_IN + PACKET_IN}0415000800000001${PACKET_IN}${PACKET_IN}0415000800000002${PACKET_IN.repeat(3)}`);
    expect(await all.next()).toMatchObject({ value: { xid: 1 } });
    expect(await all.next()).toMatchObject({ value: { xid: 2 } });
    await expect(all.next()).rejects.toMatchObject({ code: "EPROTO", message: expect.stringMatching(/3 messages in a row/) });
  });
});

describe("a reply", () => {
  test("rejects its request, by the field that is wrong, and the connection goes on", async () => {
    const { vconn, wire, lines } = await wired();
    const failed = expect(vconn.transact(FlowStatsRequest.of())).rejects.toMatchObject({
      code: "EPROTO",
      message: expect.stringMatching(/flow-stats-reply: flows\[0\].*at byte 16/),
      cause: { code: "ERR_DECODE", path: expect.stringMatching(/^flows\[0\]/), offset: 16 },
    });
    wire.send(flows(await asked(wire, "12"), false, true));
    await failed;
    const barrier = vconn.barrier();
    wire.send(`04150008${await asked(wire, "14")}`);
    await barrier;
    expect([vconn.faults, vconn.waiting]).toEqual([1, 0]);
    expect(lines).toEqual([expect.stringMatching(/flow-stats-reply rejects its request, since it could not be read/)]);
  });

  test.each(["transactMultipart", "dumpFlows", "multipartReplies"] as const)(
    "in parts (%s): a bad part rejects, those behind it are dropped",
    async (how) => {
      const { vconn, wire, seen } = await wired();
      const request = FlowStatsRequest.of();
      const run = async () => {
        if (how === "transactMultipart") return void (await vconn.transactMultipart(request));
        let n = 0;
        for await (const _ of vconn[how](request)) n++;
        return void n;
      };
      const failed = expect(run()).rejects.toMatchObject({ code: "EPROTO", message: expect.stringMatching(/flows\[0\]/) });
      const xid = await asked(wire, "12");
      wire.send(flows(xid, true) + flows(xid, true, true));
      await failed;
      expect(vconn.waiting).toBe(0);
      wire.send(flows(xid, true) + flows(xid, true, true) + flows(xid, false) + flows(xid, false));
      await expect.poll(() => seen).toEqual(["flow-stats-reply"]);
      expect(vconn.faults).toBe(1);
    },
  );

  test("of many requests: the others have their results", async () => {
    const { vconn, wire } = await wired();
    const done = vconn.transactMultiple([FlowStatsRequest.of(), FlowStatsRequest.of(), FlowMod.of()]);
    const [one, two] = [await asked(wire, "12"), await asked(wire, "12")];
    await asked(wire, "0e");
    wire.send(`${flows(one, true, true)}${flows(one, false)}${flows(two, false)}04150008${await asked(wire, "14")}`);
    const results = await done;
    expect(results.map(({ outcome }) => outcome)).toEqual(["unknown", "replied", "done"]);
    expect(results[0]).toMatchObject({ error: null, fault: { code: "EPROTO", message: expect.stringMatching(/flows\[0\]/) } });
    expect(results[1]!.fault).toBeUndefined();
  });

  test("within a bundle: it is discarded, or unknown behind the commit", async () => {
    for (const at of ["open", "add", "commit"]) {
      const { vconn, wire } = await wired();
      const done = vconn.bundle([FlowMod.of()]);
      const control = (xid: string, type: string, length = "0018") => `0404${length}${xid}4f4e4600000008fc00000000${type}0003`;
      const open_ = await asked(wire, "04");
      if (at === "open") wire.send(`0404001a${open_}4f4e4600000008fc0000000000010003ffff`);
      else {
        wire.send(control(open_, "0001"));
        const add = await asked(wire, "04");
        if (at === "add") wire.send(`0401000a${add}0001`);
        wire.send(`04150008${await asked(wire, "14")}`);
        const next = await asked(wire, "04");
        if (at === "commit") wire.send(`0404001a${next}4f4e4600000008fc0000000000050003ffff`);
        else wire.send(control(next, "0007"));
      }
      if (at === "open") wire.send(control(await asked(wire, "04"), "0007"));
      expect(await done, at).toMatchObject({ outcome: at === "commit" ? "unknown" : "rejected", cause: { code: "EPROTO" } });
      expect([vconn.state, vconn.waiting, vconn.faults]).toEqual(["connected", 0, 1]);
    }
  });
});

describe("faults in a row", () => {
  test("more than maxFaults end the connection; any message that can be read begins a new row", async () => {
    const { vconn, wire } = await wired({ maxFaults: 3 });
    wire.send((PACKET_IN.repeat(3) + ECHO).repeat(50));
    await expect.poll(() => vconn.faults).toBe(150);
    expect(vconn.state).toBe("connected");
    wire.send(PACKET_IN + FLOW_MOD.repeat(3) + ECHO);
    await vconn.closed;
    expect(vconn.error).toMatchObject({
      code: "EPROTO",
      message: expect.stringMatching(/4 messages in a row could not be read, the last one: .*OFPBRC_BAD_LEN/),
    });
    expect(wire.messages.filter((m) => m.startsWith("0401"))).toHaveLength(3);
    expect(wire.messages.filter((m) => m.startsWith("0403"))).toHaveLength(50);
  });

  test("0 is none, Infinity any number, and 100 where nothing is said", async () => {
    for (const [maxFaults, faults] of [
      [0, 1],
      [undefined, 101],
      [Number.POSITIVE_INFINITY, 5000],
    ] as const) {
      const { vconn, wire } = await wired({ maxFaults });
      wire.send(PACKET_IN.repeat(5000));
      await expect.poll(() => vconn.faults).toBe(faults);
      await settle();
      expect(vconn.state).toBe(maxFaults === Number.POSITIVE_INFINITY ? "connected" : "disconnected");
    }
    for (const maxFaults of [-1, 1.5, Number.NaN])
      expect(() => new Vconn(pipe()[0], { maxFaults })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
    expect(() => new Rconn({ maxFaults: -1 })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });

  test("what a flood of requests makes us send and write down is bounded", async () => {
    const { vconn, wire, lines } = await wired();
    wire.send(fromHex(FLOW_MOD.repeat(50_000)));
    await vconn.closed;
    await settle();
    expect(wire.messages).toHaveLength(101);
    expect(lines).toHaveLength(2);
  });

  test("a reliable connection counts over all its connections", async () => {
    const [ours, theirs] = pipe();
    const wire = new Wire(theirs);
    const rconn = new Rconn({ versions: [4], maxFaults: 1, onVconn: (v) => (v.onMessage = (_t, c, p, end) => void v.decode(c, p, end)) });
    rconn.connectUnreliably(ours);
    wire.send(HELLO + PACKET_IN);
    await expect.poll(() => rconn.faults).toBe(1);
    wire.send(PACKET_IN);
    await expect.poll(() => rconn.state).toBe("disconnected");
    expect([rconn.faults, rconn.lastError?.code]).toEqual([2, "EPROTO"]);
    await rconn.close();
  });
});

describe("a fault of ours", () => {
  /** Has the decoder of all messages throw what no decoder throws. */
  async function broken(run: () => Promise<void>): Promise<void> {
    const codec: { decode: unknown } = messageCodec(4);
    const { decode } = codec;
    codec.decode = () => {
      throw new TypeError("x is\nundefined");
    };
    try {
      await run();
    } finally {
      codec.decode = decode;
    }
  }

  test.each(["message", "reply"])("in a %s ends its connection alone, with all that a report needs", async (what) => {
    const { vconn, wire, lines } = await wired();
    const other = await wired();
    await broken(async () => {
      if (what === "message") wire.send("0415000800000007");
      else {
        const failed = expect(vconn.transact(BarrierRequest.of())).rejects.toMatchObject({
          code: "ERR_CLOSED",
          cause: { code: "ECONNABORTED" },
        });
        wire.send(`04150008${await asked(wire, "14")}`);
        await failed;
      }
      await vconn.closed;
    });
    expect(vconn.error).toMatchObject({ code: "ECONNABORTED", cause: expect.any(TypeError) });
    expect(lines).toEqual([
      expect.stringMatching(
        /^error pipe#\d+: southbound failed to handle a message, and ends the connection; please report this line: TypeError: x is undefined at .*; the message: 04150008[0-9a-f]{8}$/,
      ),
    ]);
    other.wire.send("0415000800000001");
    await expect.poll(() => other.seen).toEqual(["barrier-reply"]);
  });
});
