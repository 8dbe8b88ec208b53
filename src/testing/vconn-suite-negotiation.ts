import { ALL, type Cases, equal, oneOf, type SuiteCase, watch, withoutXid } from "./vconn-suite-run.js";

/** How connections begin: Open vSwitch's own cases for vconns, negotiation to the byte, the deadline. */
export function negotiationCases(cases: Cases): readonly SuiteCase[] {
  const { refused } = cases.fixture;
  return [
    {
      name: "accept-then-close: ECONNRESET",
      run: () =>
        cases.using({}, async ({ wire, outcome }) => {
          wire.stream.destroy();
          oneOf(await outcome, ["ECONNRESET", "EPIPE"], "outcome");
        }),
    },
    ...(refused === undefined
      ? []
      : [
          {
            name: "refuse-connection: the error of the transport, and no hello",
            run: async () => {
              const { vconn, outcome } = watch(await refused());
              oneOf(await outcome, ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOENT", "EPROTO"], "outcome");
              await vconn.close();
              equal([vconn.version, vconn.received], [0, 0], "version and messages received");
            },
          },
        ]),
    {
      name: "read-hello: a peer that reads our hello and closes: ECONNRESET",
      run: () =>
        cases.using({}, async ({ wire, outcome }) => {
          equal(withoutXid(await wire.next()), "06000008", "our hello");
          await wire.stream.close();
          oneOf(await outcome, ["ECONNRESET", "EPIPE"], "outcome");
        }),
    },
    {
      name: "send-plain-hello, then a close: an orderly end",
      run: () =>
        cases.using({}, async ({ wire, vconn, outcome, end }) => {
          wire.send("06000008 12345678");
          await outcome;
          equal(vconn.version, 6, "version");
          await wire.stream.close();
          equal(await end, null, "end");
          equal(vconn.version, 6, "the version stays");
        }),
    },
    cases.hello("1.0 to 1.5 is told by the header", ALL, "06000008"),
    cases.hello("1.0 alone is told by the header", [1], "01000008"),
    cases.hello("1.3 alone takes a bitmap", [4], "040000100001000800000010"),
    cases.hello("1.0 and 1.3 take a bitmap", [1, 4], "040000100001000800000012"),
    cases.answer(
      "send-long-hello: what stands behind the header is passed over",
      ALL,
      "06000010 12345678 00000000 00000000",
      6,
      async ({ lines }) => {
        equal(lines.length, 1, "a line says so");
      },
    ),
    cases.answer("send-echo-hello: EPROTO", ALL, "06020008 12345678", "EPROTO"),
    cases.answer("send-short-hello: EPROTO", ALL, "00000000 00000000", "EPROTO"),
    cases.answer("send-invalid-version-hello: EPROTO", ALL, "00000008 12345678", "EPROTO"),
    cases.answer("a header that says 7 bytes: EPROTO", ALL, "06000007 12345678", "EPROTO"),
    cases.answer("an error in place of a hello: EPROTO", ALL, "0601000c 12345678 00000000", "EPROTO"),
    cases.answer("a hello of version 9 offers 1 to 9", ALL, "09000008 12345678", 6),
    cases.answer("the header decides where there is no bitmap", [1, 4], "03000008 12345678", 1),
    cases.answer("the bitmap decides where there is one", [1, 4], "06000010 12345678 00010008 00000050", 4),
    cases.answer("the bitmap decides, also against", [1, 4], "06000010 12345678 00010008 00000028", "EPROTO"),
    cases.answer("bit 0 of a bitmap is passed over", [4], "04000010 12345678 00010008 00000011", 4),
    cases.answer("a bitmap without a bit counts as none", [4], "04000010 12345678 00010008 00000000", 4),
    cases.answer("a bitmap of two words", [4], "04000018 12345678 0001000c 00000010 00000000 00000000", 4),
    cases.answer("elements before the bitmap", [4], "04000018 12345678 00070006 00000000 00010008 00000010", 4),
    cases.answer("no common version, told in the peer's version", [4], "01000008 12345678", "EPROTO", async ({ wire }) => {
      const error = await wire.next();
      equal(error.slice(0, 24), "010100520000000000000000", "the error");
      const words = new TextDecoder().decode(Uint8Array.from(error.slice(24).match(/../g)!, (b) => Number.parseInt(b, 16)));
      equal(words, "We support version 0x04, you support version 0x01, no common versions.", "its words");
      equal(await wire.end(), null, "our end");
    }),
    cases.answer(
      "no common version, told in words of sets",
      [1, 2, 3, 4],
      "06000010 12345678 00010008 00000060",
      "EPROTO",
      async ({ wire }) => {
        const error = await wire.next();
        const words = new TextDecoder().decode(Uint8Array.from(error.slice(24).match(/../g)!, (b) => Number.parseInt(b, 16)));
        equal(words, "We support version 0x04 and earlier, you support versions 0x05, 0x06, no common versions.", "its words");
      },
    ),
    {
      name: "half a hello, then a close: EPROTO",
      run: () =>
        cases.using({}, async ({ wire, outcome }) => {
          await wire.next();
          wire.send("06000008");
          await wire.stream.close();
          equal(await outcome, "EPROTO", "outcome");
        }),
    },
    {
      name: "no hello in time: ETIMEDOUT",
      run: () =>
        cases.using({ helloTimeout: 50 }, async ({ outcome, lines }) => {
          equal(await outcome, "ETIMEDOUT", "outcome");
          equal(lines.length, 1, "lines in the log");
        }),
    },
    {
      name: "hello and what follows it in one write: the version is settled first",
      run: () =>
        cases.using({ versions: [4] }, async ({ wire, vconn, outcome }) => {
          const seen: string[] = [];
          vconn.onMessage = (type) => seen.push(`${type} at ${vconn.state}`);
          await wire.next();
          wire.send("04000008 00000001 04050008 00000002 04020008 00000003");
          equal(await wire.next(), "0403000800000003", "echo reply");
          equal([await outcome, seen], [4, ["5 at connected"]], "messages");
        }),
    },
    {
      name: "our own close before their hello is no error",
      run: () =>
        cases.using({}, async ({ wire, vconn, outcome }) => {
          await wire.next();
          wire.send("0600");
          await vconn.close();
          equal([await outcome, vconn.error, vconn.state], [null, null, "disconnected"], "outcome");
        }),
    },
  ];
}
