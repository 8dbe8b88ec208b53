/** `southbound memif`: each action as a user runs it, with an end of the library as its peer. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { parseIpv4 } from "../../src/bytes/mod.js";
import { type Interface, MemifClient, type MemifClientOptions, MemifServer } from "../../src/memif/mod.js";
import { ArpOp, buildArp, buildIcmpEcho, parseFrame } from "../../src/packet/mod.js";
import { readCapture } from "../../src/vconn/capture-file.js";
import { RawClient } from "../memif/raw-client.js";
import { calls } from "../memif/raw-peer.js";
import { until } from "../until.js";
import { run, start } from "./helpers.js";

let dir: string;
let sockets = 0;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "southbound-memif-"));
});
afterAll(() => rmSync(dir, { recursive: true }));
const freshSocket = (): string => join(dir, `${sockets++}.sock`);

/** A peer of the command, connected. */
async function peer(role: "server" | "client", socket: string, options: Partial<MemifClientOptions> = {}): Promise<Interface> {
  const all = { ...options, socket };
  const memif = role === "server" ? new MemifServer(all) : new MemifClient({ ...all, backoff: { min: 10, max: 50 } });
  onTestFinished(() => memif.close());
  await memif.connected();
  // a server has room when the client has posted its buffers
  await memif.writable();
  return memif;
}

/** The next packet, copied. */
const next = (memif: Interface): Promise<Uint8Array> =>
  new Promise((resolve) => {
    memif.receive((burst) => {
      memif.receive(null);
      resolve(burst.copy(0));
    });
  });

const ME = 0x0200_0000_0009;
const THEM = parseIpv4("192.0.2.1");
const NEAR = parseIpv4("192.0.2.9");
const MAC = 0x02fe_c000_0201;

describe("responder", () => {
  test.each(["server", "client"] as const)("as %s answers ARP and pings, and ends by a signal", async (role) => {
    const socket = freshSocket();
    const running = start("memif", role, "responder", "--socket", socket, "--address", "192.0.2.1/24", "--id", "7", "--secret", "s3cret");
    const memif = await peer(role === "server" ? "client" : "server", socket, { id: 7, secret: "s3cret" });
    const arp = next(memif);
    memif.send([buildArp({ op: ArpOp.Request, sha: ME, spa: NEAR, tpa: THEM })]);
    expect(parseFrame(await arp).arp).toMatchObject({ op: ArpOp.Reply, sha: MAC, spa: THEM });
    const echo = next(memif);
    const data = new Uint8Array(3000).fill(7);
    memif.send([Uint8Array.of(1, 2, 3), buildIcmpEcho({ ethSrc: ME, ethDst: MAC, ipv4Src: NEAR, ipv4Dst: THEM, id: 1, seq: 2, data })]);
    const { icmp, payload } = parseFrame(await echo, { verify: true });
    expect([icmp?.type, icmp?.seq, payload]).toEqual([0, 2, data]);
    running.child.kill("SIGINT");
    const { status, stdout, stderr } = await running.ended;
    expect([status, stdout]).toEqual([0, "received 3 packets of 3087 bytes, sent 2 of 3084\n"]);
    expect(stderr).toContain("connected to southbound7 of southbound");
  });

  test("answers IP packets without Ethernet headers in mode ip", async () => {
    const socket = freshSocket();
    start("memif", "server", "responder", "--socket", socket, "--address", "192.0.2.1", "--mode", "ip", "--polling");
    const memif = await peer("client", socket, { mode: "ip" });
    const echo = next(memif);
    memif.send([buildIcmpEcho({ ethSrc: 0, ethDst: 0, ipv4Src: NEAR, ipv4Dst: THEM, seq: 5 }).subarray(14)]);
    const reply = await echo;
    expect([reply[0], reply[20], reply[27]]).toEqual([0x45, 0, 5]);
  });
});

