import type { Chunk } from "../../../bytes/mod.js";
import type { Version } from "../../../schema/mod.js";
import { TableFeatures, TableFeaturesCommand } from "../../table/table-features.js";
import { TableStats } from "../../table/table-stats.js";
import { actionWords } from "../action/action-names.js";
import { inBytes } from "../again.js";
import { nameList } from "../name-list.js";
import type { Context } from "../options.js";
import { type Printers, statsBody } from "../printer.js";
import { hex } from "../words.js";
import { featuresFault } from "./diagnose-features.js";
import {
  type ActionFeatures,
  type Features,
  INSTRUCTION_WORDS,
  type InstructionFeatures,
  namesOf,
  noFeatures,
  understand,
} from "./table-features.js";
import { featuresOfStats } from "./table-stats.js";

interface Stats {
  readonly activeCount: number;
  readonly lookupCount: bigint;
  readonly matchedCount: bigint;
}

const sameSet = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean => a.size === b.size && [...a].every((x) => b.has(x));
const sameActions = (a: ActionFeatures, b: ActionFeatures): boolean => a.actions === b.actions && sameSet(a.setFields, b.setFields);
const noActions = (a: ActionFeatures): boolean => a.actions === 0 && a.setFields.size === 0;

/** Whether two tables go on to the same ones, but that the first can go on to the second where that is the next one. */
function sameNext(a: ReadonlySet<number>, aId: number, b: ReadonlySet<number>, bId: number): boolean {
  if (bId === aId + 1 && a.has(bId) && !b.has(bId)) {
    const rest = new Set(a);
    rest.delete(bId);
    return sameSet(rest, b);
  }
  return aId === bId + 1 ? sameNext(b, bId, a, aId) : sameSet(a, b);
}

const sameInstructions = (a: InstructionFeatures, aId: number, b: InstructionFeatures, bId: number): boolean =>
  sameNext(a.next, aId, b.next, bId) && a.instructions === b.instructions && sameActions(a.write, b.write) && sameActions(a.apply, b.apply);
const noInstructions = (f: InstructionFeatures): boolean =>
  f.next.size === 0 && f.instructions === 0 && noActions(f.write) && noActions(f.apply);

const sameFeatures = (a: Features, b: Features): boolean =>
  a.metadataMatch === b.metadataMatch &&
  a.metadataWrite === b.metadataWrite &&
  a.eviction === b.eviction &&
  a.vacancy === b.vacancy &&
  a.maxEntries === b.maxEntries &&
  a.miss11 === b.miss11 &&
  sameInstructions(a.nonmiss, a.tableId, b.nonmiss, b.tableId) &&
  sameInstructions(a.miss, a.tableId, b.miss, b.tableId) &&
  sameSet(a.match, b.match);
const isEmpty = (f: Features): boolean =>
  f.metadataMatch === 0n &&
  f.metadataWrite === 0n &&
  f.eviction === undefined &&
  f.vacancy === undefined &&
  f.maxEntries === 0 &&
  f.miss11 === undefined &&
  noInstructions(f.nonmiss) &&
  noInstructions(f.miss) &&
  f.match.size === 0;

const words = (bits: number, table: readonly (readonly [type: number, word: string])[]): string =>
  table
    .filter((_, i) => ((bits >>> i) & 1) !== 0)
    .map(([, word]) => word)
    .join(" ");

function actionLines(f: ActionFeatures): string {
  let text = f.actions === 0 ? "" : `        actions: ${actionWords(f.actions)}\n`;
  if (f.setFields.size > 0) text += `        supported on Set-Field: ${nameList(namesOf(f.setFields))}\n`;
  return text;
}

/** Numbers in ranges: `1-3,5`. */
function ranges(numbers: ReadonlySet<number>): string {
  const parts: string[] = [];
  const sorted = [...numbers].sort((a, b) => a - b);
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === sorted[end]! + 1) end++;
    parts.push(end === i ? `${sorted[i]}` : `${sorted[i]}-${sorted[end]}`);
    i = end + 1;
  }
  return parts.join(",");
}

function instructionLines(f: InstructionFeatures, before: InstructionFeatures | undefined): string {
  let text = f.next.size === 0 ? "" : `      next tables: ${ranges(f.next)}\n`;
  if (f.instructions !== 0) {
    const same = f.instructions === before?.instructions;
    text += same ? "      (same instructions)\n" : `      instructions: ${words(f.instructions, INSTRUCTION_WORDS)}\n`;
  }
  if (before !== undefined && sameActions(f.write, before.write) && sameActions(f.apply, before.apply) && f.write.setFields.size > 0) {
    text += "      (same actions)\n";
  } else if (!sameActions(f.write, f.apply)) {
    text += `      Write-Actions features:\n${actionLines(f.write)}      Apply-Actions features:\n${actionLines(f.apply)}`;
  } else if (!noActions(f.write)) text += `      Write-Actions and Apply-Actions features:\n${actionLines(f.write)}`;
  return text;
}

