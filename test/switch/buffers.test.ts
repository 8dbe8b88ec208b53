/** Frames in Node's Buffers: what has left a port, what is held, and what belongs to the caller is not changed by what the tables do next. */
import { afterAll, afterEach, expect, test } from "vitest";
import { toHex } from "../../src/bytes/mod.js";
import {
  type Action,
  apply,
  BarrierRequest,
  DecNwTtl,
  FlowMod,
  Match,
  NO_BUFFER,
  Output,
  oxmOf,
  PacketOut,
  PopVlan,
  PortNo,
  PushVlan,
  SetField,
} from "../../src/ofp/mod.js";
import { buildTcp } from "../../src/packet/mod.js";
import { connect, type Listener, listen, outbox, pipe, type Stream, TlsIdentity } from "../../src/stream/mod.js";
import { Host, link } from "../../src/switch/mod.js";
import { testPki } from "../stream/certificates.js";
import { directory } from "../stream/helpers.js";
import { agent, Peer, settle } from "./peer.js";

const { dir, remove } = directory();
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(remove);

const tcp = (change: object = {}): Uint8Array =>
  buildTcp(
    { ethDst: 2, ethSrc: 1, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002, tcpSrc: 5, tcpDst: 80, ...change },
    new TextEncoder().encode("payload"),
  );
const to = (port: number): Action => Output.of({ port });
const setTo = (ethDst: number): Action => SetField.of({ field: oxmOf({ ethDst }) });

/** The frame in a Buffer amid others. */
function buffered(frame: Uint8Array): Buffer {
  const pool = Buffer.alloc(frame.length + 32, 0xdb);
  pool.set(frame, 16);
  return pool.subarray(16, 16 + frame.length);
}

const edits: readonly [string, readonly Action[]][] = [
  ["set_field", [setTo(9)]],
  ["dec_nw_ttl", [DecNwTtl.of()]],
  ["push_vlan, pop_vlan and set_field", [PushVlan.of({ ethertype: 0x8100 }), PopVlan.of(), setTo(9)]],
];

test.each(edits)("a frame that comes in is not changed by %s, neither the caller's nor the one that went out", async (_name, steps) => {
  const { sw, sent, peer } = agent();
  ends.push(() => sw.close());
  const controller = await peer(4);
  const actions = [to(2), ...steps, to(3), setTo(7), to(4)];
  const match = Match.of({ ethType: 0x0800 });
  expect(await controller.tell(FlowMod.of({ match, instructions: [apply(...actions)] }))).toBe("done");
  const frame = buffered(tcp());
  sw.port(1)!.receive(frame);
  expect(sent.map(([port]) => port)).toEqual([2, 3, 4]);
  expect([toHex(frame), toHex(sent[0]![1]), toHex(sent[2]![1]).slice(0, 12)]).toEqual([toHex(tcp()), toHex(tcp()), "000000000007"]);
  for (const [, out] of sent) expect(Object.getPrototypeOf(out)).toBe(Uint8Array.prototype);
});

test("a packet that is held for a controller stays as it was sent there", async () => {
  const { sw, sent, peer } = agent();
  ends.push(() => sw.close());
  const controller = await peer(4);
  const actions = [Output.of({ port: PortNo.Controller, maxLen: 64 }), setTo(9), to(2)];
  expect(await controller.tell(FlowMod.of({ instructions: [apply(...actions)] }))).toBe("done");
  sw.port(1)!.receive(buffered(tcp()));
  while (controller.events.length === 0) await settle();
  const [packetIn] = controller.take("packet-in");
  expect(toHex(packetIn!.data)).toBe(toHex(tcp()).slice(0, 128));
  sent.length = 0;
  expect(await controller.tell(PacketOut.of({ bufferId: packetIn!.bufferId, inPort: 1, actions: [to(3)] }))).toBe("done");
  expect(sent.map(([port, frame]) => [port, toHex(frame)])).toEqual([[3, toHex(tcp())]]);
});

test.each([1, 4] as const)("a packet-out whose data is a Buffer, version %s", async (version) => {
  const { sw, sent, peer } = agent();
  ends.push(() => sw.close());
  const controller = await peer(version);
  const data = buffered(tcp());
  const push = PacketOut.of({ bufferId: NO_BUFFER, data, actions: [to(2), version === 1 ? PopVlan.of() : setTo(9), to(3)] });
  const done = controller.tell(push);
  data.fill(0);
  expect(await done).toBe("done");
  expect(toHex(sent[0]![1])).toBe(toHex(tcp()));
  expect(toHex(sent[1]![1])).toBe(toHex(tcp(version === 1 ? {} : { ethDst: 9 })));
});

test("over ssl:, whose bytes come in Buffers, a packet-out sends each frame as its actions say", async () => {
  const { privateKey, certificate, caCert } = testPki(dir);
  const tls = new TlsIdentity({ privateKey, certificate, caCert });
  const { sw, sent } = agent();
  ends.push(() => sw.close());
  const listener: Listener = await listen("pssl:0:127.0.0.1", { tls, onStream: (stream: Stream) => void sw.attach(stream) });
  ends.push(() => listener.close());
  const controller = new Peer(connect(`ssl:127.0.0.1:${listener.name.split(":")[1]}`, { tls }), [4]);
  ends.push(() => controller.vconn.close());
  while (controller.vconn.state !== "connected") await settle();
  const packetOut = PacketOut.of({ data: tcp(), actions: [to(2), setTo(9), to(3), setTo(7), to(4)] });
  controller.vconn.send(packetOut);
  controller.vconn.send(packetOut);
  await controller.ask(BarrierRequest.of());
  const once = [
    [2, toHex(tcp())],
    [3, toHex(tcp({ ethDst: 9 }))],
    [4, toHex(tcp({ ethDst: 7 }))],
  ];
  expect(sent.map(([port, frame]) => [port, toHex(frame)])).toEqual([...once, ...once]);
});

test("frames that a user sends and gets are no Buffers", async () => {
  const [a, b] = [new Host({ name: "a", mac: 1, ip: 0x0a000001 }), new Host({ name: "b", mac: 2, ip: 0x0a000002 })];
  const cable = link(a.port, b.port);
  ends.push(() => cable.unplug());
  const got: Uint8Array[] = [];
  b.onFrame = (frame) => got.push(frame);
  a.port.send(buffered(tcp()));
  while (got.length === 0) await settle();
  expect(Object.getPrototypeOf(got[0])).toBe(Uint8Array.prototype);
  expect(toHex(got[0]!)).toBe(toHex(tcp()));
});

test.each([100, 200_000])("%s bytes in a Buffer that were given to a stream leave as they were then", async (size) => {
  const [near, far] = pipe();
  ends.push(() => near.destroy());
  let got = 0;
  let wrong = 0;
  far.pause();
  far.onChunk = (chunk, n) => {
    got += n;
    wrong += chunk.u8.subarray(0, n).filter((b) => b !== 0xaa).length;
  };
  const bytes = Buffer.alloc(size, 0xaa);
  outbox.send(near, bytes);
  bytes.fill(0);
  outbox.flush();
  far.resume();
  while (got < size) await settle();
  expect([got, wrong]).toEqual([size, 0]);
});
