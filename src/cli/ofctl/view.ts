import { suggestion } from "../../errors/mod.js";
import { FlowText } from "../../ofp/syntax/mod.js";
import type { FlowRecord } from "../../view/mod.js";
import { groupFlows, htmlPage, logicText, readRecords, treeText, type ViewOptions } from "../../view/mod.js";
import { choiceOf, marksText } from "./choice.js";
import { Fatal } from "./fatal.js";
import { dumpRecords, isFile } from "./flows.js";
import { inWords, textOfFile } from "./read-flows.js";
import { type Run, type Settings, write } from "./settings.js";
import { highlighted } from "./show-message.js";
import { Target } from "./target.js";

const KINDS = ["logic", "tree", "html"] as const;
type Kind = (typeof KINDS)[number];

interface Source {
  readonly flows: readonly FlowRecord[];
  readonly tableNames?: ReadonlyMap<number, string> | undefined;
}

async function read(source: string, settings: Settings, target: Target | undefined): Promise<Source> {
  if (target === undefined) {
    const text = await textOfFile(source);
    return { flows: inWords(() => readRecords(text, { file: source })) };
  }
  const flows: FlowRecord[] = [];
  const names = await target.shown();
  for await (const flow of dumpRecords(target, new FlowText("", { command: "filter" }), settings)) flows.push(flow);
  return { flows, tableNames: names.tableNames };
}

/** Prints the flows of a switch, or of a file, grouped by table, priority and shape; with `--more` each of them. */
export const view: Run = async ([kind = "", source = ""], settings) => {
  if (!(KINDS as readonly string[]).includes(kind)) throw new Fatal(`'${kind}' is no view${suggestion(kind, KINDS)}`);
  const target = source === "-" || isFile(source) ? undefined : new Target(source, settings);
  const { filter, highlight } = await choiceOf(settings, target, kind === "html");
  const { flows, tableNames } = await read(source, settings, target);
  const tables = groupFlows(filter === undefined ? flows : flows.filter((flow) => filter.test(flow)));
  const options: ViewOptions = {
    tableNames,
    flows: settings.verbosity > 0,
    highlight: highlight === undefined ? undefined : (flow) => highlight.test(flow),
    mark: marksText(settings) ? highlighted : undefined,
  };
  const show: Readonly<Record<Kind, () => string>> = {
    logic: () => logicText(tables, options),
    tree: () => treeText(tables, options),
    html: () => htmlPage(tables, source === "-" ? "standard input" : source, options),
  };
  write(show[kind as Kind]());
};
