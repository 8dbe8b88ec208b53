/** Printing within printing: what a caller's own code does while a message is printed changes nothing of it. */
import { expect, test } from "vitest";
import { apply, encodeMessage, FlowMod, Match, Output } from "../../../src/ofp/mod.js";
import { formatMatch, type Names, print, printBytes } from "../../../src/ofp/syntax/mod.js";

/** Names of ports that are found by printing something else first. */
class Naming extends Map<number, string> implements Names {
  readonly #print: () => void;

  constructor(print: () => void) {
    super();
    this.#print = print;
  }

  override get(port: number): string {
    this.#print();
    return `p${port}`;
  }
}

const match = Match.of({ inPort: 3, ethType: 0x0800, ipProto: 6, ipv4Src: 0x0a000001, tcpDst: 80, reg0: 7 });
const other = Match.of({ inPort: 9, ethType: 0x86dd, ipProto: 17, udpSrc: 53, reg1: 1, metadata: 5n });
const flow = FlowMod.of({ match, instructions: [apply(Output.of({ port: 4 }))] });

test.each([
  ["a match", () => formatMatch(other)],
  ["a message", () => print(FlowMod.of({ match: other }))],
  ["bytes that are refused", () => printBytes(encodeMessage(FlowMod.of({ match: Match.of({ tcpDst: 80 }) }), 4))],
])("%s printed within a match and a message leaves them as they are", (_what, within) => {
  const plain = new Map([
    [3, "p3"],
    [4, "p4"],
  ]);
  let times = 0;
  const portNames = new Naming(() => {
    within();
    times += 1;
  });
  expect(formatMatch(match, { portNames })).toBe(formatMatch(match, { portNames: plain }));
  expect(print(flow, { portNames })).toBe(print(flow, { portNames: plain }));
  expect(printBytes(encodeMessage(flow, 4), { portNames })).toBe(printBytes(encodeMessage(flow, 4), { portNames: plain }));
  expect(times).toBeGreaterThan(3);
});

test("a name that cannot be found leaves printing usable", () => {
  const portNames = new Naming(() => {
    throw new Error("no such port");
  });
  expect(() => formatMatch(match, { portNames })).toThrow("no such port");
  expect(formatMatch(other)).toBe(formatMatch(other));
  expect(formatMatch(match)).toContain("nw_src=10.0.0.1");
});
