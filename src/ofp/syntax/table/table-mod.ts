import { Chunk } from "../../../bytes/mod.js";
import { NOT_TOLD } from "../../flow/oxs.js";
import { TableConfig, TableDesc, TableEviction, type TableMod, TableReason } from "../../table/table-mod.js";
import { inBytes } from "../again.js";
import { ANY_TABLE } from "../flow/flow-words.js";
import { type Context, type TextOptions, versionOf } from "../options.js";
import { type Printers, statsBody } from "../printer.js";
import { eachProperty, hasSize, keepTypes, type RawProperty, reduceProperties } from "../properties.js";
import { tableText } from "../words.js";

const BAD_LEN = "OFPBRC_BAD_LEN";

const FLAG_WORDS: readonly (readonly [bit: number, word: string])[] = [
  [1, "OTHER"],
  [2, "IMPORTANCE"],
  [4, "LIFETIME"],
];

function evictionText(flags: number | undefined): string {
  if (flags === undefined || flags === NOT_TOLD) return "(default)";
  if (flags === 0) return "0";
  const words = FLAG_WORDS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word);
  const rest = (flags & ~7) >>> 0;
  if (rest !== 0) words.push(`0x${rest.toString(16)}`);
  return words.join("|");
}

const onOff = (config: number, bit: number): string => ((config & bit) === 0 ? "off" : "on");

/** What is done with packets that no flow matches, by the two bits of OpenFlow 1.1 and 1.2. */
export const missText = (config: number): string =>
  (config & 3) === TableConfig.MissContinue ? "continue" : (config & 3) === TableConfig.MissDrop ? "drop" : "controller";

/** The flags of a property of eviction; undefined without one. */
function evictionOf(t: TableMod | TableDesc): number | undefined {
  return t.evictionFlags !== 0 || t.properties.some((p) => TableEviction.is(p)) ? t.evictionFlags : undefined;
}

/** The words of Open vSwitch for what it reads of eviction. It takes the flags of the property for whether flows are evicted. */
const EVICTION_WORDS = ["", "on", "off"] as const;

function modText(m: TableMod, c: Context): string {
  let text = m.tableId === ANY_TABLE ? " table_id: ALL_TABLES" : ` table_id=${tableText(m.tableId, c)}`;
  if (c.version === 2 || c.version === 3) text += `, flow_miss_config=${missText(m.config)}`;
  if (c.version < 5) return text;
  const flags = evictionOf(m);
  if (flags === undefined) text += `, eviction=${onOff(m.config, TableConfig.Eviction)}`;
  else if (flags !== 0) text += `, eviction=${EVICTION_WORDS[flags] ?? "***error***"}`;
  text += `, vacancy=${onOff(m.config, TableConfig.VacancyEvents)}`;
  return (m.config & TableConfig.VacancyEvents) === 0 ? text : `${text} vacancy:${m.vacancyDown},${m.vacancyUp}`;
}

/** How a table is configured, as `ovs-ofctl dump-table-desc` has it: three lines, the first with a newline before it. */
export function formatTableDesc(t: TableDesc, o: TextOptions = {}): string {
  const version = versionOf(o);
  let text = `\n  table ${tableText(t.tableId, o)}:\n   eviction=${onOff(t.config, TableConfig.Eviction)} eviction_flags=`;
  text += `${evictionText(evictionOf(t))}\n   vacancy=${onOff(t.config, TableConfig.VacancyEvents)}`;
  if (version >= 5 && (t.config & TableConfig.VacancyEvents) !== 0)
    text += ` vacancy_down=${t.vacancyDown}% vacancy_up=${t.vacancyUp}% vacancy=${t.vacancy}%`;
  return `${text}\n`;
}

const EVICTION = 2;
const VACANCY = 3;
const SIZE = "OFPBPC_BAD_LEN";
const VALUE = "OFPBPC_BAD_VALUE";

function modProperty(c: Chunk, x: RawProperty): string | undefined {
  if (x.experimenter !== 0 || (x.type !== EVICTION && x.type !== VACANCY)) return "OFPBRC_BAD_TYPE";
  if (!hasSize(x, 4)) return SIZE;
  if (x.type === EVICTION) return undefined;
  const down = c.u8[x.at]!;
  const up = c.u8[x.at + 1]!;
  return down > up || up > 100 || c.u8[x.at + 2] !== 0 ? VALUE : undefined;
}

const modFault = (c: Chunk, version: number): string | undefined =>
  version < 5 ? undefined : eachProperty(c, 16, c.u8.length, (x) => modProperty(c, x));

/** What is wrong with the description of a table at `p`. */
function descFault(c: Chunk, p: number): string | undefined {
  const end = c.u8.length;
  if (end - p < 8) return BAD_LEN;
  const length = c.dv.getUint16(p);
  if (length < 8 || length > end - p) return BAD_LEN;
  return eachProperty(c, p + 8, p + length, (x) =>
    x.experimenter === 0 && (x.type === EVICTION || x.type === VACANCY) && !hasSize(x, 4) ? SIZE : undefined,
  );
}

const HOLDER = { header: 8, lengthAt: 0 } as const;

const reduceDescs = (chunk: Chunk): Chunk =>
  reduceProperties(chunk, 16, HOLDER, (p) => descFault(chunk, p), keepTypes(chunk, EVICTION, VACANCY));

const REASON_WORDS: Readonly<Record<number, string>> = {
  [TableReason.VacancyDown]: "VACANCY_DOWN",
  [TableReason.VacancyUp]: "VACANCY_UP",
};

const refuseDesc = (t: unknown, c: Context): string | undefined =>
  inBytes(TableDesc, t as TableDesc, c.version, (chunk) => descFault(chunk, 0));

/** What Open vSwitch says of a message without a table. */
const INVALID = "<invalid>";

function statusFault(c: Chunk): string | undefined {
  if (!(c.u8[8]! in REASON_WORDS)) return VALUE;
  return c.u8.length === 16 ? INVALID : descFault(c, 16);
}

/** The messages about how tables are configured. */
export const TABLE_MOD_PRINTERS: Printers<"table-mod" | "table-status" | "table-desc-request" | "table-desc-reply"> = {
  "table-mod": {
    text: modText,
    refuse: (_m, c) => modFault(new Chunk(c.raw()), c.version),
    diagnose: (chunk, c) => modFault(chunk, c.version),
  },
  "table-status": {
    text: (m, c) => ` reason=${REASON_WORDS[m.reason] ?? m.reason}\ntable_desc:-${formatTableDesc(m.table, c)}`,
    refuse: (_m, c) => statusFault(new Chunk(c.raw())),
    diagnose: statusFault,
    reduce: reduceDescs,
  },
  "table-desc-request": { text: () => "" },
  "table-desc-reply": {
    text: (m, c) => m.tables.map((t) => formatTableDesc(t, c)).join(""),
    reduce: reduceDescs,
    items: { field: "tables", element: TableDesc, at: statsBody, refuse: refuseDesc, diagnose: descFault },
  },
};
