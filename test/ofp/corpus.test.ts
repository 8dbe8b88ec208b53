import { describe, expect, test } from "vitest";
import { Chunk, toHex } from "../../src/bytes/mod.js";
import { ACTIONS, decodeBytes, encodeMessage, INSTRUCTIONS, MESSAGES, messageFromJSON } from "../../src/ofp/mod.js";
import { printBytes } from "../../src/ofp/syntax/mod.js";
import { readCorpus } from "./corpus.js";
import { encoded, outcome } from "./helpers.js";

const corpus = readCorpus();

describe("our own messages", () => {
  test.each(corpus.map((entry) => [entry.place, entry] as const))("%s", (_place, { bytes, json, version, type, text }) => {
    const m = decodeBytes(bytes);
    expect(m.type).toBe(type);
    expect(m.toJSON()).toEqual(json);
    // what ovs-ofctl prints, so that the printer is held to it where Open vSwitch is not installed
    expect(printBytes(bytes, { verbosity: 2 })).toBe(text);
    expect(toHex(encodeMessage(m, version))).toBe(toHex(bytes));
    const made = messageFromJSON(json);
    expect(made.toJSON()).toEqual(json);
    for (const mode of ["specialised", "interpreted"] as const) {
      expect(toHex(encoded(made, version, mode))).toBe(toHex(bytes));
      expect(outcome(new Chunk(bytes), 0, bytes.length, version, mode)).toMatchObject({ m: json });
    }
  });

  test("every message is there in every version that has it", () => {
    const found = new Set(corpus.map(({ type, version }) => `${type} ${version}`));
    const wanted = MESSAGES.entries.flatMap((e) => e.versions.map((v) => `${e.entryName} ${v}`));
    expect(wanted.filter((name) => !found.has(name))).toEqual([]);
  });

  test("every action and instruction is there", () => {
    const all = JSON.stringify(corpus.map(({ json }) => json));
    const names = [...ACTIONS.entries, ...INSTRUCTIONS.entries].map((e) => e.entryName);
    // ovs-ofctl, which the texts come from, does not know these
    const missing = ["copy-ttl-out", "copy-ttl-in", "push-pbb", "pop-pbb", "debug-slow", "debug-recirc", "stat-trigger"];
    expect(names.filter((name) => !missing.includes(name) && !all.includes(`"type":"${name}"`))).toEqual([]);
  });
});
