/** Peers that go away within the set-up of a TLS connection: none of them holds a descriptor until a deadline. */
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Socket, connect as tcpConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SouthboundError } from "../../src/errors/mod.js";
import { type Listener, listen, type Stream, TlsIdentity } from "../../src/stream/mod.js";
import { certificate, testPki, writePair } from "./certificates.js";
import { directory } from "./helpers.js";

const { dir, remove } = directory();
let pki: ReturnType<typeof testPki>;
let client: { privateKey: string; certificate: string };
const ends: (() => unknown)[] = [];
beforeAll(() => {
  pki = testPki(dir);
  client = writePair(dir, "client", certificate("client", { issuer: pki.ca }));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(remove);

const PEERS = 40;
const descriptors = (): number => readdirSync("/proc/self/fd").length;

async function place() {
  const streams: Stream[] = [];
  const errors: SouthboundError[] = [];
  const listener: Listener = await listen("pssl:0:127.0.0.1", {
    tls: new TlsIdentity({ privateKey: pki.privateKey, certificate: pki.certificate, caCert: pki.caCert }),
    onStream: (s) => {
      s.onChunk = () => {};
      streams.push(s);
    },
    onError: (e) => errors.push(e),
    // Far beyond the test's own patience: only the end of the peer is to end it.
    handshakeTimeout: 600_000,
  });
  ends.push(async () => {
    for (const s of streams) s.destroy();
    await listener.close();
  });
  return { port: Number(listener.name.split(":")[1]), streams, errors };
}

type Leave = (socket: Socket) => void;
const leaves: Readonly<Record<string, Leave>> = {
  "a FIN": (s) => void s.end(),
  "its process's end": (s) => void s.destroy(),
  "a RST": (s) => void s.resetAndDestroy(),
};

/** Connects in the clear; answers when it is connected. */
const dial = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const s = tcpConnect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => resolve(s));
    ends.push(() => s.destroy());
    s.once("error", reject)
      .on("error", () => {})
      .resume();
  });

/** A client's first flight, as OpenSSL writes it. */
async function helloBytes(): Promise<Buffer> {
  return new Promise((resolve) => {
    const server = createServer((s) => {
      s.on("error", () => {});
      s.once("data", (bytes) => {
        s.destroy();
        server.close();
        resolve(bytes);
      });
    });
    server.listen(0, "127.0.0.1", () => {
      const c = tlsConnect({ port: (server.address() as { port: number }).port, host: "127.0.0.1", rejectUnauthorized: false });
      c.on("error", () => {});
    });
  });
}

describe.each(Object.entries(leaves))("by %s", (name, leave) => {
  // A client that has only said that it is done keeps its own end until the test is over.
  const kept = name === "a FIN" ? PEERS : 0;

  test.each([
    ["before a byte", 0],
    ["in the middle of its first message", 0.5],
    ["behind its first message", 1],
  ])("%s", async (_phase, share) => {
    const { port, streams } = await place();
    const hello = await helloBytes();
    const before = descriptors();
    for (let i = 0; i < PEERS; i++) {
      const s = await dial(port);
      if (share > 0) await new Promise<void>((done) => s.write(hello.subarray(0, Math.ceil(hello.length * share)), () => done()));
      // What the server answers is awaited, so that it is in the middle of it.
      if (share === 1) await new Promise((answer) => s.once("data", answer));
      leave(s);
    }
    await expect.poll(() => descriptors() <= before, { timeout: 8_000 }).toBe(true);
    expect(streams).toEqual([]);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)("behind its side of the handshake, without a certificate (%s)", async (maxVersion) => {
    const { port, streams, errors } = await place();
    const before = descriptors();
    for (let i = 0; i < PEERS; i++) {
      const raw = await dial(port);
      const s = tlsConnect({ socket: raw, rejectUnauthorized: false, maxVersion });
      s.on("error", () => {});
      await new Promise((done) => s.once("secureConnect", done).once("close", done));
      leave(raw);
    }
    await expect.poll(() => descriptors() <= before + kept, { timeout: 8_000 }).toBe(true);
    expect(errors.length).toBeGreaterThan(0);
    expect(streams).toEqual([]);
  });

  test("behind the handshake, with a certificate: the stream ends", async () => {
    const { port, streams } = await place();
    const before = descriptors();
    for (let i = 0; i < PEERS; i++) {
      const raw = await dial(port);
      const s = tlsConnect({
        socket: raw,
        rejectUnauthorized: false,
        key: readFileSync(client.privateKey),
        cert: readFileSync(client.certificate),
      });
      s.on("error", () => {});
      await new Promise((done) => s.once("secureConnect", done).once("close", done));
      leave(raw);
    }
    await expect.poll(() => descriptors() <= before + kept, { timeout: 8_000 }).toBe(true);
    for (const s of streams) expect(s.state).toBe("closed");
  });
});
