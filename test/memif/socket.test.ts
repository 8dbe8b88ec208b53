/** Where servers listen: paths, stale and live ones, sockets that were made elsewhere. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { SouthboundError } from "../../src/errors/mod.js";
import { MemifClient, MemifServer, MemifSocket } from "../../src/memif/mod.js";
import { calls, freshName, holdings, init, owned, RawPeer, until } from "./raw-peer.js";

/** Shares descriptors with this process. */
const python = spawnSync("python3", ["-V"]).status === 0;

let path: string;
beforeEach(() => {
  const dir = mkdtempSync(join(tmpdir(), "southbound-test-"));
  path = join(dir, "memif.sock");
  return () => rmSync(dir, { recursive: true });
});

/** A server with a client that gets through to it. */
async function reachable(server: MemifServer): Promise<void> {
  const client = new MemifClient({ socket: server.socket.name });
  await Promise.all([client.connected(), server.connected()]);
  await client.close();
}

test("a path is there while a server listens", async () => {
  const server = new MemifServer({ socket: path });
  expect(statSync(path).isSocket()).toBe(true);
  await reachable(server);
  await server.close();
  expect(existsSync(path)).toBe(false);
});

test("a shared socket listens while it has a server", async () => {
  await using socket = new MemifSocket(path);
  expect(existsSync(path)).toBe(false);
  const [first, second] = [new MemifServer({ socket, id: 1 }), new MemifServer({ socket, id: 2 })];
  await first.close();
  expect(existsSync(path)).toBe(true);
  await second.close();
  expect(existsSync(path)).toBe(false);
});

test("a socket file that nobody listens at is replaced", async () => {
  const dead = calls.seqpacketListen(path);
  calls.fdClose(dead);
  expect(existsSync(path)).toBe(true);
  await using server = new MemifServer({ socket: path });
  await reachable(server);
});

test("a live one is not, whatever kind it is; nor is another file", async () => {
  const first = new MemifServer({ socket: path });
  const before = holdings();
  expect(() => new MemifServer({ socket: path })).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
  expect(holdings()).toEqual(before);
  await first.close();

  const stream = createServer();
  await new Promise<void>((done) => stream.listen(path, done));
  expect(() => new MemifServer({ socket: path })).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
  await new Promise((done) => stream.close(done));

  writeFileSync(path, "");
  expect(() => new MemifServer({ socket: path })).toThrow(expect.objectContaining({ code: "EEXIST" }));
  rmSync(path);
  symlinkSync("elsewhere", path);
  expect(() => new MemifServer({ socket: path })).toThrow(expect.objectContaining({ code: "EEXIST" }));
});

test("a server that closes leaves alone what has taken its place", async () => {
  const first = new MemifServer({ socket: path });
  rmSync(path);
  await using second = new MemifServer({ socket: path });
  await first.close();
  await reachable(second);
});

test("abstract names", async () => {
  const name = freshName();
  const server = new MemifServer({ socket: name });
  expect(() => new MemifServer({ socket: name })).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
  await reachable(server);
  await server.close();
  await using again = new MemifServer({ socket: name });
  await reachable(again);
});

test("a listening socket that was made elsewhere takes the place of the socket's own name", async () => {
  const name = freshName();
  const made = calls.seqpacketListen(name);
  const socket = new MemifSocket(path);
  expect(() => socket.addListener(owned(calls.eventfdCreate()))).toThrow(expect.objectContaining({ code: "EINVAL" }));
  socket.addListener(made);
  const server = new MemifServer({ socket });
  onTestFinished(() => socket.close());
  expect(existsSync(path)).toBe(false);
  const client = new MemifClient({ socket: name });
  await Promise.all([client.connected(), server.connected()]);
  await client.close();
  await socket.close();
  expect(calls.seqpacketConnect(name)).toBe(-111);
});

