/** DELTA's cases of TLS (2.1.070 to 2.1.073): a controller that listens with TLS takes nothing else, and what goes wrong on one connection costs that one alone. */
import { createServer, type Socket, connect as tcpConnect } from "node:net";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Controller, type Datapath } from "../../src/controller/mod.js";
import { EchoReply, EchoRequest } from "../../src/ofp/mod.js";
import { connect, TlsIdentity } from "../../src/stream/mod.js";
import { testPki } from "../stream/certificates.js";
import { directory } from "../stream/helpers.js";
import { FakeSwitch } from "./fake-switch.js";

const { dir, remove } = directory();
const { caCert, privateKey, certificate } = testPki(dir);
const stranger = testPki(dir, "stranger");
const tls = new TlsIdentity({ privateKey, certificate, caCert });

let controller: Controller;
let lines: string[];
let port: string;
let good: FakeSwitch;
const ends: (() => unknown)[] = [];

const fakeSwitch = (target: string, identity = tls): FakeSwitch => {
  const stream = connect(target, { tls: identity, timeout: 30_000 });
  ends.push(() => stream.destroy());
  return new FakeSwitch(stream);
};
/** Sets a switch up, and answers how the controller has it. */
async function up(peer: FakeSwitch, id: bigint): Promise<Datapath> {
  await using ups = controller.events("up", { datapath: id });
  await peer.setUp(id);
  const { value } = await ups.next();
  return value![0];
}
const told = (line: RegExp) => expect.poll(() => lines.some((text) => line.test(text)), { interval: 5 }).toBe(true);

beforeEach(async () => {
  lines = [];
  controller = new Controller({ log: (level, text) => level === "warn" && lines.push(text) });
  port = (await controller.listen("pssl:0:127.0.0.1", { tls })).name.split(":")[1]!;
  good = fakeSwitch(`ssl:127.0.0.1:${port}`);
  await up(good, 1n);
});

afterEach(async () => {
  const dp = controller.datapaths.get(1n)!;
  const answer = dp.query(EchoRequest.of());
  await good.answer(EchoRequest, EchoReply.of());
  await answer;
  expect(controller.datapaths.size).toBe(1);
  for (const end of ends.splice(0)) end();
  await controller.close();
});
afterAll(remove);

test("2.1.070: a switch that speaks OpenFlow without TLS is told of by name, and never set up", async () => {
  const plain = fakeSwitch(`tcp:127.0.0.1:${port}`);
  plain.raw("0400000800000001");
  await plain.wire.end();
  await told(/received OpenFlow data on SSL channel/);
});

test("2.1.071: a handshake that fails while it begins ends its connection", async () => {
  const socket: Socket = tcpConnect(Number(port), "127.0.0.1");
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.on("error", () => {});
  socket.resume();
  socket.write(Buffer.from("160301000401000000", "hex"));
  await closed;
  await told(/TLS handshake failed/);
});

test("2.1.072: a switch whose certificate is of another authority is refused", async () => {
  const { privateKey, certificate } = stranger;
  const bad = fakeSwitch(`ssl:127.0.0.1:${port}`, new TlsIdentity({ privateKey, certificate, caCert }));
  await bad.wire.end();
  await told(/the peer's certificate is refused/);
});

test("over TLS a second main connection of one switch is refused unless asked for: the first stays (2.1.050)", async () => {
  const second = fakeSwitch(`ssl:127.0.0.1:${port}`);
  await second.setUp(1n);
  await second.wire.end();
  await told(/0000000000000001 .* refused, since .* has the same datapath id/);
});

test("2.1.073: a packet that was tampered with ends its connection, unread", async () => {
  let tamper = false;
  const proxy = createServer((from) => {
    const to = tcpConnect(Number(port), "127.0.0.1");
    for (const [a, b] of [
      [from, to],
      [to, from],
    ] as const) {
      a.on("error", () => {});
      a.on("close", () => b.destroy());
    }
    to.on("data", (bytes: Buffer) => from.write(bytes));
    from.on("data", (bytes: Buffer) => {
      if (tamper) bytes[bytes.length - 1]! ^= 1;
      to.write(bytes);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  ends.push(() => proxy.close());
  const victim = fakeSwitch(`ssl:127.0.0.1:${(proxy.address() as { port: number }).port}`);
  const dp = await up(victim, 2n);
  await using downs = controller.events("down");
  const read: string[] = [];
  dp.on("echo-request", (m) => read.push(m.type));
  dp.on("response", (m) => read.push(m.type));
  tamper = true;
  victim.send(EchoReply.of());
  const [who, error] = (await downs.next()).value!;
  expect(who).toBe(dp);
  expect(error?.message).toMatch(/bad record mac/);
  expect(read).toEqual([]);
});
