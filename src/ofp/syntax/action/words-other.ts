import { Conjunction, FinTimeout, Note, Sample } from "../../action/nicira.js";
import { DecNwTtl } from "../../action/standard.js";
import { PortNo } from "../../port/port-no.js";
import { readHexBytes, readLoose, readU16, readU32 } from "../parse/c-number.js";
import { readPort } from "../parse/name.js";
import { Pairs } from "../parse/pairs.js";
import { type ActionReading, act, round8 } from "../parse/reading.js";
import { refuse } from "../parse/syntax-fault.js";
import type { Act } from "./act.js";

/*
 * Actions with several values that belong together with none of the others.
 */

export function decTtl(text: string): Act {
  if (text === "") return act("dec_ttl", DecNwTtl.of({}), 16);
  const controllers = text
    .split(/[, ]+/)
    .filter((word) => word !== "")
    .map((word) => readLoose(word, 16));
  if (controllers.length === 0) refuse("dec_ttl_cnt_ids: expected at least one controller id.");
  return act("dec_ttl", DecNwTtl.of({ format: "ids", controllers }), round8(6 + 2 * controllers.length));
}

export function finTimeout(text: string): Act {
  const found = { idleTimeout: 0, hardTimeout: 0 };
  for (const pairs = new Pairs(text); pairs.next(); ) {
    const { key, value } = pairs;
    if (key === "idle_timeout") found.idleTimeout = readU16(value, key);
    else if (key === "hard_timeout") found.hardTimeout = readU16(value, key);
    else refuse(`invalid key '${key}' in 'fin_timeout' argument`);
  }
  return act("fin_timeout", FinTimeout.of(found));
}

const CONJUNCTION = /^\s*([+-]?(?:0x[0-9a-f]{1,40}|\d{1,40}))\s*,\s*([+-]?\d+)\s*\/\s*([+-]?\d+)\s*$/i;

/** The lowest 32 bits of a number, whatever its length. */
function wrapped(text: string): number {
  const digits = text.replace(/^[+-]/, "");
  const id = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits);
  return Number(BigInt.asUintN(32, text.startsWith("-") ? -id : id));
}

export function conjunction(text: string): Act {
  const found = CONJUNCTION.exec(text);
  if (found === null) return refuse('"conjunction" syntax is "conjunction(id,i/n)"');
  const clause = Number(found[2]) & 255;
  const nClauses = Number(found[3]) & 255;
  if (nClauses < 2) refuse("conjunction must have at least 2 clauses");
  if (nClauses > 64) refuse("conjunction must have at most 64 clauses");
  if (clause < 1) refuse("clause index must be positive");
  if (clause > nClauses) refuse("clause index must be less than or equal to number of clauses");
  return act("conjunction", Conjunction.of({ id: wrapped(found[1]!), clause: clause - 1, nClauses }), 16);
}

export function note(text: string): Act {
  const data = readHexBytes(text) ?? refuse("bad hex digit in `note' argument");
  return act("note", Note.of({ data }), round8(8 + data.length));
}

const INGRESS = 1;
const EGRESS = 2;

export function sample(text: string, r: ActionReading): Act {
  const s = { probability: 0, collectorSetId: 0, obsDomainId: 0, obsPointId: 0, samplingPort: PortNo.Any as number, direction: 0 };
  for (const pairs = new Pairs(text); pairs.next(); ) {
    const { key, value } = pairs;
    if (key === "probability") {
      s.probability = readU16(value, key);
      if (s.probability === 0) refuse(`invalid probability value "${value}"`);
    } else if (key === "collector_set_id") s.collectorSetId = readU32(value);
    else if (key === "obs_domain_id") s.obsDomainId = readU32(value);
    else if (key === "obs_point_id") s.obsPointId = readU32(value);
    else if (key === "sampling_port") s.samplingPort = readPort(value, r) ?? refuse(`${value}: unknown port`);
    else if (key === "ingress") s.direction = INGRESS;
    else if (key === "egress") s.direction = EGRESS;
    else refuse(`invalid key "${key}" in "sample" argument`);
  }
  if (s.probability === 0) refuse('non-zero "probability" must be specified on sample');
  const format = s.direction !== 0 ? "direction" : s.samplingPort !== PortNo.Any ? "port" : "";
  return act("sample", Sample.of({ ...s, format }), 32);
}
