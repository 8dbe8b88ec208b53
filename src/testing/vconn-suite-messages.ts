import { settle } from "./mock-clock.js";
import { type Cases, equal, type SuiteCase } from "./vconn-suite-run.js";

/** What is received, once a connection is up: echo, framing, other versions, counters. */
export function messageCases(cases: Cases): readonly SuiteCase[] {
  return [
    cases.connected("echo requests of any version are answered with their data", async ({ wire }) => {
      wire.send("0402000c 00000007 01020304 01020008 00000008");
      equal(await wire.next(), "0403000c0000000701020304", "reply");
      equal(await wire.next(), "0103000800000008", "reply in the version of the request");
    }),
    cases.connected("a message of another version is answered with BAD_VERSION and dropped", async ({ wire, vconn }) => {
      let seen = 0;
      vconn.onMessage = () => {
        seen += 1;
      };
      wire.send("010e0010 00000009 00000000 00000000 04060008 0000000a");
      equal(await wire.next(), "0101001c000000090001000001" + "0e001000000009" + "0000000000000000", "error");
      await settle();
      equal(seen, 1, "messages that arrived");
    }),
    cases.connected("a header of under 8 bytes ends the connection, with the error that says so", async ({ wire, end, lines }) => {
      wire.send("04120007 00000009");
      equal((await wire.next()).slice(0, 24), "040100100000000000010006", "BAD_REQUEST/BAD_LEN");
      equal((await end)?.code, "EPROTO", "end");
      equal(lines.length, 1, "lines in the log");
    }),
    cases.connected("a message cut off by the end: EPROTO", async ({ wire, end }) => {
      wire.send("04120010 00000009");
      await wire.stream.close();
      equal((await end)?.code, "EPROTO", "end");
    }),
    cases.connected("messages come whole and in order, whatever the pieces", async ({ wire, vconn }) => {
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
    cases.connected("the longest message", async ({ wire, vconn }) => {
      let length = 0;
      vconn.onMessage = (_type, _c, p, end) => {
        length = end - p;
      };
      wire.send(`040affff00000000${"00".repeat(65527)}`);
      wire.send("04020008 000000ff");
      await wire.next();
      equal(length, 65535, "its length");
    }),
    cases.connected("who asks for any version gets everything as it comes, and nothing is answered", async ({ wire, vconn }) => {
      const seen: string[] = [];
      vconn.recvAnyVersion = true;
      vconn.onMessage = (type, c, p) => seen.push(`${type} of ${c.dv.getUint8(p)}`);
      wire.send("010e0010 00000009 00000000 00000000 06020008 00000001 04020008 00000002 04030008 00000003");
      // Back to answering: what comes from now on is answered, and the reply to it is the first.
      while (seen.length < 4) await settle();
      vconn.recvAnyVersion = false;
      wire.send("04020008 000000ff");
      equal(await wire.next(), "04030008000000ff", "the first answer");
      equal(seen, ["14 of 1", "2 of 6", "2 of 4", "3 of 4"], "messages");
    }),
    cases.connected("messages and bytes are counted, both ways", async ({ wire, vconn }) => {
      const { sent, sentBytes, received, receivedBytes } = vconn.status;
      equal([sent, sentBytes, received, receivedBytes], [1, 16, 1, 16], "after the hello");
      wire.send("0402000c 00000007 01020304 040a");
      await wire.next();
      while (vconn.receivedBytes < 30) await settle();
      const now = vconn.status;
      equal([now.sent, now.sentBytes, now.received, now.receivedBytes], [2, 28, 2, 30], "after an echo and a part of a message");
      wire.send("0008 00000000");
    }),
    cases.connected("the end stays: what is sent behind it is refused, and says why", async ({ wire, vconn, end }) => {
      wire.send("04120003 00000000");
      equal((await end)?.code, "EPROTO", "end");
      let refused: unknown;
      try {
        vconn.sendBytes(new Uint8Array(8));
      } catch (e) {
        refused = e;
      }
      const { code, cause } = refused as { code: string; cause: { code: string } };
      equal([code, cause.code, vconn.state, vconn.error?.code], ["ENOTCONN", "EPROTO", "disconnected", "EPROTO"], "afterwards");
    }),
    {
      name: "a conversation cut in two at every place comes to the same",
      run: async () => {
        if (cases.fixture.sizes !== undefined) return;
        const talk = "04000010 00000001 00010008 00000010 0402000a 00000007 0102 040a0009 00000000 55 04020008 00000008";
        const bytes = talk.replaceAll(" ", "").length / 2;
        for (let at = 1; at < bytes; at++) {
          await cases.using(
            { versions: [4] },
            async ({ wire, vconn }) => {
              const seen: string[] = [];
              vconn.onMessage = (type, c, _p, end) => seen.push(`${type}:${c.dv.getUint8(end - 1)}`);
              await wire.next();
              wire.send(talk);
              equal([await wire.next(), await wire.next()], ["0403000a000000070102", "0403000800000008"], `answers, cut at ${at}`);
              equal(seen, ["10:85"], `messages, cut at ${at}`);
            },
            [at, Number.POSITIVE_INFINITY],
          );
        }
      },
    },
  ];
}
