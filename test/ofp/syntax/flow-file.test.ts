/** Files of flows of which nothing is kept but their flow-mods. */
import { expect, test } from "vitest";
import { Chunk } from "../../../src/bytes/mod.js";
import { encodeMessage, FlowMod, messageCodec } from "../../../src/ofp/mod.js";
import { FlowFile, FlowText, firstProtocol, Protocol, SyntaxFault, versionOfProtocol } from "../../../src/ofp/syntax/mod.js";

const LINES = [
  "table=1,priority=7,tcp,nw_dst=10.0.0.0/8,tp_dst=80 actions=output:1",
  "ipv6,ipv6_dst=2001::/16,actions=mod_dl_dst:02:00:00:00:00:01,output:2",
  "reg3=0x5/0xff,actions=load:1->NXM_NX_REG0[],resubmit(,2)",
  "actions=write_metadata:1,goto_table:3",
];
const text = (lines: readonly string[]): string => `# a comment\n\n${lines.join(" # behind it\n")}\n`;

/** The bytes that each line has for itself. */
const alone = (lines: readonly string[], protocol: number): Uint8Array[] =>
  lines.map((line) => encodeMessage(new FlowText(line, { command: "add" }).mod(protocol), versionOfProtocol(protocol)));

for (const [name, guess] of Object.entries({ right: Protocol.OpenFlow13, wrong: Protocol.OpenFlow10, none: 0 })) {
  test(`with a guess that is ${name} the bytes are those of each line`, () => {
    const file = new FlowFile(text(LINES), { command: "add", guess: (protocols) => (protocols & guess ? guess : 0) });
    expect([...file.mods(Protocol.OpenFlow13).each()]).toEqual(alone(LINES, Protocol.OpenFlow13));
    expect([...file.mods(Protocol.OpenFlow15).each()]).toEqual(alone(LINES, Protocol.OpenFlow15));
  });
}

test("the protocols are those of all lines, and each line is shown once", () => {
  const seen: number[] = [];
  const file = new FlowFile(text(LINES), { command: "add", guess: firstProtocol, onFlow: (flow) => void seen.push(flow.priority) });
  expect(file.protocols).toBe(LINES.map((line) => new FlowText(line, { command: "add" }).protocols).reduce((a, b) => a & b));
  file.mods(Protocol.OpenFlow14);
  expect(seen).toEqual([7, 32768, 32768, 32768]);
});

test("a wrong line is refused by its number, even behind one that the guessed version cannot say", () => {
  const lines = ["priority=1,actions=drop", "importance=1,actions=dropp"];
  const read = () => new FlowFile(text(lines), { command: "add", file: "flows", guess: firstProtocol });
  expect(read).toThrow(SyntaxFault);
  expect(read).toThrow(/^flows:4: /);
});

test("messages come back from the list as they went in", () => {
  const mods = new FlowFile(text(LINES), { command: "add" }).mods(Protocol.OpenFlow13);
  expect(mods.length).toBe(4);
  expect(mods.at(4)).toBeUndefined();
  expect(mods.at(-1)).toBeUndefined();
  const chunk = new Chunk(mods.bytes(3));
  expect(FlowMod.is(messageCodec(4).decode(chunk, 0, chunk.u8.length))).toBe(true);
  expect([...mods].map((m) => m.bytes)).toEqual([...mods.each()]);
});