describe("send", () => {
  test("sends a number of packets of a size at a rate, over all queues, and ends", async () => {
    const socket = freshSocket();
    const words = ["--queues", "2", "--ring-size", "16", "--buffer-size", "64", "--rate", "0", "--size", "100", "--count", "1000"];
    const running = start("memif", "client", "send", "--socket", socket, ...words, "--ip-dst", "203.0.113.5", "--json");
    const memif = new MemifServer({ socket });
    onTestFinished(() => memif.close());
    const sizes = new Set<number>();
    const queues = new Set<number>();
    const destinations = new Set<number | undefined>();
    memif.receive((burst) => {
      for (let i = 0; i < burst.count; i++) {
        sizes.add(burst.length(i));
        queues.add(burst.queue);
        destinations.add(parseFrame(burst.copy(i)).ipv4?.dst);
      }
    });
    const { status, stdout } = await running.ended;
    expect([status, memif.counters.rx.packets]).toEqual([0, 1000]);
    expect([[...sizes], queues.size, [...destinations]]).toEqual([[100], 2, [parseIpv4("203.0.113.5")]]);
    const said = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(said[0]).toMatchObject({ event: "connected", application: "southbound" });
    expect(said[1]).toMatchObject({ event: "counters", tx: { packets: 1000, bytes: 100_000 }, txQueues: [{}, {}] });
  });
});

describe("dump", () => {
  const frames = [1, 2, 3].map((n) => Uint8Array.from({ length: 60 * n }, (_, i) => i ^ n));

  test("writes a capture to a file", async () => {
    const socket = freshSocket();
    const file = join(dir, "dump.pcap");
    const running = start("memif", "server", "dump", "--socket", socket, "--write", file, "--count", "3");
    const memif = await peer("client", socket);
    const begin = Date.now();
    memif.send([...frames, frames[0]!]);
    expect((await running.ended).status).toBe(0);
    const packets = [...readCapture(readFileSync(file))];
    expect(packets.map(({ bytes }) => new Uint8Array(bytes))).toEqual(frames);
    for (const { time, linkType } of packets) {
      expect(linkType).toBe(1);
      expect(Math.abs(time - begin)).toBeLessThan(60_000);
    }
  });

  test("writes to standard output, and nothing else there", async () => {
    const socket = freshSocket();
    const running = start("memif", "client", "dump", "--socket", socket, "--mode", "ip");
    running.child.stdout.setEncoding("latin1");
    const memif = await peer("server", socket, { mode: "ip" });
    await running.find(/connected to/);
    const had = running.find(/IP!/);
    memif.send([Uint8Array.from([73, 80, 33])]);
    await had;
    running.child.kill("SIGTERM");
    const { status, stdout } = await running.ended;
    expect(status).toBe(0);
    const [packet, ...more] = readCapture(Buffer.from(stdout, "latin1"));
    expect([packet?.linkType, [...packet!.bytes], more]).toEqual([101, [73, 80, 33], []]);
  });

  test("says in one line that the file cannot be written", async () => {
    const { status, stderr } = await run(
      "memif",
      "server",
      "dump",
      "--socket",
      freshSocket(),
      "--write",
      join(dir, "no", "file"),
      "--log-level",
      "warn",
    );
    expect([status, stderr.trim().split("\n").length]).toEqual([1, 1]);
    expect(stderr).toContain("cannot be written");
  });
});

describe("a client that brings no queue to receive from", () => {
  const withoutQueue = async (socket: string): Promise<RawClient> => {
    let probe = -1;
    await until(() => {
      probe = calls.seqpacketConnect(socket);
      return probe >= 0;
    });
    calls.fdClose(probe);
    return RawClient.connect(socket, { m2s: false, init: { mode: 0 } });
  };

  test("gets no answers, and the responder lives on", async () => {
    const socket = freshSocket();
    const running = start("memif", "server", "responder", "--socket", socket, "--address", "192.0.2.1/24");
    const client = await withoutQueue(socket);
    client.tx.put(buildArp({ op: ArpOp.Request, sha: ME, spa: NEAR, tpa: THEM }));
    client.tx.flush();
    await until(() => client.tx.free >= client.tx.size);
    client.peer.close();
    await running.find(/ended the connection/);
    running.child.kill("SIGINT");
    const { status, stdout } = await running.ended;
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^received 1 packets of \d+ bytes, sent 0 of 0\n$/)]);
  });

  test("cannot be sent to, which the sender says", async () => {
    const socket = freshSocket();
    const running = start("memif", "server", "send", "--socket", socket);
    await withoutQueue(socket);
    const { status, stderr } = await running.ended;
    expect([status, stderr]).toEqual([1, expect.stringContaining("the client brought no queue to receive from")]);
  });
});

