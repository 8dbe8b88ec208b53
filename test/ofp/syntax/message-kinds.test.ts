/** Holds the names and lengths that follow from the rows of messages to the list of Open vSwitch's. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { hasGoodLength, kindOf } from "../../../src/ofp/syntax/message/message-kinds.js";
import { type VersionRange, versionsIn } from "../../../src/schema/mod.js";

interface Known {
  readonly versions: VersionRange;
  readonly numbers: readonly [type: number, stat: number, experimenter: number, subtype: number];
  readonly min: number;
  readonly multiple: number;
  readonly name: string;
}

const KNOWN: readonly Known[] = readFileSync(new URL("message-kinds.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [versions, numbers, min, multiple, ...name] = line.split(" ") as [VersionRange, string, string, string, ...string[]];
    const parts = numbers.split("/").map(Number) as unknown as Known["numbers"];
    return { versions, numbers: parts, min: Number(min), multiple: Number(multiple), name: name.join(" ") };
  });

const hasStats = (version: number, type: number): boolean => (version === 1 ? type === 16 || type === 17 : type === 18 || type === 19);

/** The first bytes of a message of these numbers. */
function headers(version: number, [type, stat, experimenter, subtype]: Known["numbers"]): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  bytes.set([version, type]);
  let at = 8;
  if (hasStats(version, type)) {
    view.setUint16(8, stat);
    at = version === 1 ? 12 : 16;
  }
  if (experimenter !== 0) {
    view.setUint32(at, experimenter);
    view.setUint32(at + 4, subtype);
  }
  return bytes;
}

test("every kind that Open vSwitch has is known by its numbers, with its name and length", () => {
  const seen: string[] = [];
  const wanted: string[] = [];
  for (const { versions, numbers, min, multiple, name } of KNOWN) {
    for (const version of versionsIn(versions)) {
      const words = `${version} ${numbers}: `;
      wanted.push(`${words}${name} ${min}+${multiple}n`);
      const kind = kindOf(headers(version, numbers));
      seen.push(words + (typeof kind === "string" ? kind : `${kind.name} ${kind.min}+${kind.multiple}n`));
    }
  }
  expect(seen).toEqual(wanted);
  expect(seen).toHaveLength(469);
});

test("no other numbers are known", () => {
  const known = new Set(KNOWN.flatMap(({ versions, numbers }) => versionsIn(versions).map((version) => `${version},${numbers}`)));
  const extra: string[] = [];
  const look = (version: number, ...numbers: Known["numbers"]): void => {
    if (known.has(`${version},${numbers}`)) return;
    const kind = kindOf(headers(version, numbers));
    if (typeof kind !== "string") extra.push(`${version},${numbers}: ${kind.name}`);
  };
  const SUBTYPES = [...Array(200).keys(), 1870, 1871, 1872, 1911, 2300, 2301, 2350];
  for (const version of [1, 2, 3, 4, 5, 6]) {
    for (let type = 0; type < 64; type++) {
      if (!hasStats(version, type) && type !== 4) look(version, type, 0, 0, 0);
      if (type === 4) for (const id of [0x2320, 0x4f4e4600]) for (const n of SUBTYPES) look(version, type, 0, id, n);
      if (!hasStats(version, type)) continue;
      for (let stat = 0; stat < 64; stat++) look(version, type, stat, 0, 0);
      for (const id of [0x2320, 0x4f4e4600]) for (const n of SUBTYPES) look(version, type, 0xffff, id, n);
    }
  }
  expect(extra).toEqual([]);
});

test("what no table has is refused by the first number that is not known", () => {
  const cases: readonly [Uint8Array, string][] = [
    [headers(4, [99, 0, 0, 0]), "OFPBRC_BAD_TYPE"],
    [headers(0, [0, 0, 0, 0]), "OFPBRC_BAD_TYPE"],
    [headers(9, [10, 0, 0, 0]), "OFPBRC_BAD_TYPE"],
    [headers(4, [18, 99, 0, 0]), "OFPBRC_BAD_STAT"],
    [headers(4, [4, 0, 0x1234, 0]), "OFPBRC_BAD_VENDOR"],
    [headers(4, [4, 0, 0x2320, 9999]), "OFPBRC_BAD_SUBTYPE"],
    [headers(9, [4, 0, 0x2320, 10]), "OFPBRC_BAD_SUBTYPE"],
    [headers(1, [16, 0xffff, 0x4f4e4600, 0]), "OFPBRC_BAD_VENDOR"],
    [headers(4, [18, 0xffff, 0x4f4e4600, 9999]), "OFPBRC_BAD_SUBTYPE"],
    [headers(4, [4, 0, 0x2320, 10]).subarray(0, 15), "OFPBRC_BAD_LEN"],
    [headers(4, [18, 0xffff, 0x2320, 10]).subarray(0, 23), "OFPBRC_BAD_LEN"],
    [headers(4, [0, 0, 0, 0]).subarray(0, 7), "OFPBRC_BAD_LEN"],
  ];
  expect(cases.map(([bytes]) => kindOf(bytes))).toEqual(cases.map(([, reason]) => reason));
});

test("hello, error and echo are known in versions to come", () => {
  const names = [0, 1, 2, 3].map((type) => kindOf(headers(0x42, [type, 0, 0, 0])));
  expect(names).toMatchObject([{ name: "OFPT_HELLO" }, { name: "OFPT_ERROR" }, { name: "OFPT_ECHO_REQUEST" }, { name: "OFPT_ECHO_REPLY" }]);
});

test("a length is good from the least on, in whole elements", () => {
  const kind = { name: "", min: 16, multiple: 8 };
  expect([8, 16, 20, 24].map((n) => hasGoodLength(kind, n))).toEqual([false, true, false, true]);
  expect([16, 24].map((n) => hasGoodLength({ ...kind, multiple: 0 }, n))).toEqual([true, false]);
});
