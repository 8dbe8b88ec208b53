import { checkOptions } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import { PortConfig } from "../../port/port.js";
import { PortMod } from "../../port/port-mod.js";
import { PortNo } from "../../port/port-no.js";
import { readPort } from "../parse/name.js";
import { SYNTAX_OPTIONS, type SyntaxOptions, VERSION_OPTION } from "../parse/options.js";
import { refuse, refuseName } from "../parse/syntax-fault.js";

/** A word for how a port behaves, the bit that it stands for, and whether it sets the bit. */
const WORDS: ReadonlyMap<string, readonly [bit: number, sets: boolean]> = new Map([
  ["up", [PortConfig.PortDown, false]],
  ["down", [PortConfig.PortDown, true]],
  ["stp", [PortConfig.NoStp, false]],
  ["receive", [PortConfig.NoRecv, false]],
  ["receive-stp", [PortConfig.NoRecvStp, false]],
  ["flood", [PortConfig.NoFlood, false]],
  ["forward", [PortConfig.NoFwd, false]],
  ["packet-in", [PortConfig.NoPacketIn, false]],
]);

/** The bits that there are since OpenFlow 1.1. */
const SINCE_11 = PortConfig.PortDown | PortConfig.NoRecv | PortConfig.NoFwd | PortConfig.NoPacketIn;

/** The port whose behaviour is changed. */
export interface PortToModify {
  /** The number, as a port's description has it. */
  readonly portNo: number;
  /** The Ethernet address, which has to be the port's own. */
  readonly hwAddr: number;
}

/**
 * The port-mod that a word such as `down`, `no-flood` or `packet-in` stands for, in the words of `ovs-ofctl mod-port`. OpenFlow 1.1 and later have nothing of the spanning tree and of flooding: there such a word
 * changes nothing, as in Open vSwitch.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export function parsePortMod(word: string, { portNo, hwAddr }: PortToModify, o: { readonly version?: Version } = {}): PortMod {
  checkOptions("parsePortMod", o, VERSION_OPTION);
  const [, no, name] = /^(no-?)?(.*)$/is.exec(word)!;
  const [bit, sets] = WORDS.get(name!.toLowerCase()) ?? refuseName(`unknown mod-port command '${word}'`, name!, WORDS.keys(), 0);
  const mask = (o.version ?? 4) === 1 ? bit : bit & SINCE_11;
  return PortMod.of({ portNo, hwAddr, mask, config: sets !== (no !== undefined) ? mask : 0 });
}

/**
 * A port by its number, a reserved word in any case, or its name, as the arguments of `ovs-ofctl` have it.
 * @throws SyntaxFault `ERR_SYNTAX` for another text
 */
export const parsePort = (text: string, o: SyntaxOptions = {}): number => {
  checkOptions("parsePort", o, SYNTAX_OPTIONS);
  return readPort(text, o) ?? refuse(`unknown port \`${text}'`, 0);
};

/** The port of an argument that may be missing or `all`, which stand for any port. */
export const portOrAny = (text: string | undefined, o: SyntaxOptions): number =>
  text === undefined || text === "" || text.toLowerCase() === "all" ? PortNo.Any : parsePort(text, o);
