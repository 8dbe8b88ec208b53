import { createPrivateKey } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket, connect as tcpConnect } from "node:net";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SouthboundError } from "../../src/errors/mod.js";
import {
  connect,
  defaultTls,
  type Listener,
  type ListenOptions,
  listen,
  parseActive,
  parsePassive,
  type Stream,
  TlsIdentity,
  type TlsOptions,
} from "../../src/stream/mod.js";
import { certificate, testPki, writePair } from "./certificates.js";
import { directory, Log, ManualClock, say } from "./helpers.js";

const { dir, remove } = directory();
let pki: ReturnType<typeof testPki>;
let other: ReturnType<typeof testPki>;
let names = 0;
const fresh = (name: string): string => join(dir, `${++names}-${name}`);
const ends: (() => unknown)[] = [];

beforeAll(() => {
  pki = testPki(dir);
  other = testPki(dir, "other");
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(remove);

const mine = (options: TlsOptions = {}): TlsIdentity => {
  const { privateKey, certificate } = pki;
  return new TlsIdentity({ privateKey, certificate, ...(options.bootstrapCaCert === undefined && { caCert: pki.caCert }), ...options });
};

interface Place {
  readonly listener: Listener;
  readonly target: string;
  readonly streams: Stream[];
  readonly errors: SouthboundError[];
}

async function place(tls: TlsIdentity | undefined, options: Partial<ListenOptions> = {}): Promise<Place> {
  const streams: Stream[] = [];
  const errors: SouthboundError[] = [];
  const listener = await listen("pssl:0:127.0.0.1", {
    onStream: (s) => {
      s.onChunk = () => {};
      streams.push(s);
    },
    onError: (e) => errors.push(e),
    tls,
    ...options,
  });
  ends.push(async () => {
    for (const s of streams) s.destroy();
    await listener.close();
  });
  return { listener, target: `ssl:127.0.0.1:${listener.name.split(":")[1]}`, streams, errors };
}

/** Connects and answers how that ended: the open stream, or the error. */
function attempt(target: string, tls?: TlsIdentity): Promise<Stream | SouthboundError | null> {
  const stream = connect(target, { tls, timeout: 30_000 });
  ends.push(() => stream.destroy());
  return new Promise((resolve) => {
    stream.onChunk = () => {};
    stream.onOpen = () => resolve(stream);
    stream.onClose = resolve;
  });
}

async function refusal(target: string, tls?: TlsIdentity): Promise<SouthboundError> {
  const end = await attempt(target, tls);
  if (!(end instanceof Error)) throw new Error("it was not refused");
  return end;
}

async function opened(target: string, tls?: TlsIdentity): Promise<Stream> {
  const stream = await attempt(target, tls);
  if (stream === null || stream instanceof Error) throw stream ?? new Error("ended");
  return stream;
}

const until = (what: () => boolean): Promise<void> => expect.poll(what, { interval: 2 }).toBe(true) as Promise<void>;

async function fake(onSocket: (s: Socket) => void): Promise<string> {
  const server: Server = createServer((s) => {
    s.on("error", () => {});
    onSocket(s);
  });
  await new Promise<void>((r) => server.listen(0, "127.0.0.1", r));
  ends.push(() => server.close());
  return `ssl:127.0.0.1:${(server.address() as { port: number }).port}`;
}

describe("names", () => {
  test.each([
    ["ssl:127.0.0.1", "ssl:127.0.0.1:6653"],
    ["tls:127.0.0.1:1", "ssl:127.0.0.1:1"],
    ["tls:[fe80::1%eth0]:1", "ssl:[fe80::1%eth0]:1"],
    ["ssl:::1", "ssl:[::1]:6653"],
    ["ssl:host.example", "ssl:host.example:6653"],
  ])("%s", (text, name) => {
    expect(parseActive(text)).toMatchObject({ transport: "ssl", name });
  });
  test.each([
    ["pssl:", "pssl:6653:0.0.0.0"],
    ["pssl:0:[::1]", "pssl:0:[::1]"],
  ])("%s", (text, name) => {
    expect(parsePassive(text)).toMatchObject({ transport: "ssl", passive: true, name });
  });

  test("over IPv6, and to a host name", async () => {
    const streams: Stream[] = [];
    const l = await listen("pssl:0:[::1]", { tls: mine(), onStream: (s) => streams.push(s) });
    ends.push(() => l.close());
    const port = /^pssl:(\d+):\[::1\]$/.exec(l.name)![1];
    const a = await opened(`ssl:[::1]:${port}`, mine());
    await until(() => streams.length === 1);
    expect(streams[0]!.name).toBe(a.local);
    expect(a.local).toMatch(/^ssl:\[::1\]:\d+$/);
    const p = await place(mine());
    expect((await opened(p.target.replace("127.0.0.1", "localhost"), mine())).state).toBe("open");
  });
});

describe("identity", () => {
  test("both ends know each other by their certificates", async () => {
    const p = await place(mine());
    const a = await opened(
      p.target,
      new TlsIdentity({ ...writePair(dir, "sw7", certificate("sw7", { issuer: pki.ca })), caCert: pki.caCert }),
    );
    await until(() => p.streams.length === 1);
    expect([a.peerId, p.streams[0]!.peerId]).toEqual(["testpki", "sw7"]);
    const shown = p.streams[0]!.certificate!;
    expect(shown.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect([shown.commonName, shown.subject]).toEqual(["sw7", "CN=sw7"]);
    expect(p.listener.counts).toMatchObject({ accepted: 1, refused: 0, failed: 0, open: 1 });
  });

  test("listening with files that cannot be read is refused before the first peer comes", async () => {
    const refusedWith = async (tls: TlsIdentity): Promise<string> => {
      const listening = listen("pssl:0:127.0.0.1", { tls, onStream: () => {} });
      const error = await listening.then(
        async (l) => void (await l.close()),
        (e: SouthboundError) => e,
      );
      expect(error).toMatchObject({ code: "ENOPROTOOPT" });
      return (error as SouthboundError).message;
    };
    expect(await refusedWith(mine({ privateKey: fresh("nowhere.pem") }))).toMatch(
      /Private key must be configured to use SSL: .*nowhere\.pem: ENOENT/,
    );
    const encrypted = fresh("encrypted.pem");
    const key = createPrivateKey(readFileSync(pki.privateKey));
    writeFileSync(encrypted, key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" }));
    expect(await refusedWith(mine({ privateKey: encrypted }))).toContain(
      `${encrypted}: the key is encrypted: decrypt it with \`openssl pkey -in ${encrypted} -out NEW-FILE\``,
    );
    const file = (name: string, text: string): string => {
      const path = fresh(name);
      writeFileSync(path, text);
      return path;
    };
    const key64 = readFileSync(pki.privateKey, "utf8");
    const own = readFileSync(pki.certificate, "utf8");
    const damaged = own.replace(/\n[A-Za-z0-9+/]{20}/, "\nAAAA");
    for (const [options, expected] of [
      [{ privateKey: file("text.pem", "hello") }, /text\.pem: there is no PEM private key in it/],
      [{ privateKey: pki.certificate }, /-cert\.pem: there is no private key in it, but: certificate/],
      [{ privateKey: file("cut.pem", key64.slice(0, 90)) }, /cut\.pem: the private key in it is damaged/],
      [{ certificate: pki.privateKey }, /-privkey\.pem: there is no certificate in it, but: private key/],
      [{ certificate: file("cut-cert.pem", own.slice(0, 200)) }, /cut-cert\.pem: the certificate in it is damaged/],
      [{ certificate: dir }, /: EISDIR: illegal operation on a directory \(/],
      [{ caCert: file("ca.pem", damaged) }, /ca\.pem: the certificate in it is damaged/],
      [{ caCert: file("cas.pem", own + damaged) }, /cas\.pem: certificate 2 of 2 in it is damaged/],
      [{ caCert: fresh("no-ca.pem") }, /no-ca\.pem: ENOENT: no such file or directory \(/],
      [{ peerCaCert: file("peer-ca.pem", "") }, /peer-ca\.pem: there is no PEM certificate in it/],
    ] as const) {
      expect(await refusedWith(mine(options))).toMatch(expected);
    }
    expect(await refusedWith(new TlsIdentity({ caCert: "none" }))).toBe(
      "pssl:0:127.0.0.1: Private key must be configured to use SSL; Certificate must be configured to use SSL; give privateKey and certificate to a TlsIdentity, in the option tls, or to defaultTls.set() (Protocol not available)",
    );
  });

  test("missing settings give ENOPROTOOPT with Open vSwitch's words, and a line each", async () => {
    const lines: string[] = [];
    const tls = new TlsIdentity({ log: (_l, text) => lines.push(text) });
    const e = await refusal("ssl:127.0.0.1:1", tls);
    expect(e.code).toBe("ENOPROTOOPT");
    expect(lines).toEqual([
      "Private key must be configured to use SSL",
      "Certificate must be configured to use SSL",
      "CA certificate must be configured to use SSL",
    ]);
    expect(e.message).toMatch(/^connecting to ssl:127\.0\.0\.1:1: Private key must .* \(Protocol not available\)$/);
    await refusal("ssl:127.0.0.1:1", tls);
    expect(lines.length).toBe(3);
    tls.set({ ...pki, ca: undefined, certificate: other.certificate } as TlsOptions);
    expect((await refusal("ssl:127.0.0.1:1", tls)).message).toContain("Private key does not match certificate public key");
    tls.set({ certificate: "/nonexistent" });
    expect((await refusal("ssl:127.0.0.1:1", tls)).message).toMatch(/Certificate must be configured to use SSL: \/nonexistent: ENOENT/);
  });

  test("settings come in any order, and a listener after them", async () => {
    const tls = new TlsIdentity();
    await expect(place(tls)).rejects.toMatchObject({ code: "ENOPROTOOPT" });
    tls.set({ caCert: pki.caCert });
    tls.set({ certificate: pki.certificate });
    expect(tls.configured).toBe(false);
    tls.set({ privateKey: pki.privateKey });
    expect(tls.configured).toBe(true);
    await opened((await place(tls)).target, mine());
  });

  test("the process has a default", async () => {
    const { privateKey, certificate, caCert } = pki;
    defaultTls.set({ privateKey, certificate, caCert });
    try {
      const p = await place(undefined);
      await opened(p.target);
    } finally {
      defaultTls.set({ privateKey: "", certificate: "", caCert: "" });
    }
  });

  test("a stranger's certificate is refused by the client, and by the server", async () => {
    const stranger = new TlsIdentity({ privateKey: other.privateKey, certificate: other.certificate, caCert: pki.caCert });
    const p = await place(stranger);
    const e = await refusal(p.target, mine());
    expect([e.code, e.message]).toEqual(["EPROTO", expect.stringMatching(/TLS handshake failed: unable to verify/)]);
    const q = await place(mine());
    const stream = await attempt(q.target, stranger);
    // A client of TLS 1.3 is done before the server has looked at its certificate.
    if (stream !== null && !(stream instanceof Error)) await stream.closed;
    await until(() => q.errors.length === 1);
    expect(q.errors[0]!.message).toMatch(/the peer's certificate is refused: UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
    expect(q.streams).toEqual([]);
    expect(q.listener.counts).toMatchObject({ failed: 1, open: 0, halfOpen: 0 });
  });

  test("a client without a certificate, and one with an expired one", async () => {
    const p = await place(mine());
    const client = tlsConnect({ port: Number(p.target.split(":")[2]), rejectUnauthorized: false }).on("error", () => {});
    await until(() => p.errors.length === 1);
    client.destroy();
    expect(p.errors[0]!.message).toContain("the peer presented no certificate");
    const q = await place(mine());
    const expired = writePair(dir, "expired", certificate("expired", { issuer: pki.ca, days: -1 }));
    await attempt(q.target, mine(expired));
    await until(() => q.errors.length === 1);
    expect(q.errors[0]!.message).toContain("CERT_HAS_EXPIRED");
    expect([p.streams, q.streams]).toEqual([[], []]);
  });

  test("none: nobody is verified, and the log says what that means", async () => {
    const lines: string[] = [];
    const p = await place(mine());
    const tls = mine({ caCert: "none", log: (level, text) => lines.push(`${level}: ${text}`) });
    expect(lines).toEqual(["warn: Peer certificate validation disabled (this is a security risk)"]);
    await opened(p.target, tls);
    const q = await place(mine({ caCert: "none" }));
    const stranger = await opened(q.target, mine({ privateKey: other.privateKey, certificate: other.certificate }));
    expect(stranger.peerId).toBe("testpki");
    await until(() => q.streams.length === 1);
    expect(q.streams[0]!.certificate).toBeNull();
  });

  test("only the first certificate of a file is used; peer-ca-cert is sent behind it", async () => {
    const middle = certificate("middle", { issuer: pki.ca, ca: true });
    const leaf = writePair(dir, "leaf", certificate("leaf", { issuer: middle }));
    const middleFile = fresh("middle.pem");
    writeFileSync(middleFile, middle.pem);
    writeFileSync(leaf.certificate, readFileSync(leaf.certificate, "utf8") + middle.pem);
    expect((await refusal((await place(mine(leaf))).target, mine())).code).toBe("EPROTO");
    const stream = await opened((await place(mine({ ...leaf, peerCaCert: middleFile }))).target, mine());
    expect(stream.peerId).toBe("leaf");
  });
});

describe("files that change", () => {
  test("are read again for the next connection; the one that stands stays", async () => {
    const files = writePair(dir, "turn", certificate("first", { issuer: pki.ca }));
    const lines: string[] = [];
    const p = await place(mine({ ...files, log: (_l, t) => lines.push(t) }));
    const one = await opened(p.target, mine());
    const next = certificate("second", { issuer: pki.ca });
    // Key and certificate change one after the other: between the two the old pair stays in use.
    writeFileSync(`${files.privateKey}.new`, next.keyPem);
    renameSync(`${files.privateKey}.new`, files.privateKey);
    const two = await opened(p.target, mine());
    expect(lines).toEqual([expect.stringMatching(/^Private key does not match .*what was read before stays in use$/)]);
    writeFileSync(files.certificate, next.pem);
    const three = await opened(p.target, mine());
    rmSync(files.certificate);
    const four = await opened(p.target, mine());
    expect([one, two, three, four].map((s) => s.peerId)).toEqual(["first", "first", "second", "second"]);
    expect(one.state).toBe("open");
  });

  test("a CA that is replaced is trusted from then on, the old one no more", async () => {
    const file = fresh("ca.pem");
    writeFileSync(file, other.ca.pem);
    const tls = mine({ caCert: file });
    const p = await place(mine());
    expect((await refusal(p.target, tls)).code).toBe("EPROTO");
    writeFileSync(file, pki.ca.pem + other.ca.pem);
    await opened(p.target, tls);
    writeFileSync(file, other.ca.pem);
    expect((await refusal(p.target, tls)).code).toBe("EPROTO");
  });
});

describe("bootstrap of the CA certificate", () => {
  const server = (): Promise<Place> => place(mine({ peerCaCert: pki.caCert }));

  test("the first connection fails and leaves the file, the second is verified", async () => {
    const p = await server();
    const file = fresh("boot.pem");
    const lines: string[] = [];
    const tls = mine({ bootstrapCaCert: file, log: (level, text) => lines.push(`${level}: ${text}`) });
    const first = await refusal(p.target, tls);
    expect([first.code, first.message]).toEqual([
      "EPROTO",
      expect.stringContaining("killing successful connection to retry using CA cert"),
    ]);
    expect(readFileSync(file, "utf8").trim()).toBe(pki.ca.pem.trim());
    expect(statSync(file).mode & 0o777).toBe(0o444);
    expect(lines).toEqual([
      expect.stringMatching(
        /^info: successfully bootstrapped CA certificate to .*: subject CN=testpki CA, fingerprint ([0-9a-f]{2}:){19}[0-9a-f]{2}$/,
      ),
    ]);
    await opened(p.target, tls);
    const stranger = await place(new TlsIdentity({ ...other, ca: undefined } as TlsOptions));
    expect((await refusal(stranger.target, tls)).code).toBe("EPROTO");
  });

  test("with the file there it is an ordinary CA certificate", async () => {
    const p = await place(mine());
    await opened(p.target, mine({ bootstrapCaCert: pki.caCert }));
  });

  test("incoming connections are not let in meanwhile", async () => {
    const p = await place(mine({ bootstrapCaCert: fresh("boot.pem") }));
    expect((await refusal(p.target, mine())).code).toBe("EPROTO");
    await until(() => p.errors.length === 1);
    expect(p.errors[0]!.message).toMatch(/no CA certificate yet/);
  });

  test("a chain that does not end in a self-signed certificate", async () => {
    const file = fresh("boot.pem");
    // Without its CA at hand, this end presents its own certificate alone.
    const p = await place(mine({ caCert: "none" }));
    const alone = await refusal(p.target, mine({ bootstrapCaCert: file }));
    expect(alone.message).toMatch(
      /obtained certificate is not self-signed \(only one certificate was received, so probably the peer is not conf/,
    );
    const middle = certificate("middle", { issuer: pki.ca, ca: true });
    const peerCaCert = fresh("middle.pem");
    writeFileSync(peerCaCert, middle.pem);
    const leaf = writePair(dir, `leaf${names}`, certificate("leaf", { issuer: middle }));
    const two = await refusal((await place(mine({ ...leaf, caCert: "none", peerCaCert }))).target, mine({ bootstrapCaCert: file }));
    expect([two.code, two.message]).toEqual(["EPROTO", expect.stringMatching(/is not self-signed \(Protocol error\)$/)]);
    expect(existsSync(file)).toBe(false);
  });

  test("connections under way when it is done lose the race", async () => {
    const p = await server();
    const tls = mine({ bootstrapCaCert: fresh("boot.pem") });
    const all = await Promise.all([1, 2, 3, 4].map(() => refusal(p.target, tls)));
    const said = all.map((e) => e.message);
    expect(said.filter((m) => m.includes("killing successful connection")).length).toBe(1);
    expect(said.filter((m) => m.includes("rejecting SSL connection during bootstrap race window")).length).toBe(3);
    await opened(p.target, tls);
  });

  test("a file that another process has made meanwhile is taken, not overwritten", async () => {
    const p = await server();
    const file = fresh("boot.pem");
    const tls = mine({ bootstrapCaCert: file });
    const refused = refusal(p.target, tls);
    writeFileSync(file, pki.ca.pem);
    expect((await refused).code).toBe("EPROTO");
    expect(statSync(file).mode & 0o777).not.toBe(0o444);
    await opened(p.target, tls);
  });

  test("a file that cannot be made: its errno, and it is tried again", async () => {
    const p = await server();
    const folder = fresh("folder");
    const tls = mine({ bootstrapCaCert: join(folder, "boot.pem") });
    for (let i = 0; i < 2; i++) expect((await refusal(p.target, tls)).code).toBe("ENOENT");
  });
});

describe("handshakes that fail", () => {
  test("the peer accepts and closes: EPROTO", async () => {
    const target = await fake((s) => s.end());
    expect((await refusal(target, mine())).code).toBe("EPROTO");
    const reset = await fake((s) => s.resetAndDestroy());
    // It may come before this end knows that it was connected.
    expect(["EPROTO", "ECONNRESET"]).toContain((await refusal(reset, mine())).code);
  });

  test("nobody listens: ECONNREFUSED", async () => {
    expect(["ECONNREFUSED", "EPROTO"]).toContain((await refusal("ssl:127.0.0.1:1", mine())).code);
  });

  test("the peer speaks OpenFlow without TLS: EPROTO, with a hint", async () => {
    const target = await fake((s) => s.write(Buffer.from("0100000812345678", "hex")));
    const e = await refusal(target, mine());
    expect([e.code, e.message]).toEqual(["EPROTO", expect.stringContaining("received OpenFlow data on SSL channel")]);
  });

  test("a client that speaks OpenFlow without TLS: the listener says so", async () => {
    const p = await place(mine());
    const s = tcpConnect(Number(p.target.split(":")[2]), "127.0.0.1", () => s.write(Buffer.from("0400000812345678", "hex")));
    s.on("error", () => {});
    await until(() => p.errors.length === 1);
    expect(p.errors[0]!.message).toMatch(/^ssl:127\.0\.0\.1:\d+: received OpenFlow data on SSL channel \(Protocol error\)$/);
    await until(() => s.destroyed);
  });

  test("clients that stop in the middle meet the deadline, and give their places back", async () => {
    const clock = new ManualClock();
    const p = await place(mine(), { clock, handshakeTimeout: 3_000, maxHalfOpen: 2 });
    const port = Number(p.target.split(":")[2]);
    const silent = tcpConnect(port, "127.0.0.1");
    const half = tcpConnect(port, "127.0.0.1", () => half.write(Buffer.from("1603010200010001fc0303", "hex")));
    const sockets = [silent, half];
    ends.push(() => sockets.forEach((s) => void s.destroy()));
    for (const s of sockets) s.on("error", () => {}).resume();
    await until(() => p.listener.counts.halfOpen === 2);
    expect((await refusal(p.target, mine())).code).toBe("EPROTO");
    expect(p.errors[0]!.message).toMatch(/127\.0\.0\.1 is turned away: 2 connections are still being set up/);
    clock.advance(3_000);
    await until(() => sockets.every((s) => s.destroyed));
    expect(p.listener.counts).toMatchObject({ failed: 2, refused: 1, halfOpen: 0, open: 0 });
    await opened(p.target, mine());
    await until(() => p.streams.length === 1);
    expect(clock.timers.size).toBe(0);
  });

  test("garbage behind a right first byte: EPROTO", async () => {
    const p = await place(mine());
    const s = tcpConnect(Number(p.target.split(":")[2]), "127.0.0.1", () => s.write(Buffer.alloc(400, 0x16)));
    s.on("error", () => {}).resume();
    await until(() => p.errors.length === 1);
    expect(p.errors[0]!.code).toBe("EPROTO");
    expect(p.listener.counts).toMatchObject({ failed: 1, open: 0 });
  });

  test("a listener that closes ends the handshakes under way, and lets go of its place at once", async () => {
    const p = await place(mine());
    const open = new Log(await opened(p.target, mine()));
    const silent = tcpConnect(Number(p.target.split(":")[2]), "127.0.0.1");
    silent.on("error", () => {}).resume();
    await until(() => p.listener.counts.accepted === 2);
    await p.listener.close();
    await until(() => silent.destroyed);
    expect(open.stream.state).toBe("open");
    const again = await listen(p.listener.name, { tls: mine(), onStream: () => {} });
    await again.close();
  });
});

test("versions and ciphers are those that were asked for", async () => {
  const old = await place(mine({ protocols: "TLSv1.2" }));
  await opened(old.target, mine({ protocols: "tlsv1.2 TLSv1.3", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" }));
  expect((await refusal(old.target, mine({ protocols: "TLSv1.3" }))).code).toBe("EPROTO");
  expect((await refusal(old.target, mine({ protocols: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-GCM-SHA256" }))).code).toBe("EPROTO");
  const suite = await place(mine({ ciphersuites: "TLS_CHACHA20_POLY1305_SHA256" }));
  await opened(suite.target, mine());
  expect((await refusal(suite.target, mine({ ciphersuites: "TLS_AES_128_GCM_SHA256", protocols: "TLSv1.3" }))).code).toBe("EPROTO");
  expect((await refusal(suite.target, mine({ ciphers: "no-such-cipher" }))).code).toBe("ENOPROTOOPT");
  expect(() => mine({ protocols: "SSLv3" })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
});

test("a close without close_notify is an ordinary end", async () => {
  const p = await place(mine());
  const a = new Log(await opened(p.target, mine()));
  await until(() => p.streams.length === 1);
  const b = p.streams[0]!;
  say(b, "last");
  await a.until((l) => l.size === 4);
  b.destroy();
  await a.stream.closed;
  expect([null, "ECONNRESET"]).toContain(a.ends[0] === null ? null : a.ends[0]!.code);
});
