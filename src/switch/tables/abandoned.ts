import { FlowRemovedReason } from "../../ofp/mod.js";
import type { LearnedBy } from "../actions/program.js";
import type { Turns, Worker } from "../work/turns.js";
import type { Work } from "../work/work.js";
import type { FlowTable } from "./flow-table.js";

/** Removes learned flows that no flow makes any more, in the thread's turns. Nicira's learn action (NX_LEARN_F_DELETE_LEARNED) */
export class Abandoned implements Worker {
  readonly #turns: Turns;
  readonly #tables: () => readonly FlowTable[];
  readonly #waiting: LearnedBy[] = [];
  #work: Work | undefined;

  constructor(turns: Turns, tables: () => readonly FlowTable[]) {
    this.#turns = turns;
    this.#tables = tables;
  }

  add(by: LearnedBy): void {
    this.#waiting.push(by);
    this.#turns.enter(this);
  }

  work(): boolean {
    this.#work ??= this.#next();
    if (this.#work === undefined) return false;
    if (this.#work.next().done === true) this.#work = undefined;
    return this.#work !== undefined || this.#waiting.length > 0;
  }

  #next(): Work | undefined {
    const by = this.#waiting.shift();
    const table = by === undefined ? undefined : this.#tables()[by.tableId];
    return by === undefined || table === undefined ? undefined : removal(table, by.cookie);
  }
}

function* removal(table: FlowTable, cookie: bigint): Work {
  for (const flow of table.visit({ cookie, cookieMask: 0xffff_ffff_ffff_ffffn })) {
    if (flow !== undefined) table.remove(flow, FlowRemovedReason.Delete);
    yield;
  }
}
