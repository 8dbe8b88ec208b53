import { type Jump, jumpsOf } from "./jumps.js";
import type { FlowRecord } from "./record.js";

/** Flows of one table and priority that match on the same fields and do the same kinds of things. */
export interface FlowGroup {
  readonly priority: number;
  /** The fields, without their values, such as `tcp,in_port,nw_dst/`: the slash is of those with a mask. `any` where there are none. */
  readonly fields: string;
  /** The actions, without their values, such as `set_field->eth_dst,resubmit`. */
  readonly actions: string;
  readonly flows: readonly FlowRecord[];
  /** Where they lead, each way once. */
  readonly jumps: readonly Jump[];
  /** The sums over the flows; undefined where none reports it. */
  readonly packets: bigint | undefined;
  readonly bytes: bigint | undefined;
}

/** The flows of a table by priority, the highest first, and shape. */
export interface FlowTableView {
  readonly tableId: number;
  readonly groups: readonly FlowGroup[];
  /** How many flows it has. */
  readonly size: number;
  readonly jumps: readonly Jump[];
}

/** Splits text at commas outside parentheses. */
function split(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let p = 0; p < text.length; p++) {
    const c = text[p];
    if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === "," && depth === 0) {
      parts.push(text.slice(start, p));
      start = p + 1;
    }
  }
  if (start < text.length) parts.push(text.slice(start));
  return parts;
}

function fieldShape(part: string): string {
  const at = part.indexOf("=");
  if (at < 0) return part;
  return part.includes("/", at) ? `${part.slice(0, at)}/` : part.slice(0, at);
}

/** The keyword of an action, with the field that it writes. */
function actionShape(part: string): string {
  const word = /^[A-Za-z_][\w-]*/.exec(part)?.[0] ?? part;
  const target = /->([A-Za-z_][\w]*)/.exec(part);
  return target !== null && /^(set_field|load|move)$/.test(word) ? `${word}->${target[1]}` : word;
}

/** Joins equal neighbours: `output,output` is `output*2`. */
function counted(words: readonly string[]): string {
  const runs: (readonly [word: string, n: number])[] = [];
  for (const word of words) {
    const last = runs.at(-1);
    if (last?.[0] === word) runs[runs.length - 1] = [word, last[1] + 1];
    else runs.push([word, 1]);
  }
  return runs.map(([word, n]) => (n === 1 ? word : `${word}*${n}`)).join(",");
}

const shapeOfMatch = (text: string): string => split(text).map(fieldShape).join(",") || "any";
const shapeOfActions = (text: string): string => counted(split(text).map(actionShape));

function sum(flows: readonly FlowRecord[], of: (flow: FlowRecord) => bigint | undefined): bigint | undefined {
  let all: bigint | undefined;
  for (const flow of flows) {
    const n = of(flow);
    if (n !== undefined) all = (all ?? 0n) + n;
  }
  return all;
}

function unique(jumps: readonly Jump[]): Jump[] {
  const seen = new Map<string, Jump>();
  for (const jump of jumps) seen.set(`${jump.by} ${jump.tableId}`, jump);
  return [...seen.values()];
}

function groupsOf(flows: readonly FlowRecord[]): FlowGroup[] {
  const found = new Map<string, FlowRecord[]>();
  for (const flow of flows) {
    const key = `${flow.priority} ${shapeOfMatch(flow.matchText)} ${shapeOfActions(flow.actionsText)}`;
    const group = found.get(key);
    if (group === undefined) found.set(key, [flow]);
    else group.push(flow);
  }
  return [...found.values()]
    .map((all): FlowGroup => {
      const [first] = all;
      return {
        priority: first!.priority,
        fields: shapeOfMatch(first!.matchText),
        actions: shapeOfActions(first!.actionsText),
        flows: all,
        jumps: unique(all.flatMap((flow) => jumpsOf(flow.instructions, flow.tableId))),
        packets: sum(all, (flow) => flow.packets),
        bytes: sum(all, (flow) => flow.bytes),
      };
    })
    .sort((a, b) => b.priority - a.priority);
}

/** Groups flows by table, priority and shape. */
export function groupFlows(flows: Iterable<FlowRecord>): FlowTableView[] {
  const tables = new Map<number, FlowRecord[]>();
  for (const flow of flows) {
    const table = tables.get(flow.tableId);
    if (table === undefined) tables.set(flow.tableId, [flow]);
    else table.push(flow);
  }
  return [...tables]
    .sort(([a], [b]) => a - b)
    .map(([tableId, all]) => {
      const groups = groupsOf(all);
      return { tableId, groups, size: all.length, jumps: unique(groups.flatMap((group) => group.jumps)) };
    });
}
