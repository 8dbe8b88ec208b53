/** Objects in one line for people: `String(x)` and `console.log(x)`. */
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import { Controller, type Datapath } from "../../src/controller/mod.js";
import { nameOf } from "../../src/errors/mod.js";
import {
  apply,
  decodeMessage,
  encodeMessage,
  FlowMod,
  FlowModCommand,
  FlowModFlags,
  FlowRemovedReason,
  FlowStats,
  Match,
  Output,
  OutputReg,
  oxmOf,
  PacketIn,
  PortNo,
  SetField,
  Subfield,
} from "../../src/ofp/mod.js";
import { parseEthernet } from "../../src/packet/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { Switch } from "../../src/switch/mod.js";
import { Vconn } from "../../src/vconn/mod.js";

test("a message shows what does not have its initial value", () => {
  const m = FlowMod.of({
    priority: 5,
    command: FlowModCommand.Delete,
    flags: FlowModFlags.SendFlowRem,
    match: Match.of({ ethDst: "00:11:22:33:44:55", ipv4Dst: "10.0.0.0/8", ethType: 0x800 }),
    instructions: [apply(Output.of({ port: PortNo.Controller }))],
  });
  const line =
    "FlowMod { command: Delete, priority: 5, flags: SendFlowRem, match: { ethDst: 00:11:22:33:44:55, ethType: 0x800, ipv4Dst: 10.0.0.0/255.0.0.0 }, instructions: [ApplyActions { actions: [Output { port: CONTROLLER }] }] }";
  expect(String(m)).toBe(line);
  expect(inspect(m)).toBe(line);
  expect(inspect(m.match)).toBe("Match { ethDst: 00:11:22:33:44:55, ethType: 0x800, ipv4Dst: 10.0.0.0/255.0.0.0 }");
  expect(String(new FlowMod())).toBe("FlowMod {}");
  expect(String(FlowMod.maker("priority")({ priority: 3 }))).toBe("FlowMod { priority: 3 }");
});

test("what was received shows its bytes in short, and those that were given back without throwing", () => {
  const chunk = new Chunk(encodeMessage(PacketIn.of({ match: Match.of({ inPort: 3 }), data: new Uint8Array(60) }), 4));
  const m = decodeMessage(chunk);
  expect(String(m)).toContain("match: { inPort: 3 }, data: 60 bytes 00000000000000000000000000000000… }");
  const late = decodeMessage(chunk);
  chunk.epoch += 1;
  expect(String(late)).toContain("match: (its bytes were given back), data: (its bytes were given back)");
});

test("what stands within a message or beside it is one line, too", () => {
  expect(String(SetField.of({ field: oxmOf({ ethDst: "00:11:22:33:44:55" }) }))).toBe("SetField { field: { ethDst: 00:11:22:33:44:55 } }");
  expect(inspect(oxmOf({ ipv4Dst: "10.0.0.0/8" }))).toBe("MatchEntry { ipv4Dst: 10.0.0.0/255.0.0.0 }");
  expect(inspect([Subfield.of("reg0", 0, 4), Subfield.of("ethSrc"), Subfield.of("reg1", 31, 1)])).toBe(
    "[ Field reg0[0..3], Field ethSrc, Field reg1[31] ]",
  );
  expect(String(OutputReg.of({ src: Subfield.of("reg0") }))).toBe("OutputReg { src: reg0 }");
  expect(inspect({ action: Output.of({ port: 3 }) })).toBe("{ action: Output { port: 3 } }");
  expect(inspect(Output)).toBe("class Output { port, maxLen }");
  expect(String(FlowStats.of({ packetCount: 17n, byteCount: 1000n, cookie: 16n }))).toBe(
    "FlowStats { cookie: 0x10, packetCount: 17, byteCount: 1000 }",
  );
});

test("a datapath, a controller, a connection and a switch are one line", async () => {
  const controller = new Controller();
  const made = new Switch({ datapathId: 7n });
  const listener = await controller.listen("ptcp:0:127.0.0.1");
  try {
    const up = new Promise<Datapath>((resolve) => controller.on("up", resolve));
    made.connect(listener.name.replace(/^ptcp:(\d+):(.*)$/, "tcp:$2:$1"));
    const dp = await up;
    expect(inspect(dp)).toBe(`Datapath ${dp}`);
    expect(inspect({ dp })).toMatch(/^\{ dp: Datapath 0000000000000007 \(OpenFlow 1\.\d, tcp:127\.0\.0\.1:\d+\) \}$/);
    expect(inspect(controller)).toBe("Controller controller (1 datapaths)");
    expect(inspect(made)).toBe("Switch 0000000000000007 (0 ports)");
  } finally {
    await made.close();
    await controller.close();
  }
  const vconn = new Vconn(pipe()[0]);
  expect(inspect(vconn)).toMatch(/^Vconn \S+ \(hello\)$/);
  vconn.destroy();
});

test("a value has its name", () => {
  expect(nameOf(FlowRemovedReason, FlowRemovedReason.HardTimeout)).toBe("HardTimeout");
  expect(nameOf(FlowRemovedReason, 99)).toBe("99");
});

test("messages and headers are decoded from bytes as well as from chunks", () => {
  const bytes = encodeMessage(FlowMod.of({ priority: 7 }), 4);
  expect(decodeMessage(bytes)).toEqual(decodeMessage(new Chunk(bytes)));
  const frame = Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 8, 0, 1, 2);
  expect(parseEthernet(frame)).toMatchObject({ dst: 1, src: 2 });
});
