/** Matches that no switch takes are refused where they are sent, unless the controller leaves that to the switches. */
import { afterEach, expect, test } from "vitest";
import { Controller, type Datapath } from "../../src/controller/mod.js";
import { apply, FlowMod, FlowModCommand, FlowStatsRequest, Match, Output, PacketOut } from "../../src/ofp/mod.js";
import { thrown } from "../schema/helpers.js";
import { FakeSwitch } from "./fake-switch.js";

let controller: Controller;
afterEach(() => controller.close());

async function datapath(prerequisites?: "strict" | "loose"): Promise<Datapath> {
  controller = new Controller({ prerequisites });
  const up = new Promise<Datapath>((resolve) => controller.on("up", resolve));
  await new FakeSwitch(controller).setUp();
  return up;
}

const flow = (match: Match): FlowMod => FlowMod.of({ match, instructions: [apply(Output.of({ port: 1 }))] });

test("a field without the one that it depends on is refused, and the error names what to add", async () => {
  const dp = await datapath();
  const e = thrown(() => dp.send(flow(Match.of({ tcpDst: 80 }))));
  expect([e.code, e.message]).toEqual([
    "ERR_USAGE",
    'flow-mod: the match has tcpDst without what it depends on: add ethType: 0x0800 or 0x86dd, ipProto: 6, or send it as it is with the controller\'s option prerequisites: "loose"',
  ]);
  expect(thrown(() => dp.send(flow(Match.of({ ethType: 0x0800, tcpDst: 80 })))).message).toContain("add ipProto: 6,");
  expect(
    thrown(() => dp.send(FlowMod.of({ command: FlowModCommand.Delete, match: Match.of({ ipv4Dst: "10.0.0.0/8" }) }))).message,
  ).toContain("add ethType: 0x0800,");
  await expect(dp.batch([flow(Match.of({ inPort: 1 })), flow(Match.of({ tcpDst: 80 }))])).rejects.toThrow(/^request 1, flow-mod: /);
  await expect(dp.query(FlowStatsRequest.of({ match: Match.of({ ipProto: 6 }) }))).rejects.toMatchObject({ code: "ERR_USAGE" });
});

test("good matches, shapes, what makers make, and other messages are sent, and all of them where the controller is loose", async () => {
  const dp = await datapath();
  for (const m of [
    flow(Match.of({ ethType: 0x0800, ipProto: 6, tcpDst: 80 })),
    flow(Match.of()),
    flow(Match.maker("tcpDst")({ tcpDst: 80 })),
    FlowMod.maker("match")({ match: Match.of({ tcpDst: 80 }) }),
    PacketOut.of({ actions: [Output.of({ port: 1 })] }),
  ])
    expect(dp.send(m)).toBeGreaterThan(0);
  await controller.close();
  const loose = await datapath("loose");
  expect(loose.send(flow(Match.of({ tcpDst: 80 })))).toBeGreaterThan(0);
  expect(thrown(() => new Controller({ prerequisites: "lose" as never })).message).toBe(
    'Controller: prerequisites is "lose"; accepted is "strict", "loose"',
  );
});