test("a socket needs no name behind a listener that was made elsewhere", async () => {
  await using socket = new MemifSocket();
  expect(socket.name).toBe("");
  expect(() => new MemifServer({ socket })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  expect(() => new MemifClient({ socket })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  const name = freshName();
  const made = calls.seqpacketListen(name);
  socket.addListener(made);
  const server = new MemifServer({ socket, id: 3 });
  const failed = new Promise<SouthboundError>((resolve) => server.on("failed", resolve));
  const client = new MemifClient({ socket: name, id: 3 });
  onTestFinished(() => client.close());
  await Promise.all([client.connected(), server.connected()]);
  const second = RawPeer.connect(name);
  await second.expect("hello");
  second.send(init({ id: 3 }));
  expect((await failed).message).toBe(`memif descriptor ${made}: disconnected: Already connected`);
});

describe.skipIf(!python)("a listener that another process shares", () => {
  /** Runs Python with the descriptor as its 3. */
  const elsewhere = (fd: number, program: string): void => {
    const { stderr } = spawnSync("python3", ["-c", program], { stdio: ["ignore", "ignore", "pipe", fd], encoding: "utf8" });
    expect(stderr).toBe("");
  };

  test.each(["SHUT_RDWR", "SHUT_RD"])("and shuts down (%s) is closed and told of; connections live on", async (how) => {
    const name = freshName();
    const errors: SouthboundError[] = [];
    await using socket = new MemifSocket(null, { onError: (e) => errors.push(e) });
    const made = calls.seqpacketListen(name);
    socket.addListener(made);
    const server = new MemifServer({ socket });
    const client = new MemifClient({ socket: name });
    onTestFinished(() => client.close());
    await Promise.all([client.connected(), server.connected()]);
    elsewhere(made, `import socket; socket.socket(fileno=3).shutdown(socket.${how})`);
    await until(() => errors.length > 0);
    expect(errors).toMatchObject([{ code: "ERR_CLOSED", message: expect.stringMatching(/^memif: listening on descriptor \d+ has ended/) }]);
    expect(calls.fdClose(made)).toBe(-9);
    const got: unknown[] = [];
    server.receive((burst) => got.push(burst.copy(0)));
    client.send([Uint8Array.of(1)]);
    await until(() => got.length === 1);
    const again = freshName();
    socket.addListener(calls.seqpacketListen(again));
    await RawPeer.connect(again).expect("hello");
  });

  test("and makes blocking does not block", () => {
    const listener = owned(calls.seqpacketListen(freshName()));
    elsewhere(listener, "import os; os.set_blocking(3, True)");
    expect(calls.seqpacketAccept(listener)).toBe(-11);
  });
});

test("a listening socket that is refused is not kept", () => {
  const socket = new MemifSocket(path);
  onTestFinished(() => socket.close());
  const made = calls.seqpacketListen(freshName());
  socket.addListener(made);
  expect(() => socket.addListener(made)).toThrow(expect.objectContaining({ code: "EEXIST" }));
  socket.stop();
  socket.start();
  expect(socket.running).toBe(true);
});

test("a socket that closes takes no interface meanwhile", async () => {
  const socket = new MemifSocket(path);
  const server = new MemifServer({ socket });
  const refused = new Promise((resolve) => {
    server.on("closed", () => {
      try {
        resolve(new MemifServer({ socket, id: 1 }));
      } catch (e) {
        resolve(e);
      }
    });
  });
  await socket.close();
  expect(await refused).toMatchObject({ code: "ERR_CLOSED" });
  expect(existsSync(path)).toBe(false);
});

test("closing a socket closes its interfaces", async () => {
  const before = holdings();
  const socket = new MemifSocket(path);
  const server = new MemifServer({ socket });
  const client = new MemifClient({ socket });
  await Promise.all([client.connected(), server.connected()]);
  await socket.close();
  await Promise.all([client.closed, server.closed]);
  expect([client.state, server.state]).toEqual(["closed", "closed"]);
  expect(holdings()).toEqual(before);
  expect(() => new MemifServer({ socket })).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
});
