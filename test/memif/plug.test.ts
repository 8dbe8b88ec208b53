/** Interfaces as the links of ports. */
import { expect, onTestFinished, test } from "vitest";
import { parseIpv4 } from "../../src/bytes/mod.js";
import { MemifClient, MemifServer, plugInto } from "../../src/memif/mod.js";
import { Host, link, Switch, SwitchPort } from "../../src/switch/mod.js";
import { RawClient } from "./raw-client.js";
import { freshName, until } from "./raw-peer.js";

const port = (name: string): SwitchPort => new SwitchPort({ portNo: 1, name, hwAddr: 1 });
const frame = (i: number, length = 60): Uint8Array => Uint8Array.from({ length }, (_, k) => (i + k) & 0xff);

function ends(options: { ringSize?: number } = {}): { server: MemifServer; client: MemifClient } {
  const socket = freshName();
  const server = new MemifServer({ socket });
  const client = new MemifClient({ socket, ...options });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  return { server, client };
}
const both = ({ server, client }: { server: MemifServer; client: MemifClient }) => Promise.all([server.connected(), client.connected()]);

test("the link is up while the interface is connected", async () => {
  const pair = ends();
  const a = port("a");
  const changes: boolean[] = [];
  a.onChange = () => changes.push(a.linkUp);
  const plug = plugInto(a, pair.server);
  expect([a.linkUp, a.send(frame(1))]).toEqual([false, false]);
  await both(pair);
  expect(a.linkUp).toBe(true);
  pair.client.disconnect();
  await until(() => changes.length === 2);
  await until(() => changes.length === 3);
  expect(changes).toEqual([true, false, true]);
  plug.unplug();
  expect(a.linkUp).toBe(false);
  // Free for others, and the port as well.
  plugInto(a, pair.server);
  expect(a.linkUp).toBe(true);
  expect(a.counters.txDropped).toBe(1);
});

test("hosts behind two interfaces reach each other", async () => {
  const pair = ends();
  const hosts = [1, 2].map((n) => new Host({ name: `h${n}`, mac: 0x0200_0000_0000 + n, ip: parseIpv4(`192.0.2.${n}`) })) as [Host, Host];
  plugInto(hosts[0].port, pair.server);
  plugInto(hosts[1].port, pair.client);
  await both(pair);
  expect(await hosts[0].ping(hosts[1].ip)).toMatchObject({ bytes: 64, ttl: 64 });
  expect(await hosts[1].ping(hosts[0].ip, { size: 9000 })).toMatchObject({ bytes: 9008 });
});

test("frames come whole, in order, and as the port's own", async () => {
  const pair = ends();
  const a = port("a");
  const b = port("b");
  const got: Uint8Array[] = [];
  b.onFrame = (bytes) => got.push(bytes);
  plugInto(a, pair.client);
  plugInto(b, pair.server);
  await both(pair);
  const sent = Array.from({ length: 600 }, (_, i) => frame(i, 60 + (i % 3000)));
  for (const bytes of sent) expect(a.send(bytes)).toBe(true);
  await until(() => got.length === sent.length);
  expect(got).toEqual(sent);
  expect(b.counters).toMatchObject({ rxPackets: 600, rxDropped: 0 });
});

test("a full ring drops, and the port counts it", async () => {
  const pair = ends({ ringSize: 64 });
  const a = port("a");
  plugInto(a, pair.client);
  await both(pair);
  for (let i = 0; i < 100; i++) a.send(frame(i));
  expect(a.counters).toMatchObject({ txPackets: 64, txDropped: 36 });
  const got: number[] = [];
  pair.server.receive((burst) => {
    for (let i = 0; i < burst.count; i++) got.push(burst.copy(i)[0]!);
  });
  await until(() => got.length === 64);
  expect(got).toEqual(Array.from({ length: 64 }, (_, i) => i));
  await until(() => pair.client.tx[0]!.free === 64);
  expect(a.send(frame(7))).toBe(true);
});

test("a frame that is too long is dropped, and hurts nothing", async () => {
  const pair = ends();
  const a = port("a");
  plugInto(a, pair.client);
  await both(pair);
  expect([a.send(new Uint8Array(70_000)), a.send(frame(1))]).toEqual([false, true]);
});

test("a peer that breaks the rules loses the connection, not the port", async () => {
  const socket = freshName();
  const server = new MemifServer({ socket, mode: "punt" });
  onTestFinished(() => server.close());
  expect(() => plugInto(port("a"), server)).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  const frames = new MemifServer({ socket: server.socket, id: 1 });
  const a = port("a");
  plugInto(a, frames);
  const client = await RawClient.connect(socket, { init: { id: 1, mode: 0 } });
  client.post(0, { region: 9, offset: 0, length: 2048 });
  expect(a.linkUp).toBe(true);
  expect(a.send(frame(1))).toBe(false);
  expect(await client.peer.reason()).toContain("region 9");
  expect(a.linkUp).toBe(false);
});

test("a port that has a link, and an interface that has a receiver, are refused", async () => {
  const { server, client } = ends();
  const a = port("a");
  const b = port("b");
  link(a, b);
  expect(() => plugInto(a, server)).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  plugInto(port("c"), client);
  expect(() => plugInto(port("d"), client)).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
});

test("a switch tells its port's state", async () => {
  const pair = ends();
  await using sw = new Switch({ datapathId: 1n });
  const p = sw.addPort({ name: "memif0" });
  plugInto(p, pair.server);
  expect([p.name, p.linkUp]).toEqual(["memif0", false]);
  await both(pair);
  expect(p.linkUp).toBe(true);
});