function bodyLines(f: Features, before: Features | undefined): string {
  let text = "";
  if (f.metadataMatch !== 0n || f.metadataWrite !== 0n) {
    text += `    metadata: match=${hex(f.metadataMatch)} write=${hex(f.metadataWrite)}\n`;
  }
  if (f.miss11 !== undefined) text += `    config=${f.miss11}\n`;
  if (f.eviction !== undefined) text += `    eviction: ${f.eviction ? "" : "not "}supported\n`;
  if (f.vacancy !== undefined) text += `    vacancy events: ${f.vacancy ? "" : "not "}supported\n`;
  if (f.maxEntries !== 0) text += `    max_entries=${f.maxEntries}\n`;
  const { tableId: id, nonmiss, miss } = f;
  if (
    before !== undefined &&
    sameInstructions(nonmiss, id, before.nonmiss, before.tableId) &&
    sameInstructions(miss, id, before.miss, before.tableId)
  ) {
    if (!noInstructions(nonmiss)) text += "    (same instructions)\n";
  } else if (!sameInstructions(nonmiss, id, miss, id)) {
    text += `    instructions (other than table miss):\n${instructionLines(nonmiss, before?.nonmiss)}`;
    text += `    instructions (table miss):\n${instructionLines(miss, before?.miss)}`;
  } else if (!noInstructions(nonmiss)) {
    text += `    instructions (table miss and others):\n${instructionLines(nonmiss, before?.nonmiss)}`;
  }
  if (f.match.size === 0) return text;
  if (before !== undefined && sameSet(f.match, before.match)) return `${text}    (same matching)\n`;
  text += "    matching:\n";
  for (const [title, wanted] of [
    ["arbitrary mask", (x: string) => f.mask.has(x) && f.wildcard.has(x)],
    ["exact match or wildcard", (x: string) => !f.mask.has(x) && f.wildcard.has(x)],
    ["must exact match", (x: string) => !f.mask.has(x) && !f.wildcard.has(x)],
  ] as const) {
    const fields = new Set([...f.match].filter(wanted));
    if (fields.size > 0) text += `      ${title}: ${nameList(namesOf(fields))}\n`;
  }
  return text;
}

/** Writes tables one after the other, and those that are like the one before as one line. */
class TableList {
  text = "";
  #before: { readonly features: Features; readonly stats: Stats | undefined } | undefined;
  #alike: readonly [first: number, last: number] | undefined;

  add(features: Features, stats?: Stats): void {
    const before = this.#before;
    this.#before = { features, stats };
    const sameStats =
      stats === undefined ||
      (before?.stats !== undefined &&
        stats.activeCount === before.stats.activeCount &&
        stats.lookupCount === before.stats.lookupCount &&
        stats.matchedCount === before.stats.matchedCount);
    const same = before !== undefined && sameFeatures(features, before.features);
    const { tableId, name } = features;
    if (sameStats && same && name === "") {
      this.#alike = [this.#alike?.[0] ?? tableId, tableId];
      return;
    }
    this.finish();
    this.text += `\n  table ${tableId}${name === "" ? "" : ` ("${name}")`}:`;
    if (sameStats && same) {
      this.text += " ditto";
      return;
    }
    this.text += "\n";
    if (stats !== undefined) this.text += `    active=${stats.activeCount}, lookup=${stats.lookupCount}, matched=${stats.matchedCount}\n`;
    if (!same) this.text += bodyLines(features, before?.features);
    else if (!isEmpty(features)) this.text += "    (same features)\n";
  }

  finish(): void {
    if (this.#alike === undefined) return;
    const [first, last] = this.#alike;
    this.text += first === last ? `\n  table ${first}: ditto\n` : `\n  tables ${first}...${last}: ditto\n`;
    this.#alike = undefined;
  }
}

const COMMAND_WORDS = ["replace", "modify", "enable", "disable"];

function featuresText(tables: readonly TableFeatures[], c: Context): string {
  const list = new TableList();
  const first = tables[0]?.command ?? TableFeaturesCommand.Replace;
  if (c.version >= 6 && first !== TableFeaturesCommand.Replace) list.text = `\n  command: ${COMMAND_WORDS[first]}`;
  for (const t of tables) {
    const features = understand(t, c.version);
    if (typeof features === "string") list.add(noFeatures(t.tableId, t.name));
    else list.add(features);
  }
  list.finish();
  return list.text;
}

/** The features of tables that come in several messages, in text: tables that are like the one before are one line, wherever the messages end. */
export class TableFeaturesText {
  readonly #list = new TableList();

  /**
   * Adds a table.
   * @param version - of the message that it came in
   * @returns the name of the error by which Open vSwitch refuses it; it is left out then
   */
  add(table: TableFeatures, version: Version): string | undefined {
    const features = understand(table, version);
    if (typeof features === "string") return features;
    this.#list.add(features);
    return undefined;
  }

  /** The text of all that were added, each line with its end. */
  finish(): string {
    this.#list.finish();
    return this.#list.text;
  }
}

const featuresItems = {
  reasons: { OFPTFFC_BAD_LEN: "OFPBPC_BAD_LEN", OFPBRC_BAD_LEN: "OFPBPC_BAD_LEN" },
  field: "tables",
  element: TableFeatures,
  at: statsBody,
  diagnose: (chunk: Chunk, p: number, c: Context) => featuresFault(chunk, p, c.version, c.log),
  refuse(t: unknown, c: Context): string | undefined {
    const fault = inBytes(TableFeatures, t as TableFeatures, c.version, (chunk) => featuresFault(chunk, 0, c.version));
    if (fault !== undefined) return fault;
    const features = understand(t as TableFeatures, c.version);
    return typeof features === "string" ? features : undefined;
  },
};

/** The messages about tables. */
export const TABLE_PRINTERS: Printers<"table-stats-request" | "table-stats-reply" | "table-features-request" | "table-features-reply"> = {
  "table-stats-request": { text: () => "" },
  "table-stats-reply": {
    text(m, c) {
      const list = new TableList();
      for (const t of m.tables) list.add(featuresOfStats(t, c.version), t);
      list.finish();
      return list.text;
    },
    items: { field: "tables", element: TableStats, at: statsBody },
  },
  "table-features-request": { text: (m, c) => featuresText(m.tables, c), items: featuresItems },
  "table-features-reply": { text: (m, c) => featuresText(m.tables, c), items: featuresItems },
};
