import { Writer } from "southbound/bytes";
import { apply, encodeInto, FlowMod, FlowModCommand, Match, Output } from "southbound/ofp";

const ROUNDS = 1500;
const FLOW: readonly Readonly<Record<string, number>>[] = [
  { hardTimeout: 9 },
  { priority: 1 },
  { flags: 1 },
  { idleTimeout: 3 },
  { bufferId: 7 },
  { xid: 5 },
];
const MATCH: readonly Readonly<Record<string, number>>[] = [
  { inPort: 1 },
  { ethSrc: 2 },
  { ethType: 0x0800, ipProto: 6 },
  { vlanVid: 0x1001 },
  { ethDst: 3 },
  { ethType: 0x0800, ipv4Dst: 4 },
];

/**
 * What other users of the library in one process do to the engine's type feedback: literals of many shapes through the shared constructors and encoders.
 * Measuring without it flatters: a figure that holds only while one call site has the library to itself is of no use to a real program.
 */
export function noise(): void {
  const writer = new Writer(4096);
  for (let round = 0; round < ROUNDS; round++) {
    for (let shape = 1; shape < 32; shape++) {
      const chosen = (_: unknown, i: number): boolean => ((shape * 37) >> i) % 2 !== 0;
      const m = FlowMod.of({
        ...Object.assign({}, ...FLOW.filter(chosen)),
        command: FlowModCommand.Modify,
        cookie: BigInt(shape),
        match: Match.of(Object.assign({}, ...MATCH.filter(chosen))),
        instructions: [apply(Output.of({ port: shape }))],
      });
      encodeInto(writer, m, 1);
      encodeInto(writer, m, 4);
    }
  }
}
