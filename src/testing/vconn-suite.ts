import { SouthboundError } from "../errors/mod.js";
import type { Version } from "../schema/mod.js";
import type { Stream } from "../stream/mod.js";
import { Vconn, type VconnOptions } from "../vconn/mod.js";
import { settle } from "./mock-clock.js";
import { breakChunks, Wire } from "./wire.js";

/** What the suite needs of a transport. */
export interface VconnFixture {
  /** A pair of connected streams: the end under test, which connected, and the peer's. */
  pair(): Promise<readonly [tested: Stream, peer: Stream]>;
  /** The sizes that received bytes are cut into, again and again; whole unless given. */
  readonly sizes?: readonly number[] | undefined;
}

/** One case: it passes when `run` is fulfilled. */
export interface SuiteCase {
  readonly name: string;
  run(): Promise<void>;
}

const ALL: readonly Version[] = [1, 2, 3, 4, 5, 6];

function equal(got: unknown, want: unknown, what: string): void {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

/** A hello without its transaction id, which nobody can foresee. */
const withoutXid = (hex: string): string => hex.slice(0, 8) + hex.slice(16);

interface Run {
  readonly vconn: Vconn;
  readonly wire: Wire;
  readonly lines: string[];
  /** Fulfilled with the version, or with the code of the error that ended the connection. */
  readonly outcome: Promise<number | string | null>;
}

/**
 * The cases that every transport of an OpenFlow connection has to pass: those of Open vSwitch's own suite for vconns, negotiation to the byte, echo, framing, transactions. Free of any
 * framework: `for (const c of vconnSuite(fixture)) test(c.name, c.run)`.
 */
export function vconnSuite(fixture: VconnFixture): readonly SuiteCase[] {
  const start = async (options: VconnOptions = {}): Promise<Run> => {
    const [tested, peer] = await fixture.pair();
    if (fixture.sizes !== undefined) breakChunks(tested, fixture.sizes);
    const wire = new Wire(peer);
    const lines: string[] = [];
    const vconn = new Vconn(tested, { versions: ALL, log: (_level, text) => lines.push(text), ...options });
    const outcome = new Promise<number | string | null>((resolve) => {
      vconn.onUp = () => resolve(vconn.version);
      vconn.onClose = (error) => resolve(error === null ? null : error.code);
    });
    return { vconn, wire, lines, outcome };
  };
  const stop = async ({ vconn, wire }: Run): Promise<void> => {
    wire.stream.destroy();
    await vconn.close();
    await wire.end();
  };
  const using = async (options: VconnOptions, body: (run: Run) => Promise<void>): Promise<void> => {
    const run = await start(options);
    try {
      await body(run);
    } finally {
      await stop(run);
    }
  };

  const hello = (name: string, versions: readonly Version[], want: string): SuiteCase => ({
    name: `hello: ${name}`,
    run: () => using({ versions }, async ({ wire }) => equal(withoutXid(await wire.next()), want, "our hello")),
  });
  const answer = (
    name: string,
    versions: readonly Version[],
    sent: string,
    want: number | string,
    more?: (run: Run) => Promise<void>,
  ): SuiteCase => ({
    name: `negotiation: ${name}`,
    run: () =>
      using({ versions }, async (run) => {
        await run.wire.next();
        run.wire.send(sent);
        equal(await run.outcome, want, "outcome");
        if (typeof want === "string") equal(run.lines.length, 1, `lines in the log (${run.lines.join(" | ")})`);
        await more?.(run);
      }),
  });
  const connected = (name: string, body: (run: Run) => Promise<void>): SuiteCase => ({
    name,
    run: () =>
      using({ versions: [4] }, async (run) => {
        await run.wire.next();
        run.wire.send("04000010 00000001 00010008 00000010");
        equal(await run.outcome, 4, "version");
        await body(run);
      }),
  });

  return [
    {
      name: "accept-then-close: ECONNRESET",
      run: () =>
        using({}, async ({ wire, outcome }) => {
          wire.stream.destroy();
          const code = await outcome;
          if (code !== "ECONNRESET" && code !== "EPIPE") throw new Error(`ended with ${String(code)}`);
        }),
    },
    {
      name: "read-hello: a peer that reads our hello and closes: ECONNRESET",
      run: () =>
        using({}, async ({ wire, outcome }) => {
          equal(withoutXid(await wire.next()), "06000008", "our hello");
          await wire.stream.close();
          const code = await outcome;
          if (code !== "ECONNRESET" && code !== "EPIPE") throw new Error(`ended with ${String(code)}`);
        }),
    },
    {
      name: "send-plain-hello, then a close: an orderly end",
      run: () =>
        using({}, async ({ wire, vconn }) => {
          const up = new Promise<void>((resolve) => {
            vconn.onUp = resolve;
          });
          const end = new Promise<SouthboundError | null>((resolve) => {
            vconn.onClose = resolve;
          });
          wire.send("06000008 12345678");
          await up;
          equal(vconn.version, 6, "version");
          await wire.stream.close();
          equal(await end, null, "end");
          equal(vconn.version, 6, "the version stays");
        }),
    },
    hello("1.0 to 1.5 is told by the header", ALL, "06000008"),
    hello("1.0 alone is told by the header", [1], "01000008"),
    hello("1.3 alone takes a bitmap", [4], "040000100001000800000010"),
    hello("1.0 and 1.3 take a bitmap", [1, 4], "040000100001000800000012"),
    answer(
      "send-long-hello: what stands behind the header is passed over",
      ALL,
      "06000010 12345678 00000000 00000000",
      6,
      async ({ lines }) => {
        equal(lines.length, 1, "a line says so");
      },
    ),
    answer("send-echo-hello: EPROTO", ALL, "06020008 12345678", "EPROTO"),
    answer("send-short-hello: EPROTO", ALL, "00000000 00000000", "EPROTO"),
    answer("send-invalid-version-hello: EPROTO", ALL, "00000008 12345678", "EPROTO"),
    answer("a header that says 7 bytes: EPROTO", ALL, "06000007 12345678", "EPROTO"),
    answer("an error in place of a hello: EPROTO", ALL, "0601000c 12345678 00000000", "EPROTO"),
    answer("a hello of version 9 offers 1 to 9", ALL, "09000008 12345678", 6),
    answer("the header decides where there is no bitmap", [1, 4], "03000008 12345678", 1),
    answer("the bitmap decides where there is one", [1, 4], "06000010 12345678 00010008 00000050", 4),
    answer("the bitmap decides, also against", [1, 4], "06000010 12345678 00010008 00000028", "EPROTO"),
    answer("bit 0 of a bitmap is passed over", [4], "04000010 12345678 00010008 00000011", 4),
    answer("a bitmap without a bit counts as none", [4], "04000010 12345678 00010008 00000000", 4),
    answer("a bitmap of two words", [4], "04000018 12345678 0001000c 00000010 00000000 00000000", 4),
    answer("elements before the bitmap", [4], "04000018 12345678 00070006 00000000 00010008 00000010", 4),
    answer("no common version, told in the peer's version", [4], "01000008 12345678", "EPROTO", async ({ wire }) => {
      const error = await wire.next();
      equal(error.slice(0, 24), "010100520000000000000000", "the error");
      const words = new TextDecoder().decode(Uint8Array.from(error.slice(24).match(/../g)!, (b) => Number.parseInt(b, 16)));
      equal(words, "We support version 0x04, you support version 0x01, no common versions.", "its words");
      equal(await wire.end(), null, "our end");
    }),
    answer("no common version, told in words of sets", [1, 2, 3, 4], "06000010 12345678 00010008 00000060", "EPROTO", async ({ wire }) => {
      const error = await wire.next();
      const words = new TextDecoder().decode(Uint8Array.from(error.slice(24).match(/../g)!, (b) => Number.parseInt(b, 16)));
      equal(words, "We support version 0x04 and earlier, you support versions 0x05, 0x06, no common versions.", "its words");
    }),
    {
      name: "half a hello, then a close: EPROTO",
      run: () =>
        using({}, async ({ wire, outcome }) => {
          await wire.next();
          wire.send("06000008");
          await wire.stream.close();
          const code = await outcome;
          if (code !== "EPROTO" && code !== "ECONNRESET") throw new Error(`ended with ${String(code)}`);
        }),
    },
    connected("echo requests of any version are answered with their data", async ({ wire }) => {
      wire.send("0402000c 00000007 01020304 01020008 00000008");
      equal(await wire.next(), "0403000c0000000701020304", "reply");
      equal(await wire.next(), "0103000800000008", "reply in the version of the request");
    }),
    connected("a message of another version is answered with BAD_VERSION and dropped", async ({ wire, vconn }) => {
      let seen = 0;
      vconn.onMessage = () => {
        seen += 1;
      };
      wire.send("010e0010 00000009 00000000 00000000 04060008 0000000a");
      equal(await wire.next(), "0101001c000000090001000001" + "0e001000000009" + "0000000000000000", "error");
      await settle();
      equal(seen, 1, "messages that arrived");
    }),
    connected("a header of under 8 bytes ends the connection, with the error that says so", async ({ wire, vconn, lines }) => {
      const end = new Promise<SouthboundError | null>((resolve) => {
        vconn.onClose = resolve;
      });
      wire.send("04120007 00000009");
      equal((await wire.next()).slice(0, 24), "040100100000000000010006", "BAD_REQUEST/BAD_LEN");
      equal((await end)?.code, "EPROTO", "end");
      equal(lines.length, 1, "lines in the log");
    }),
    connected("a message cut off by the end: EPROTO", async ({ wire, vconn }) => {
      const end = new Promise<SouthboundError | null>((resolve) => {
        vconn.onClose = resolve;
      });
      wire.send("04120010 00000009");
      await wire.stream.close();
      const code = (await end)?.code;
      if (code !== "EPROTO") throw new Error(`ended with ${String(code)}`);
    }),
    connected("messages come whole and in order, whatever the pieces", async ({ wire, vconn }) => {
      const seen: string[] = [];
      vconn.onMessage = (type, c, p, end) => seen.push(`${type}:${end - p}:${c.dv.getUint8(end - 1)}`);
      const parts: string[] = [];
      const want: string[] = [];
      for (let i = 1; i <= 60; i++) {
        const length = 8 + ((i * 37) % 300);
        parts.push(
          `040a${length.toString(16).padStart(4, "0")}00000000${i
            .toString(16)
            .padStart(2, "0")
            .repeat(length - 8)}`,
        );
        want.push(`10:${length}:${length === 8 ? 0 : i}`);
      }
      wire.send(parts.join(""));
      wire.send("04020008 000000ff");
      while ((await wire.next()) !== "04030008000000ff");
      equal(seen, want, "messages");
    }),
    connected("the longest message", async ({ wire, vconn }) => {
      let length = 0;
      vconn.onMessage = (_type, _c, p, end) => {
        length = end - p;
      };
      wire.send(`040affff00000000${"00".repeat(65527)}`);
      wire.send("04020008 000000ff");
      await wire.next();
      equal(length, 65535, "its length");
    }),
    connected("a request gets the reply with its transaction id", async ({ wire, vconn }) => {
      const done = vconn.barrier();
      const request = await wire.next();
      equal(request.slice(0, 8), "04140008", "request");
      wire.send("04150008 0fffffff");
      wire.send(`04150008${request.slice(8)}`);
      await done;
      equal(vconn.waiting, 0, "waiters left");
    }),
    connected("a request that is refused rejects with the error", async ({ wire, vconn }) => {
      const done = vconn.barrier().then(
        () => "done",
        (e: unknown) => (SouthboundError.is(e) ? e.code : "?"),
      );
      const request = await wire.next();
      wire.send(`0401000c${request.slice(8)}00010001`);
      equal(await done, "ERR_OPENFLOW", "outcome");
    }),
    connected("when the connection ends, every request that waits is rejected once", async ({ wire, vconn }) => {
      const waits = [vconn.barrier(), vconn.barrier()].map((w) =>
        w.then(
          () => "done",
          (e: unknown) => (SouthboundError.is(e) ? e.code : "?"),
        ),
      );
      await wire.next();
      await wire.next();
      wire.stream.destroy();
      equal(await Promise.all(waits), ["ERR_CLOSED", "ERR_CLOSED"], "outcomes");
      equal(vconn.waiting, 0, "waiters left");
    }),
    {
      name: "no hello in time: ETIMEDOUT",
      run: () =>
        using({ helloTimeout: 50 }, async ({ outcome, lines }) => {
          equal(await outcome, "ETIMEDOUT", "outcome");
          equal(lines.length, 1, "lines in the log");
        }),
    },
  ];
}
