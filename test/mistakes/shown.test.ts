/** Objects in one line for people: `String(x)` and `console.log(x)`. */
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Chunk } from "../../src/bytes/mod.js";
import { nameOf } from "../../src/errors/mod.js";
import {
  apply,
  decodeMessage,
  encodeMessage,
  FlowMod,
  FlowModCommand,
  FlowModFlags,
  FlowRemovedReason,
  Match,
  Output,
  PacketIn,
  PortNo,
} from "../../src/ofp/mod.js";
import { parseEthernet } from "../../src/packet/mod.js";

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
