/** What a peer can do to a switch with a full table, each beside a neighbour that must lose nothing. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  apply,
  DescRequest,
  encodeMessage,
  FlowMod,
  FlowModCommand,
  FlowModFlags,
  FlowStatsRequest,
  Match,
  type Message,
  masked,
  Output,
  PacketOut,
  PortNo,
  TableFeaturesRequest,
} from "../../src/ofp/mod.js";
import { scaled } from "../soak.js";
import { frame, joined, type RawPeer, rawPeer, type Server, startServer } from "./neighbour.js";

const FLOWS = 65_536;
const HELLO = frame(4, 0, 1);
/** The first flow's destination: see server-program.ts. */
const FIRST = 0x020000000000;

const bytesOf = (m: Message): Uint8Array => encodeMessage(m, 4).slice();
const times = (n: number, make: (i: number) => Uint8Array): Uint8Array => joined(Array.from({ length: n }, (_, i) => make(i)));
const add = (init: Parameters<typeof FlowMod.of>[0] = {}): Uint8Array =>
  bytesOf(FlowMod.of({ priority: 1, instructions: [apply(Output.of({ port: 2 }))], ...init }));

let server: Server;
let peers: RawPeer[] = [];

const peer = async (options: { readonly deaf?: boolean } = {}): Promise<RawPeer> => {
  const made = await rawPeer(server.port, options);
  peers.push(made);
  await made.say(HELLO);
  return made;
};

beforeAll(async () => {
  server = await startServer({ kind: "switch", flows: FLOWS });
}, 120_000);
afterEach(() => {
  for (const made of peers) made.destroy();
  peers = [];
});
afterAll(() => server?.close());

/** Sends an attack once from each of some peers that read what comes, and waits until the neighbour was answered often enough. */
const sends = (name: string, bytes: () => Uint8Array, n = 1, deaf = false) =>
  test(name, async () => {
    const report = await server.beside(
      name,
      async () => {
        const all = await Promise.all(Array.from({ length: n }, () => peer({ deaf })));
        // not awaited: a peer whose requests wait is not read
        for (const made of all) void made.say(bytes());
      },
      { answers: scaled(800) },
    );
    expect(report.lost).toBe(0);
    const { rss } = await server.status();
    expect(rss).toBeLessThan(700e6);
  });

const dump = bytesOf(FlowStatsRequest.of({ tableId: 0xff }));
sends("20 dumps in one write", () => times(20, () => dump));
sends("200 dumps in one write from each of four", () => times(200, () => dump), 4);
sends("200 dumps for a peer that reads nothing", () => times(200, () => dump), 2, true);
sends(
  "descriptions and table features for a peer that reads nothing",
  () => times(2000, (i) => bytesOf(i % 2 === 0 ? DescRequest.of() : TableFeaturesRequest.of())),
  4,
  true,
);
sends(
  "additions that look for overlaps, each with another mask",
  () =>
    times(800, (i) => add({ flags: FlowModFlags.CheckOverlap, match: Match.of({ ethType: 0x0800, ipv4Dst: masked(0xffffffff, i + 1) }) })),
  2,
);
sends("malformed flow-mods", () => times(2000, () => frame(4, 14, 9, new Uint8Array(48).fill(0xff))));
sends("requests that are refused", () => times(8192, () => frame(4, 77, 9)), 2);
sends("modifications of all flows by a mask", () =>
  times(200, (i) =>
    add({
      command: FlowModCommand.Modify,
      match: Match.of({ ethDst: masked(FIRST, 0xff0000000000) }),
      instructions: [apply(Output.of({ port: 1 + (i % 2) }))],
    }),
  ),
);
sends("packet-outs of two thousand floods", () =>
  times(40, () =>
    bytesOf(
      PacketOut.of({
        inPort: 1,
        data: new Uint8Array(1000),
        actions: Array.from({ length: 1900 }, () => Output.of({ port: PortNo.Flood })),
      }),
    ),
  ),
);

test("flow-removed for a peer that reads nothing", async () => {
  const flags = FlowModFlags.SendFlowRem;
  const report = await server.beside(
    "flow-removed",
    async (until) => {
      const deaf = await peer({ deaf: true });
      const busy = await peer();
      void deaf.say(frame(4, 20, 7));
      // 65,536 flows would be over the limit of the table, which is full: what is there goes first
      await busy.say(bytesOf(FlowMod.of({ command: FlowModCommand.Delete, tableId: 0xff })));
      while (!until()) {
        await busy.say(times(2000, (i) => add({ flags, match: Match.of({ ethSrc: i }) })));
        const before = busy.received;
        await busy.say(joined([bytesOf(FlowMod.of({ command: FlowModCommand.Delete, tableId: 0 })), frame(4, 20, 8)]));
        await busy.heard(before + 2000 * 50);
      }
    },
    { answers: scaled(800) },
  );
  expect(report.lost).toBe(0);
  const { rss, lines } = await server.status();
  expect(rss).toBeLessThan(700e6);
  expect(lines.filter((l) => l.includes("flow-removed and port-status are dropped")).length).toBeLessThan(5);
});
