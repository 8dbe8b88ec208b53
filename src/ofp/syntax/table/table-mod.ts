import { checkOptions } from "../../../errors/mod.js";
import { NOT_TOLD } from "../../flow/oxs.js";
import { TableConfig, TableDesc, TableEviction, type TableMod, TableReason } from "../../table/table-mod.js";
import { ANY_TABLE } from "../flow/flow-words.js";
import { type Context, TEXT_OPTIONS, type TextOptions, versionOf } from "../options.js";
import { type Printers, statsBody } from "../printer.js";
import { tableText } from "../words.js";

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

/** What is done with packets that no flow matches, by the two bits of OpenFlow 1.1 and 1.2; the first is for no other bits. */
export const MISS_WORDS: readonly (readonly [config: number, word: string])[] = [
  [0, "controller"],
  [TableConfig.MissContinue, "continue"],
  [TableConfig.MissDrop, "drop"],
];

const MISS_BITS = 3;

/** The word for what is done with packets that no flow matches. */
export const missText = (config: number): string => (MISS_WORDS.find(([bits]) => bits === (config & MISS_BITS)) ?? MISS_WORDS[0]!)[1];

/** The flags of a property of eviction; undefined without one. */
export function evictionOf(t: TableMod | TableDesc): number | undefined {
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
  checkOptions("formatTableDesc", o, TEXT_OPTIONS);
  const version = versionOf(o);
  let text = `\n  table ${tableText(t.tableId, o)}:\n   eviction=${onOff(t.config, TableConfig.Eviction)} eviction_flags=`;
  text += `${evictionText(evictionOf(t))}\n   vacancy=${onOff(t.config, TableConfig.VacancyEvents)}`;
  if (version >= 5 && (t.config & TableConfig.VacancyEvents) !== 0)
    text += ` vacancy_down=${t.vacancyDown}% vacancy_up=${t.vacancyUp}% vacancy=${t.vacancy}%`;
  return `${text}\n`;
}

const REASON_WORDS: Readonly<Record<number, string>> = {
  [TableReason.VacancyDown]: "VACANCY_DOWN",
  [TableReason.VacancyUp]: "VACANCY_UP",
};

/** What Open vSwitch says of a message without a table. */
const INVALID = "<invalid>";
const NO_TABLE = 16;

/** The messages about how tables are configured. */
export const TABLE_MOD_PRINTERS: Printers<"table-mod" | "table-status" | "table-desc-request" | "table-desc-reply"> = {
  "table-mod": { checked: true, text: modText },
  "table-status": {
    checked: true,
    whole: (c) => (c.u8.length === NO_TABLE && c.u8[8]! in REASON_WORDS ? ["", INVALID] : undefined),
    text: (m, c) => ` reason=${REASON_WORDS[m.reason] ?? m.reason}\ntable_desc:-${formatTableDesc(m.table, c)}`,
  },
  "table-desc-request": { text: () => "" },
  "table-desc-reply": {
    checked: true,
    text: (m, c) => m.tables.map((t) => formatTableDesc(t, c)).join(""),
    items: { field: "tables", element: TableDesc, at: statsBody },
  },
};
