/**
 * What a reader does for a text grows with its length and not faster: twice as much hostile text takes at most twice the time, and noise. It is the processor's time that counts, the least of several
 * runs, and a ratio that noise made too large is measured again.
 */
import { describe, expect, test } from "vitest";
import { SOAK } from "../../../soak.js";
import { READERS } from "./readers.js";

const SIZE = SOAK ? 1 << 17 : 1 << 15;
/** A step for each pair of characters would make it 4. */
const MOST = 3;
/** What measuring itself may take, in microseconds. */
const NOISE = 500;
const RUNS = 2;
const ATTEMPTS = 12;

const PIECES = [
  ..."(,=:19a {\n\t/-+.#[|",
  ...[
    "bucket=",
    "bucket=output:1,",
    "clone(",
    "learn(",
    "ct(nat(",
    "fields(reg0),",
    "type=drop ",
    "meter=1 kbps bands=\ntype=drop rate=1\n",
    "a=1,",
  ],
  ...[
    "{class=1,type=1,len=4}->tun_metadata1,",
    "!add,",
    "reg0=1,",
    "+trk",
    "1:",
    "output:1,",
    "load:1->reg0[0],",
    "actions=drop\n",
    "0x",
    "->",
  ],
];

/** What stands before the piece that goes on and on. */
const HEADS = ["", "actions=", "group_id=1,type=all,bucket=actions=", "ipv6_src=", "NXM_NX_REG0(", "meter=1 kbps bands="];

function time(read: (text: string, version: 6) => unknown, text: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) {
    const before = process.cpuUsage();
    try {
      read(text, 6);
    } catch {
      // that it ends is what counts
    }
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return least;
}

type Reader = (text: string, version: 6) => unknown;

/** By how much more time twice the text takes, measured again while that is too much. */
function ratioOf(read: Reader, text: (size: number) => string): number {
  const [one, two] = [text(SIZE), text(2 * SIZE)];
  let ratio = Number.POSITIVE_INFINITY;
  for (let k = 0; k < ATTEMPTS && ratio > MOST; k++) ratio = Math.min(ratio, Math.max(0, time(read, two) - NOISE) / time(read, one));
  return ratio;
}

describe.each(Object.entries(READERS))("%s", (_name, read) => {
  test("takes twice the time for twice the text, at most", () => {
    const steep: unknown[] = [];
    for (const [i, piece] of PIECES.entries()) {
      // each piece behind nothing, and behind one of the beginnings
      for (const head of ["", HEADS[i % HEADS.length]!]) {
        const ratio = ratioOf(read, (size) => head + piece.repeat(size / piece.length));
        if (ratio > MOST) steep.push({ head, piece, ratio });
      }
    }
    expect(steep).toEqual([]);
  });
});

test("a reader with a step for each pair of characters is found", () => {
  let steps = 0;
  const squared: Reader = (text) => {
    for (let i = 0; i < text.length; i += 8) for (let j = 0; j < text.length; j += 8) steps += text.charCodeAt(j) & 1;
    return steps;
  };
  expect(ratioOf(squared, (size) => "1".repeat(size))).toBeGreaterThan(MOST);
});
