/** Constructors for some fields of a message: what they make is worth the same as what `of` makes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../../src/bytes/mod.js";
import { apply, decodeBytes, encodeMessage, FlowMod, MESSAGES, type Message, Output, PacketIn, PacketOut } from "../../src/ofp/mod.js";
import { print } from "../../src/ofp/syntax/mod.js";
import { type EntryClass, VERSIONS, type Version, versionName } from "../../src/schema/mod.js";
import { arbitraryMessage, messageClasses } from "../../src/testing/mod.js";
import { thrown } from "../schema/helpers.js";
import { sources } from "./helpers.js";

type Values = Record<string, unknown>;

function said(m: Message, version: Version): string {
  try {
    return toHex(encodeMessage(m, version));
  } catch (e) {
    return String(e);
  }
}

const each = VERSIONS.flatMap((version) => messageClasses(version).map((c) => [versionName(version), c.entryName, version] as const));

test.each(each)("OpenFlow %s %s is written alike, whichever fields are given", (_name, entryName, version) => {
  const type = MESSAGES.entries.find((e) => e.entryName === entryName) as unknown as EntryClass<Record<string, never>, Message>;
  fc.assert(
    fc.property(sources, (source) => {
      const m = arbitraryMessage(source, version, { type: entryName }) as unknown as Values;
      const names = ["xid", ...Object.keys(type.fields)].filter(() => source.integer(0, 2) > 0);
      if (names.length === 0) names.push("xid");
      const literal = Object.fromEntries(names.map((n) => [n, m[n]]));
      const made = (type.maker as unknown as (...names: string[]) => (init: Values) => Message)(...names)(literal);
      const whole = (type.of as unknown as (init: Values) => Message)(literal);
      expect(said(made, version)).toBe(said(whole, version));
      expect(JSON.stringify(made)).toBe(JSON.stringify(whole));
      expect(type.is(made)).toBe(true);
    }),
    { numRuns: 12 },
  );
});

describe("a flow-mod of two fields", () => {
  const make = FlowMod.maker("match", "instructions");
  const m = make({ instructions: [apply(Output.of({ port: 3 }))] });

  test("reads as any other", () => {
    expect([m.type, m.priority, m.bufferId, m.match.isEmpty]).toEqual(["flow-mod", 0x8000, 0xffffffff, true]);
    expect(print(m, { version: 4 })).toBe(print(FlowMod.of({ instructions: m.instructions }), { version: 4 }));
    expect(m.own()).toBe(m);
    expect(Object.keys(m)).toEqual(["match", "instructions"]);
    for (const version of VERSIONS)
      expect(decodeBytes(encodeMessage(m, version)).toJSON()).toMatchObject({ type: "flow-mod", priority: 0x8000 });
  });

  test("takes another value for what is given, and refuses the rest", () => {
    const other = make({});
    other.instructions = m.instructions;
    expect(toHex(encodeMessage(other, 4))).toBe(toHex(encodeMessage(m, 4)));
    const e = thrown(() => {
      (other as { priority: number }).priority = 5;
    });
    expect(`${e.code} ${e.message}`).toBe(
      'ERR_USAGE FlowMod.priority cannot be set on what maker("match", "instructions") has made: name it there too',
    );
    expect(thrown(() => (FlowMod.maker as (n: string) => unknown)("prio")).message).toContain('FlowMod has no field "prio"');
  });

  test("tells what is wrong with a value, and where", () => {
    const wrong = make({ instructions: [apply(Output.of({ port: -1 }))] });
    for (const version of [1, 4] as const) {
      const e = thrown(() => encodeMessage(wrong, version));
      expect(e.code).toBe("ERR_RANGE");
      expect(e.message).toBe(thrown(() => encodeMessage(FlowMod.of({ instructions: wrong.instructions }), version)).message);
    }
  });
});

test("what was made for one place is refused in another", () => {
  const out = Output.maker("port")({ port: 1 });
  const inner = PacketOut.maker("actions")({ actions: [out] });
  for (const version of [1, 4] as const) {
    for (const wrong of [
      FlowMod.maker()({ instructions: [out as never] }),
      PacketOut.maker()({ actions: [inner as never] }),
      FlowMod.maker("instructions")({ instructions: [out as never] }),
      out as unknown as Message,
    ])
      expect(["ERR_RANGE", "ERR_UNSUPPORTED"]).toContain(thrown(() => encodeMessage(wrong, version)).code);
    expect(encodeMessage(inner, version)).toEqual(encodeMessage(PacketOut.of({ actions: [Output.of({ port: 1 })] }), version));
  }
});

test("what else a literal gives is left out", () => {
  const given = { idleTimeout: 5, priority: 9 };
  expect(encodeMessage(FlowMod.maker("idleTimeout")(given), 4)).toEqual(encodeMessage(FlowMod.of({ idleTimeout: 5 }), 4));
});

test("a packet-in has the data and the match that it is given, and no bytes that it lies in", () => {
  const data = Uint8Array.of(1, 2, 3);
  const m = PacketIn.maker("data", "totalLen")({ data, totalLen: 3 });
  expect([m.data, m.dataAt, m.chunk, m.inPort, m.match.isEmpty]).toEqual([data, -1, undefined, 0, true]);
  expect(m.own().data).toBe(data);
});
