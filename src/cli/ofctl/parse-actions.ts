import { Chunk } from "../../bytes/mod.js";
import { checkInstructionsFor, OPEN_VSWITCH } from "../../ofp/check/mod.js";
import { ACTIONS, type Action, ANY_PACKET, apply, INSTRUCTIONS, type Instruction } from "../../ofp/mod.js";
import {
  actionsFault,
  formatActions,
  formatInstructions,
  instructionsFault,
  resentActions,
  resentInstructions,
} from "../../ofp/syntax/mod.js";
import { type Element, listKind, VERSIONS, type Version, versionName } from "../../schema/mod.js";
import { Fatal } from "./fatal.js";
import { differences, hexBytes, inputLines, type Run, write } from "./settings.js";

const ACTION_LIST = listKind(ACTIONS as Element<Action>);
const INSTRUCTION_LIST = listKind(INSTRUCTIONS as Element<Instruction>);

const MAX_LENGTH = 0x20000;

const NAMES = new Map(VERSIONS.map((v) => [`openflow${versionName(v).replace(".", "")}`, v]));

/** The version that a name such as `OpenFlow13` stands for. */
function versionOf(name: string): Version {
  const version = NAMES.get(name.toLowerCase());
  if (version === undefined) throw new Fatal(`${name}: not a valid OpenFlow version`);
  return version;
}

const wrong = (name: string, what: string, fault: string): void => write(`bad ${name} ${what}: ${fault}\n\n`);

/** What each line of input says: bytes, and before a comma the table that they are for. */
async function* inputs(): AsyncGenerator<readonly [table: number, bytes: Uint8Array], void, undefined> {
  for (const text of await inputLines()) {
    const comma = text.indexOf(",");
    const table = (Number.parseInt(text.slice(0, Math.max(comma, 0)), 10) || 0) & 0xff;
    yield [table, hexBytes(text.slice(comma + 1), "Trailing garbage in hex data")];
  }
}

function encoded(put: (c: Chunk) => number): Uint8Array {
  const c = new Chunk(MAX_LENGTH);
  return c.u8.slice(0, put(c));
}

/** Prints lists of actions, and what changes when Open vSwitch reads and writes them. */
export const parseActions: Run = async ([name = ""], { connection: { log } }) => {
  const version = versionOf(name);
  const codec = ACTION_LIST.codec(version, "specialised");
  for await (const [, bytes] of inputs()) {
    const c = new Chunk(bytes);
    const whole = bytes.length > 0 && bytes.length % 8 === 0;
    const fault = whole ? actionsFault(c, 0, bytes.length, version, log.note) : "OFPBRC_BAD_LEN";
    if (fault !== undefined) {
      wrong(name, "actions", fault);
      continue;
    }
    const actions = codec.decode(c, 0, bytes.length);
    const again = encoded((out) => codec.encode(out, 0, resentActions(actions, version)));
    write(`actions=${formatActions(actions, { version })}\n${differences("", bytes, again)}\n`);
  }
};

/** Prints lists of instructions, and what changes when Open vSwitch reads and writes them. */
export const parseInstructions: Run = async ([name = ""], { connection: { log } }) => {
  const version = versionOf(name);
  const codec = INSTRUCTION_LIST.codec(version === 1 ? 4 : version, "specialised");
  const actionCodec = ACTION_LIST.codec(version, "specialised");
  for await (const [table, bytes] of inputs()) {
    const c = new Chunk(bytes);
    const read = (): readonly Instruction[] =>
      version === 1 ? [apply(...actionCodec.decode(c, 0, bytes.length))] : codec.decode(c, 0, bytes.length);
    const none = version === 1 ? "OFPBRC_BAD_LEN" : "OFPBIC_BAD_LEN";
    const fault =
      bytes.length === 0
        ? none
        : (instructionsFault(c, 0, bytes.length, version, log.note) ??
          checkInstructionsFor(ANY_PACKET, read(), table, version, OPEN_VSWITCH)?.error);
    if (fault !== undefined) {
      wrong(name, "instructions", fault);
      continue;
    }
    const instructions = read();
    const resent = resentInstructions(instructions, version);
    const again = encoded((out) =>
      version === 1
        ? actionCodec.encode(
            out,
            0,
            resent.flatMap((i) => ("actions" in i ? i.actions : [])),
          )
        : codec.encode(out, 0, resent),
    );
    write(`actions=${formatInstructions(instructions, { version })}\n${differences("", bytes, again)}\n`);
  }
};
