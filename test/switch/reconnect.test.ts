import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FeaturesRequest } from "../../src/ofp/mod.js";
import { connect, listen, type Stream } from "../../src/stream/mod.js";
import { Switch } from "../../src/switch/mod.js";
import { until } from "../until.js";
import { ManualClock } from "./clock.js";
import { Peer } from "./peer.js";

const dir = mkdtempSync(join(tmpdir(), "southbound-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("a controller that is not there is tried again after 1, 2, 4, 8, 8 s, and once it was there after 1 s", async () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const sw = new Switch({ datapathId: 1n, clock, log: (_level, text) => lines.push(text) });
  const file = join(dir, "c.sock");
  sw.connect(`unix:${file}`);
  sw.connect(`unix:${file}`);
  const pauses = () => lines.flatMap((l) => /waiting (\S+) seconds/.exec(l)?.[1] ?? []);
  for (const [i, pause] of [1, 2, 4, 8, 8].entries()) {
    await until(() => pauses().length === i + 1);
    expect(pauses().at(-1)).toBe(String(pause));
    if (i < 4) clock.advance(pause * 1000);
  }
  const peers: Peer[] = [];
  const streams: Stream[] = [];
  const listener = await listen(`punix:${file}`, {
    onStream: (stream) => {
      streams.push(stream);
      peers.push(new Peer(stream, [4]));
    },
  });
  clock.advance(8000);
  await until(() => peers[0]?.vconn.state === "connected");
  expect(await peers[0]!.ask(FeaturesRequest.of())).toMatchObject({ datapathId: 1n });
  expect(sw.connections.map((c) => [c.kind, c.isUp])).toEqual([["controller", true]]);
  clock.advance(20_000);
  streams[0]!.destroy();
  await until(() => pauses().length === 6);
  expect(pauses().at(-1)).toBe("1");
  clock.advance(1000);
  await until(() => peers[1]?.vconn.state === "connected");
  await sw.disconnect(`unix:${file}`);
  await until(() => peers[1]!.closed);
  expect(sw.connections).toEqual([]);
  await listener.close();
  await sw.close();
  expect(clock.alarms.size).toBe(0);
});

test("a tool connects to the switch's own place, which goes with the switch", async () => {
  const sw = new Switch({ datapathId: 7n });
  const listener = await sw.listen(`punix:${join(dir, "s.mgmt")}`);
  const peer = new Peer(connect(`unix:${join(dir, "s.mgmt")}`), [1, 4]);
  await until(() => peer.vconn.state === "connected");
  expect(peer.vconn.version).toBe(4);
  expect(await peer.ask(FeaturesRequest.of())).toMatchObject({ datapathId: 7n });
  expect(sw.connections.map((c) => c.kind)).toEqual(["service"]);
  await sw.close();
  await listener.closed;
  await until(() => peer.closed);
});
