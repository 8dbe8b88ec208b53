import { OXM, type OxmField } from "../../ofp/mod.js";
import type { Program } from "../actions/program.js";
import { placeOf } from "../packet/places.js";
import type { Flow } from "./flow.js";
import type { Subtable } from "./subtable.js";

const CONJ_ID = placeOf(OXM.conjId as OxmField)!.at;

/** Whether a flow does nothing by itself, but is one of several that must all match. */
export const isConjunctive = ({ clauses }: Program): boolean => clauses.length > 0;

/** What a packet hits: flows of their own, and such as are parts of conjunctions. */
interface Hits {
  hard: Flow | undefined;
  readonly soft: Flow[];
}

function hitsOf(subtables: readonly Subtable[], words: Int32Array): Hits {
  const hits: Hits = { hard: undefined, soft: [] };
  for (const subtable of subtables) {
    if (hits.hard !== undefined && subtable.maxPriority <= hits.hard.priority) break;
    for (const flow of subtable.all(words)) {
      if (isConjunctive(flow.program)) hits.soft.push(flow);
      else {
        if (hits.hard === undefined || flow.priority > hits.hard.priority) hits.hard = flow;
        break;
      }
    }
  }
  return hits;
}

/** The conjunctions of which all dimensions are met by flows of one priority, by their ids. */
function completed(flows: readonly Flow[]): number[] {
  const met = new Map<number, bigint>();
  const found: number[] = [];
  for (const flow of flows) {
    for (const { id, clause, clauses } of flow.program.clauses) {
      const bits = (met.get(id) ?? 0n) | (1n << BigInt(clause));
      if (bits === (1n << BigInt(clauses)) - 1n && !found.includes(id)) found.push(id);
      met.set(id, bits);
    }
  }
  return found;
}

/**
 * The flow that a packet hits in a table with conjunctions: the one with its `conj_id`, where all dimensions of a conjunction are met by flows of one priority above that of any other flow, or
 * else the one of the highest priority that stands by itself. Open vSwitch lib/classifier.c (classifier_lookup)
 */
export function searchConjunctions(subtables: readonly Subtable[], words: Int32Array): Flow | undefined {
  const { hard, soft } = hitsOf(subtables, words);
  const above = soft.filter((f) => hard === undefined || f.priority > hard.priority).sort((a, b) => b.priority - a.priority);
  for (let i = 0; i < above.length; ) {
    const { priority } = above[i]!;
    let end = i + 1;
    while (end < above.length && above[end]!.priority === priority) end++;
    for (const id of completed(above.slice(i, end))) {
      words[CONJ_ID] = id;
      const found = hitsOf(subtables, words).hard;
      words[CONJ_ID] = 0;
      if (found !== undefined) return found;
    }
    i = end;
  }
  return hard;
}
