import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import { type Version, versionName } from "../../../schema/mod.js";
import { ALL_TABLES } from "../../flow/flow-mod.js";
import { TableConfig, type TableDesc, TableEviction, TableMod, TableVacancy } from "../../table/table-mod.js";
import { readInt } from "../parse/c-number.js";
import { readTable } from "../parse/name.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SYNTAX_OPTIONS } from "../parse/options.js";
import { refuse, refuseName } from "../parse/syntax-fault.js";
import { Tokens } from "../parse/tokens.js";
import { evictionOf, MISS_WORDS } from "./table-mod.js";

const WITH_MISS: readonly Version[] = [2, 3];
const WITH_EVICTION: readonly Version[] = [5, 6];
const WITH_NAMES: readonly Version[] = [4, 5, 6];

const MISSES: ReadonlyMap<string, number> = new Map(MISS_WORDS.map(([config, word]) => [word, config]));
const SWITCHES: ReadonlyMap<string, readonly [bit: number, on: boolean]> = new Map([
  ["evict", [TableConfig.Eviction, true]],
  ["noevict", [TableConfig.Eviction, false]],
  ["novacancy", [TableConfig.VacancyEvents, false]],
]);

/** The last table, which no other follows. */
const LAST = 0xfe;
const PERCENT = 100;

function readPercent(text: string | undefined, side: "up" | "down", at: number): number {
  if (text === undefined) return refuse(`Vacancy ${side} value missing`, at);
  const value = readInt(text);
  const good = value !== undefined && value >= 0 && value <= PERCENT;
  return good ? value : refuse(`Invalid vacancy ${side} value "${text}"`, at);
}

/** A setting of a table as the arguments of `ovs-ofctl mod-table` have it. */
export class TableSetting {
  /** `ALL_TABLES` for all. */
  readonly tableId: number;
  /** The table's new name, which is given by its features and not by a table-mod; undefined for another setting. */
  readonly name: string | undefined;
  /** The versions that have the setting. */
  readonly versions: readonly Version[];
  readonly #text: string;
  /** The bit of the configuration that is set, and whether it is. */
  readonly #bit: number = 0;
  readonly #on: boolean = false;
  readonly #miss: number = 0;
  readonly #down: number = 0;
  readonly #up: number = 0;

  /**
   * Reads a setting. Throws {@link SyntaxFault}, whose offset counts within the setting.
   * @param table - a number or a name of a table, or `all`
   * @param setting - such as `drop`, `evict`, `vacancy:10,20` or `name:main`
   */
  constructor(table: string, setting: string, o: SyntaxOptions = {}) {
    checkOptions("TableSetting", o, SYNTAX_OPTIONS);
    this.tableId = table.toLowerCase() === "all" ? ALL_TABLES : (readTable(table, o) ?? refuse(`unknown table "${table}"`));
    this.#text = setting;
    const miss = MISSES.get(setting);
    const change = SWITCHES.get(setting);
    if (miss !== undefined) {
      this.versions = WITH_MISS;
      this.#miss = miss;
      if (this.tableId === LAST && miss === TableConfig.MissContinue) refuse("last table's flow miss handling can not be continue");
    } else if (change !== undefined) {
      this.versions = WITH_EVICTION;
      [this.#bit, this.#on] = change;
    } else if ("vacancy".startsWith(/^[^:]*/.exec(setting)![0])) {
      this.versions = WITH_EVICTION;
      this.#bit = TableConfig.VacancyEvents;
      this.#on = true;
      const tokens = new Tokens(setting);
      tokens.next(":");
      this.#down = readPercent(tokens.next(","), "down", tokens.at);
      this.#up = readPercent(tokens.next(","), "up", tokens.at);
      if (this.#down > this.#up)
        refuse("Invalid vacancy range, vacancy up should be greater than vacancy down (OFPBPC_BAD_VALUE)", tokens.at);
    } else if (this.tableId !== ALL_TABLES && setting.startsWith("name:")) {
      this.versions = WITH_NAMES;
      this.name = setting.slice(5);
    } else refuseName(`invalid table_mod setting ${setting}`, setting, [...MISSES.keys(), ...SWITCHES.keys(), "vacancy", "name"], 0);
  }

  /**
   * The table-mod by which a version has it.
   * @param current - how the table is configured, of which OpenFlow 1.4 and later repeat what does not change; without it all else is off
   * @throws SyntaxFault where the version does not have the setting, or it is a name
   */
  mod(version: Version, current?: TableDesc): TableMod {
    if (!this.versions.includes(version)) {
      const names = this.versions.map((v) => `OpenFlow${versionName(v).replace(".", "")}`);
      refuse(`table_mod '${this.#text}' requires one of the OpenFlow versions ${names.join(", ")}`);
    }
    if (this.name !== undefined) refuse(`${this.#text}: a table gets its name by a request with its features, not by a table-mod`, 0);
    const { tableId } = this;
    if (version < WITH_EVICTION[0]!) return TableMod.of({ tableId, config: this.#miss });
    const { Eviction, VacancyEvents } = TableConfig;
    const kept = (current?.config ?? 0) & (Eviction | VacancyEvents) & ~this.#bit;
    const config = kept | (this.#on ? this.#bit : 0);
    // a change of eviction leaves its flags to the switch
    const evictionFlags = this.#bit === Eviction || current === undefined ? undefined : evictionOf(current);
    const own = this.#bit === VacancyEvents;
    const vacancyDown = own ? this.#down : (current?.vacancyDown ?? 0);
    const vacancyUp = own ? this.#up : (current?.vacancyUp ?? 0);
    const properties = [];
    if (evictionFlags !== undefined) properties.push(TableEviction.of({ evictionFlags }));
    if ((config & VacancyEvents) === 0) return TableMod.of({ tableId, config, evictionFlags: evictionFlags ?? 0, properties });
    properties.push(TableVacancy.of({ vacancyDown, vacancyUp }));
    return TableMod.of({ tableId, config, evictionFlags: evictionFlags ?? 0, vacancyDown, vacancyUp, properties });
  }
}

/** How a setting of a table is read for one version. */
export interface TableModSyntaxOptions extends SyntaxOptions {
  /** 5 (OpenFlow 1.4) unless given. */
  readonly version?: Version | undefined;
  /** How the table is configured, of which OpenFlow 1.4 and later repeat what does not change; without it all else is off. */
  readonly current?: TableDesc | undefined;
}

/** What {@link TableModSyntaxOptions} has, for its check. */
export const TABLE_MOD_SYNTAX_OPTIONS: OptionTable<TableModSyntaxOptions> = { ...SYNTAX_OPTIONS, version: "number", current: "object" };

/**
 * The table-mod that a table and a setting such as `evict`, `vacancy:10,20` or, in OpenFlow 1.1 and 1.2, `drop` stand for, in the words of `ovs-ofctl mod-table`. For `name:` use {@link TableSetting}.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export const parseTableMod = (table: string, setting: string, o: TableModSyntaxOptions = {}): TableMod => {
  checkOptions("parseTableMod", o, TABLE_MOD_SYNTAX_OPTIONS);
  return new TableSetting(table, setting, o).mod(o.version ?? 5, o.current);
};
