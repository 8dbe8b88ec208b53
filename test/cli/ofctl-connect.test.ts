/** The commands of ofctl that connect: their words, where they look for a switch, and how they end. They run as a user runs them. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readOptions } from "../../src/cli/ofctl/options.js";
import { strftime, Vlog } from "../../src/cli/ofctl/vlog.js";
import { type Listener, listen, TlsIdentity } from "../../src/stream/mod.js";
import { Vconn } from "../../src/vconn/mod.js";
import { testPki } from "../stream/certificates.js";

const OFCTL = fileURLToPath(new URL("../../bin/ofctl.js", import.meta.url));

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

let dir: string;
let listener: Listener;
const vconns: Vconn[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "southbound-ofctl-"));
  listener = await listen(`punix:${dir}/br0.mgmt`, { onStream: (stream) => void vconns.push(new Vconn(stream, { versions: [1, 4] })) });
});
afterAll(async () => {
  await listener.close();
  rmSync(dir, { recursive: true });
});

function ofctl(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [OFCTL, ...words], { env: { ...process.env, OVS_RUNDIR: dir, ...env } });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (bytes) => {
    stdout += bytes;
  });
  child.stderr.on("data", (bytes) => {
    stderr += bytes;
  });
  return new Promise((resolve) => child.on("close", (status, signal) => resolve({ status, signal, stdout, stderr })));
}

describe("a target", () => {
  for (const target of ["br0", "system@br0", "br0.mgmt", "unix:br0.mgmt"]) {
    test(`${target} is found`, async () => {
      expect(await ofctl(["probe", target])).toEqual({ status: 0, signal: null, stdout: "", stderr: "" });
    });
  }

  const refused: readonly (readonly [words: readonly string[], line: string])[] = [
    [["probe", "nosuch"], "nosuch is not a bridge or a socket"],
    [["snoop", "br0"], "br0 is not a bridge or a socket"],
    [["probe", "foo:bar"], "connecting to foo:bar (Address family not supported by protocol)"],
    [["probe", "unix:/nonexistent/s"], "connecting to unix:/nonexistent/s (No such file or directory)"],
    [["probe", "unix:"], "connecting to unix: (No such file or directory)"],
    [["probe", "tcp:127.0.0.1:1"], "connecting to tcp:127.0.0.1:1 (Connection refused)"],
    [["-O", "OpenFlow15", "probe", "br0"], "br0: failed to connect to socket (Protocol error)"],
    [["-O", "OpenFlow13,Fantasy", "probe", "br0"], 'Unknown OpenFlow version: "Fantasy"'],
    [["-t", "0", "probe", "br0"], "value 0 on -t or --timeout is invalid"],
    [["--timeout=x", "probe", "br0"], "value x on -t or --timeout is invalid"],
    [["ping", "br0", "65528"], "payload must be between 0 and 65527 bytes"],
    [["-vfoo", "probe", "br0"], 'processing "foo": no destination, level, or module "foo"'],
    [["benchmark", "br0", "1"], "'benchmark' command requires at least 3 arguments"],
    [["probe", "ssl:127.0.0.1:1"], "connecting to ssl:127.0.0.1:1 (Protocol not available)"],
  ];
  for (const [words, line] of refused) {
    test(`${words.join(" ")} ends with status 1`, async () => {
      const { status, stderr } = await ofctl(words);
      expect(stderr.trimEnd().split("\n").at(-1)).toBe(`ofctl: ${line}`);
      expect(status).toBe(1);
    });
  }

  test("versions that do not meet are told of in Open vSwitch's words", async () => {
    const { stderr } = await ofctl(["-vPATTERN:console:%c|%p|%m", "-O", "OpenFlow15", "probe", "br0"]);
    expect(stderr.split("\n")[0]).toBe(
      `vconn|WARN|unix:${dir}/br0.mgmt: version negotiation failed (we support version 0x06, peer supports versions 0x01, 0x04)`,
    );
  });

  test("a file that is no socket is not connected to", async () => {
    writeFileSync(join(dir, "file"), "");
    expect((await ofctl(["probe", "file"])).stderr).toBe("ofctl: file: failed to open socket (Connection refused)\n");
  });

  test("what TLS needs and lacks is told, a line each", async () => {
    const { stderr } = await ofctl(["-vPATTERN:console:%c|%p|%m", "probe", "ssl:127.0.0.1:1"]);
    expect(stderr.split("\n").slice(0, 3)).toEqual([
      "stream_ssl|ERR|Private key must be configured to use SSL",
      "stream_ssl|ERR|Certificate must be configured to use SSL",
      "stream_ssl|ERR|CA certificate must be configured to use SSL",
    ]);
  });
});

describe("over TLS", () => {
  const ended = ({ status, stderr }: Ended) => ({ status, lines: stderr.trimEnd().split("\n") });
  const pattern = "-vPATTERN:console:%c|%p|%m";
  let target: string;
  let port: string;
  let server: Listener;
  let tls: (files: { readonly privateKey: string; readonly certificate: string }, caCert: string) => string[];
  let ours: ReturnType<typeof testPki>;
  let other: ReturnType<typeof testPki>;

  beforeAll(async () => {
    ours = testPki(dir);
    other = testPki(dir, "other");
    tls = ({ privateKey, certificate }, caCert) => [pattern, "-p", privateKey, "-c", certificate, "-C", caCert];
    server = await listen("pssl:0:127.0.0.1", {
      tls: new TlsIdentity({ privateKey: ours.privateKey, certificate: ours.certificate, caCert: ours.caCert }),
      onStream: (stream) => void vconns.push(new Vconn(stream, { versions: [1, 4] })),
    });
    port = server.name.split(":")[1]!;
    target = `ssl:127.0.0.1:${port}`;
  });
  afterAll(() => server.close());

  test("with the right files it is quiet; versions and ciphers that there are not are told of and left out", async () => {
    expect(ended(await ofctl([...tls(ours, ours.caCert), "probe", target]))).toEqual({ status: 0, lines: [""] });
    const odd = ended(await ofctl([...tls(ours, ours.caCert), "--ssl-protocols=SSLv9", "--ssl-ciphers=NOSUCH", "probe", target]));
    expect(odd.status).toBe(0);
    expect(odd.lines).toEqual([
      "stream_ssl|ERR|SSLv9: SSL protocol not recognized",
      expect.stringMatching(/^stream_ssl\|ERR\|SSL_CTX_set_cipher_list: .*no cipher match$/),
    ]);
  });

  test("what is wrong with a certificate is said before the program ends: ours, theirs, and no TLS at all", async () => {
    const theirs = ended(await ofctl([...tls(ours, other.caCert), "probe", target]));
    expect(theirs).toEqual({
      status: 1,
      lines: [
        expect.stringMatching(/^stream_ssl\|WARN\|.*TLS handshake failed: .*certificate/),
        `ofctl: ${target}: failed to connect to socket (Protocol error)`,
      ],
    });
    // the server looks at it behind the handshake of TLS 1.3
    const mine = ended(await ofctl([...tls(other, ours.caCert), "probe", target]));
    expect(mine.status).toBe(1);
    expect(mine.lines.at(-1)).toMatch(/failed to connect to socket \((Input\/output error|Connection reset by peer)\)$/);
    await using plain = await listen("ptcp:0:127.0.0.1", {
      onStream: (stream) => void vconns.push(new Vconn(stream, { versions: [1] })),
    });
    const none = ended(await ofctl([...tls(ours, ours.caCert), "probe", `ssl:127.0.0.1:${plain.name.split(":")[1]}`]));
    expect(none.status).toBe(1);
    expect(none.lines[0]).toMatch(/^stream_ssl\|WARN\|.*received OpenFlow data on SSL channel/);
  });
});

describe("echoes", () => {
  test("ping sends ten", async () => {
    const { status, stdout } = await ofctl(["-O", "OpenFlow13", "ping", "br0", "20"]);
    expect(stdout).toMatch(/^(20 bytes from br0: xid=[0-9a-f]{8} time=\d+\.\d ms\n){10}$/);
    expect(status).toBe(0);
  });

  test("benchmark tells how long they took", async () => {
    const { status, stdout } = await ofctl(["benchmark", "br0", "8", "100"]);
    expect(stdout).toMatch(
      /^Sending 100 packets \* 16 bytes \(with header\) = 1600 bytes total\nFinished in \d+\.\d ms \(\d+ packets\/s\) \(\d+ bytes\/s\)\n$/,
    );
    expect(status).toBe(0);
  });

  test("a peer that goes away ends them with its reason", async () => {
    await using going = await listen(`punix:${dir}/going`, {
      onStream: (stream) => {
        const vconn = new Vconn(stream, { versions: [1] });
        vconn.onUp = () => void vconn.close();
      },
    });
    expect(going.name).toBe(`punix:${dir}/going`);
    expect((await ofctl(["probe", "going"])).stderr).toMatch(
      /^ofctl: talking to going \((End of file|Broken pipe|Connection reset by peer)\)\n$/,
    );
  });

  test("the time limit ends the program by SIGALRM", async () => {
    await using mute = await listen(`punix:${dir}/mute`, { onStream: () => {} });
    expect(mute.name).toBe(`punix:${dir}/mute`);
    for (const [words, env] of [
      [["-t", "1"], {}],
      [[], { OVS_CTL_TIMEOUT: "1" }],
    ] as const) {
      const { signal, stderr } = await ofctl([...words, "-vPATTERN:console:%c|%p|%m", "probe", "mute"], env);
      expect(stderr).toBe("fatal_signal|WARN|terminating with signal 14 (Alarm clock)\n");
      expect(signal).toBe("SIGALRM");
    }
  });

  test("nothing is left open", async () => {
    await expect.poll(() => vconns.filter((vconn) => vconn.state !== "disconnected")).toEqual([]);
  });
});

describe("the log", () => {
  const lines: string[] = [];
  const make = async (...words: string[]): Promise<Vlog> => {
    const log = new Vlog("ofctl", (line) => lines.push(line));
    lines.length = 0;
    expect((await readOptions([...words, "probe", "--", "-vx"], log)).words).toEqual(["probe", "-vx"]);
    return log;
  };

  test("shows all but the level DBG, in Open vSwitch's form", async () => {
    const log = await make();
    log.log("vconn", "DBG", "not shown");
    log.log("vconn", "WARN", "shown");
    expect(lines.join("")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\|00001\|vconn\|WARN\|shown\n$/);
  });

  test("takes levels for all modules and for one, and patterns", async () => {
    const log = await make("-vPATTERN:console:%c|%-5p|%3N|%m%%", "-vvconn:dbg", "-vfile:dbg", "-vsyslog:off", "-vFACILITY:user");
    log.of("vconn")("debug", "a\n");
    log.of("stream")("debug", "b");
    log.of("stream")("error", "c");
    expect(lines).toEqual(["vconn|DBG  |  1|a%\n", "stream|ERR  |  2|c%\n"]);
    expect((await make("-v")).shows("stream", "DBG")).toBe(true);
    expect((await make("--verbose=console:off")).shows("vconn", "EMER")).toBe(false);
    expect((await make("--verbose")).shows("vconn", "DBG")).toBe(true);
  });

  test("refuses other words", async () => {
    await expect(make("-vPATTERN:nowhere:x")).rejects.toThrow('processing "PATTERN:nowhere:x": unknown destination "nowhere"');
    await expect(make("-vvconn:bar")).rejects.toThrow('processing "vconn:bar": no destination, level, or module "bar"');
  });

  test("tells times of UTC", () => {
    expect(strftime("%F %T.### %Y%m%d%%", new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6)))).toBe("2026-01-02 03:04:05.006 20260102%");
  });
});