describe("a client that is refused says once what to do", () => {
  test.each([
    [{ secret: "right" }, ["--secret", "wrong"], "Incorrect secret; compare --secret at both ends"],
    [{ secret: "right" }, [], "Secret required; compare --secret at both ends"],
    [{ id: 3 }, ["--id", "4"], "Interface id 4 not found; compare --id at both ends"],
    [{ mode: "ip" as const }, [], "mode ip; compare --mode at both ends"],
    [null, [], "No such file or directory); start the server, this end tries again"],
  ])("%j with %j", async (server, words, text) => {
    const socket = freshSocket();
    const memif = server === null ? null : new MemifServer({ socket, ...server });
    onTestFinished(() => memif?.close());
    const { status, stderr } = await run("memif", "client", "show", "--socket", socket, ...words, "--duration", "1", "--log-level", "warn");
    const lines = stderr.split("\n").filter((line) => line.includes(" warn "));
    expect([status, lines]).toEqual([0, [expect.stringContaining(text)]]);
  });
});

test("what was told before a connection is told again after it", async () => {
  const socket = freshSocket();
  const running = start("memif", "client", "show", "--socket", socket);
  await running.find(/start the server/);
  const server = new MemifServer({ socket });
  await server.connected();
  await running.find(/connected to/);
  await server.close();
  await running.find(/start the server[\s\S]*start the server/);
  running.child.kill("SIGINT");
  expect((await running.ended).status).toBe(0);
});

describe("show", () => {
  test("prints the counters as they change", async () => {
    const socket = freshSocket();
    const running = start("memif", "server", "show", "--socket", socket, "--interval", "0.1", "--json");
    const memif = await peer("client", socket);
    memif.send([Uint8Array.of(1, 2, 3)]);
    const [line] = await running.find(/^\{"event":"counters","state":"connected".*"packets":1,.*$/m);
    expect(JSON.parse(line)).toMatchObject({ rx: { packets: 1, bytes: 3 }, rxQueues: [{ packets: 1 }] });
    running.child.kill("SIGINT");
    expect((await running.ended).status).toBe(0);
  });

  test("ends after its duration", async () => {
    const { status, stdout } = await run("memif", "client", "show", "--socket", freshSocket(), "--duration", "0.3", "--interval", "0.1");
    expect(status).toBe(0);
    expect(stdout).toContain("waiting: 0 packets");
  });
});

describe("wrong words and refusals end in one line", () => {
  test.each([
    [[], 2, "name a command: server, client"],
    [["router", "--socket", "@x"], 2, "unknown command 'router'"],
    [["server"], 2, "name a command: responder, send, dump, show"],
    [["server", "respond", "--socket", "@x"], 2, "unknown command 'respond'"],
    [["server", "show", "--socket", "@x", "--id", "x"], 2, "An interface has a number"],
    [["server", "responder", "--socket", "@x", "--address", "192.0.2.1/24/3"], 2, "192.0.2.1/24/3"],
    [["server", "dump"], 2, "--socket"],
    [["server", "responder", "--socket", "@x", "--address", "192.0.2"], 2, "192.0.2"],
    [["server", "responder", "--socket", "@x", "--address", "192.0.2.1/33"], 2, "192.0.2.1/24"],
    [["server", "responder", "--socket", "@x", "--address", "192.0.2.1", "--mode", "punt"], 2, "punt"],
    [["client", "send", "--socket", "@x", "--size", "41"], 2, "42"],
    [["client", "send", "--socket", "@x", "--ring-size", "1000"], 2, "powers of two"],
    [["server", "show", "--socket", "@x", "--buffer-size", "64"], 2, "--buffer-size"],
    [["server", "show", "--socket", `/${"x".repeat(200)}`], 1, "107 bytes"],
    [["server", "show", "--socket", "/no/such/folder/s"], 1, "give --socket another place"],
  ])("%j", async (words, status, text) => {
    const result = await run("memif", ...words);
    const lines = result.stderr.split("\n").filter((line) => line.startsWith("southbound:"));
    expect([result.status, lines.length]).toEqual([status, 1]);
    expect(lines[0]).toMatch(new RegExp(text.replace(/[-.]/g, "\\$&")));
  });
});
