/** Runs the schedules of one version and direction; a file of tests for each, so that several workers share them. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Version } from "../../src/schema/mod.js";
import { SOAK, scaled } from "../soak.js";
import { converse, type Outcome } from "./conversation.js";
import { type Direction, describeSchedule, type Schedule, schedulesOf, Type } from "./lies.js";

/** How many schedules run each day; with `SOAK=1` all do. */
const DAILY = Number(process.env.LIES ?? scaled(4000));

/** Numbers from 0 to 1 from a seed. Marsaglia, "Xorshift RNGs" */
function random(seed: number): () => number {
  let x = seed | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 0x1_0000_0000;
  };
}

/**
 * Why hosts may stay apart with both ends up, by design: the switch does what it was told, and was told something else, so that nobody can notice before somebody asks for its flows. What it
 * refused is not among them: that is answered with an error, which the application reacts to.
 */
function lasting({ direction, change }: Schedule, { original, refused }: Outcome): string | undefined {
  if (original === undefined || refused) return undefined;
  const framing = change.kind === "cut" ? !change.agree : change.kind === "lie" && change.at < 4 && change.at + change.size > 2;
  if (framing) return "a length that takes later messages for a part of its own";
  if (direction !== "down") return undefined;
  const what = change.kind === "lie" || change.kind === "cut" ? "changed and not refused" : change.kind;
  if (original[1] === Type.FlowMod) return `flow-mod: ${what}`;
  if (original[1] === Type.SetConfig) return `set-config: ${what}`;
  return undefined;
}

/** Tests each change of each message of one direction. */
export function lies(version: Version, direction: Direction): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("every change of a message ends in hosts that reach each other, or in what is known to last", async () => {
    const plain = await converse(version);
    expect([plain.end, plain.faults]).toEqual(["reached", []]);
    const all = plain.heard[direction].flatMap((message, nth) => [...schedulesOf(direction, nth, message)]);
    const seed = Number(process.env.LIES_SEED ?? 1);
    const next = random(seed);
    const chosen = SOAK ? all : Array.from({ length: DAILY }, () => all[Math.floor(next() * all.length)]!);
    const ends: Record<string, number> = {};
    const known: Record<string, number> = {};
    const wrong: string[] = [];
    for (const schedule of chosen) {
      const outcome = await converse(version, schedule);
      ends[outcome.end] = (ends[outcome.end] ?? 0) + 1;
      const line = () => describeSchedule(schedule, outcome.original);
      for (const fault of outcome.faults) wrong.push(`${line()}: ${fault}`);
      if (outcome.end === "reached" || outcome.end === "again") continue;
      const why = outcome.end === "lost" ? lasting(schedule, outcome) : undefined;
      if (why === undefined) wrong.push(`${line()}: ${outcome.end}${outcome.refused ? ", refused" : ""}`);
      else known[why] = (known[why] ?? 0) + 1;
    }
    console.log(
      `lies ${direction} in version ${version}, seed ${seed}: ${chosen.length} of ${all.length} schedules of ${plain.heard[direction].length} messages`,
      ends,
      known,
    );
    expect(wrong).toEqual([]);
  });
}
