import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import { TlvMap, TlvTableCommand, TlvTableMod } from "../../tlv-table.js";
import { chooseProtocol, WITH_OXM } from "../parse/protocols.js";
import { Scanner } from "../parse/scan.js";
import { refuse } from "../parse/syntax-fault.js";

/** What the text of maps is for. */
export type TlvMapsCommand = "add" | "delete";

/** How the text of maps is read. */
export interface TlvMapsOptions {
  /** `add` unless given. */
  readonly command?: TlvMapsCommand | undefined;
  /** 4 (OpenFlow 1.3) unless given. In OpenFlow 1.1 no flow matches on the options of tunnels, and the text is refused. */
  readonly version?: Version | undefined;
}

/** What {@link TlvMapsOptions} has, for its check. */
export const TLV_MAPS_OPTIONS: OptionTable<TlvMapsOptions> = { command: ["add", "delete"], version: "number" };

const COMMANDS: Readonly<Record<TlvMapsCommand, number>> = { add: TlvTableCommand.Add, delete: TlvTableCommand.Delete };

/** What stands before each number of a map, and the bits that it has. */
const PIECES = [
  ["optionClass", "{class=", 16],
  ["optionType", ",type=", 8],
  ["optionLen", ",len=", 8],
  ["index", "}->tun_metadata", 16],
] as const;

/** Reads one map. */
function readMap(scanner: Scanner): TlvMap {
  const map = TlvMap.of({});
  for (const [member, before, bits] of PIECES) {
    const value = scanner.literal(before) ? scanner.integer(0, bits) : undefined;
    map[member] = value ?? refuse("invalid tlv mapping", scanner.at);
  }
  return map;
}

/**
 * The change of a tunnel's options by a text such as `{class=0xffff,type=0,len=4}->tun_metadata0`, several with commas between, in the words of `ovs-ofctl` (its section Tunnel Metadata Options). An empty
 * text stands for no map; with the command `delete` no text at all has all maps deleted.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export function parseTlvMaps(text: string | undefined, o: TlvMapsOptions = {}): TlvTableMod {
  checkOptions("parseTlvMaps", o, TLV_MAPS_OPTIONS);
  const maps: TlvMap[] = [];
  const { command = "add" } = o;
  if (text === undefined) {
    if (command === "add") refuse("invalid tlv mapping", 0);
    chooseProtocol(WITH_OXM, o.version ?? 4);
    return TlvTableMod.of({ command: TlvTableCommand.Clear });
  }
  for (const scanner = new Scanner(text); !scanner.atEnd; ) {
    scanner.literal(",");
    maps.push(readMap(scanner));
  }
  chooseProtocol(WITH_OXM, o.version ?? 4);
  return TlvTableMod.of({ command: COMMANDS[command], maps });
}

/** The text of maps as {@link parseTlvMaps} reads it. */
export const formatTlvMaps = (maps: readonly TlvMap[]): string =>
  maps
    .map((m) => `{class=0x${m.optionClass.toString(16)},type=0x${m.optionType.toString(16)},len=${m.optionLen}}->tun_metadata${m.index}`)
    .join(",");
