import { apply, type Instruction, Match, type MatchInit, Output, OXM, type OxmField } from "../../src/ofp/mod.js";
import { FlowKey } from "../../src/packet/mod.js";
import { compileFlow, type FlowInit, packKey, WORDS } from "../../src/switch/mod.js";
import { Packet } from "../../src/switch/packet/packet.js";
import { placeOf, putValue } from "../../src/switch/packet/places.js";

/** The instruction to send out of ports. */
export const out = (...ports: number[]): Instruction[] => [apply(...ports.map((port) => Output.of({ port })))];

/** What a flow is made from, with defaults. */
export function flow(match: MatchInit | Match, init: Partial<Omit<FlowInit, "match" | "program">> = {}): FlowInit {
  const made = match instanceof Match ? match : Match.of(match);
  const instructions = init.instructions ?? out(1);
  return {
    match: made,
    priority: 100,
    cookie: 0n,
    idleTimeout: 0,
    hardTimeout: 0,
    flags: 0,
    ...init,
    instructions,
    program: compileFlow(made, instructions, { version: 4, tableId: 0, tables: 1 }),
  };
}

/** The words of a packet with these fields. */
export function wordsOf(fields: Partial<FlowKey>, metadata = 0n): Int32Array {
  const words = new Int32Array(WORDS);
  packKey(Object.assign(new FlowKey(), fields), words);
  putValue(words, placeOf(OXM.inPort as OxmField)!, fields.inPort ?? 0);
  putValue(words, placeOf(OXM.metadata as OxmField)!, metadata);
  return words;
}

/** The words of a frame. */
export function wordsOfFrame(frame: Uint8Array, inPort: number): Int32Array {
  return new Packet(frame, inPort).words();
}
