import { checkOptions, type OptionTable } from "../errors/mod.js";
import type { FlowGroup, FlowTableView } from "./logic.js";
import { plainText } from "./plain-text.js";
import type { FlowRecord } from "./record.js";

/** How a view is written. */
export interface ViewOptions {
  /** The names of tables by their numbers. */
  readonly tableNames?: ReadonlyMap<number, string> | undefined;
  /** Whether each flow has a line of its own below its group. False unless given. */
  readonly flows?: boolean | undefined;
  /** Which flows stand out; none unless given. */
  readonly highlight?: ((flow: FlowRecord) => boolean) | undefined;
  /** What is put before and behind text that stands out; nothing unless given. */
  readonly mark?: ((text: string) => string) | undefined;
}

/** What {@link ViewOptions} has, for its check. */
export const VIEW_OPTIONS: OptionTable<ViewOptions> = { tableNames: "object", flows: "boolean", highlight: "function", mark: "function" };

const nameOf = (tableId: number, { tableNames }: ViewOptions): string => {
  const name = tableNames?.get(tableId);
  return name === undefined ? String(tableId) : `${tableId} (${plainText(name)})`;
};

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;

function groupLine(group: FlowGroup): string {
  const told = group.packets === undefined ? "" : `, n_packets=${group.packets}`;
  return `priority=${group.priority} ${group.fields} --> ${group.actions} (${plural(group.flows.length, "flow")}${told})`;
}

function groupLines(group: FlowGroup, indent: string, o: ViewOptions): string {
  const stands = (flow: FlowRecord): boolean => o.highlight?.(flow) === true;
  const mark = o.mark ?? ((text: string) => text);
  const line = plainText(groupLine(group));
  let text = `${indent}${group.flows.some(stands) ? mark(line) : line}\n`;
  if (o.flows !== true) return text;
  for (const flow of group.flows) {
    const one = plainText(flow.text);
    text += `${indent}    ${stands(flow) ? mark(one) : one}\n`;
  }
  return text;
}

/** Flows by table, priority and shape, a line for each group. */
export function logicText(tables: readonly FlowTableView[], o: ViewOptions = {}): string {
  checkOptions("logicText", o, VIEW_OPTIONS);
  let text = "";
  for (const table of tables) {
    text += `${text === "" ? "" : "\n"}** TABLE ${nameOf(table.tableId, o)} ** ${plural(table.size, "flow")}\n`;
    for (const group of table.groups) text += groupLines(group, "  ", o);
  }
  return text;
}

/** The deepest indentation; deeper tables stand there. */
const MAX_INDENT = 40;

/**
 * Flows in the order in which packets pass their tables, from table 0 on: below each group the tables that it leads to. A table stands once; where another way leads to it, or a way leads back, the line
 * names it. Tables that nothing leads to stand at the end.
 */
export function treeText(tables: readonly FlowTableView[], o: ViewOptions = {}): string {
  checkOptions("treeText", o, VIEW_OPTIONS);
  const byId = new Map(tables.map((table) => [table.tableId, table]));
  const seen = new Set<number>();
  let text = "";
  // a list of what is left to write instead of calls within calls: 255 tables may lie one below the other
  const visit = (start: FlowTableView): void => {
    const path = new Set<number>();
    const work: (() => void)[] = [];
    const enter = (table: FlowTableView, level: number): void => {
      seen.add(table.tableId);
      path.add(table.tableId);
      const indent = "  ".repeat(Math.min(level, MAX_INDENT));
      text += `${indent}table ${nameOf(table.tableId, o)}: ${plural(table.size, "flow")}\n`;
      work.push(() => path.delete(table.tableId));
      for (const group of [...table.groups].reverse()) work.push(() => leave(group, level + 1));
    };
    const leave = (group: FlowGroup, level: number): void => {
      const indent = "  ".repeat(Math.min(level, MAX_INDENT));
      text += groupLines(group, indent, o);
      const ways: (() => void)[] = group.jumps.map(({ tableId, by }) => () => {
        const table = byId.get(tableId);
        const line = (why: string): void => {
          text += `${indent}  ${by} ${nameOf(tableId, o)} ${why}\n`;
        };
        if (table === undefined) line("(no flows)");
        else if (path.has(tableId)) line("(loop)");
        else if (seen.has(tableId)) line("(see above)");
        else {
          text += `${indent}  ${by}:\n`;
          enter(table, level + 2);
        }
      });
      work.push(...ways.reverse());
    };
    enter(start, 0);
    for (let next = work.pop(); next !== undefined; next = work.pop()) next();
  };
  const first = byId.get(0);
  if (first !== undefined) visit(first);
  const reached = new Set(tables.flatMap((table) => table.jumps.filter((j) => j.tableId !== table.tableId).map((j) => j.tableId)));
  for (const table of [...tables.filter((t) => !reached.has(t.tableId)), ...tables]) if (!seen.has(table.tableId)) visit(table);
  return text;
}
