import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  Chunk,
  crc32c,
  decodeText,
  encodedLength,
  encodeText,
  fromHex,
  hexDump,
  internetChecksum,
  MacTable,
  pseudoHeaderIpv4,
  pseudoHeaderIpv6,
  Reader,
  toHex,
  updateChecksum,
} from "../../src/bytes/mod.js";

describe("Reader", () => {
  const chunk = new Chunk(fromHex("ff 01 0203 04050607 08090a0b0c0d0e0f 101112131415 161718 ff"));
  it("reads every kind in order", () => {
    const r = new Reader(chunk, 1, 25);
    expect([r.u8(), r.u16(), r.u32(), r.u64(), r.mac()]).toEqual([1, 0x0203, 0x0405_0607, 0x0809_0a0b_0c0d_0e0fn, 0x1011_1213_1415]);
    expect([r.offset, r.position, r.remaining]).toEqual([21, 22, 3]);
    r.skip(1);
    expect(toHex(r.bytes(1))).toBe("17");
    const view = r.view(1);
    expect(view.buffer).toBe(chunk.u8.buffer);
    expect(r.remaining).toBe(0);
  });
  it("refuses to go past its end, and stays where it was", () => {
    const r = new Reader(chunk, 1, 4, "OFPBAC_BAD_LEN");
    r.u8();
    for (const read of [() => r.u32(), () => r.u64(), () => r.mac(), () => r.bytes(3), () => r.view(-1), () => r.skip(Number.NaN)]) {
      expect(read).toThrow(expect.objectContaining({ code: "ERR_DECODE", reason: "OFPBAC_BAD_LEN", offset: 1 }));
    }
    expect(r.u16()).toBe(0x0203);
    expect(() => new Reader(chunk, 0, 0).u8()).toThrow(expect.objectContaining({ reason: "OFPBRC_BAD_LEN", offset: 0 }));
  });
  it("refuses a range outside the chunk", () => {
    for (const [start, end] of [
      [0, 27],
      [3, 2],
      [-1, 2],
    ] as const) {
      expect(() => new Reader(chunk, start, end)).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
    }
  });
});

const hasOvs = spawnSync("ovs-ofctl", ["--version"]).status === 0;

describe("hex", () => {
  it("reads white space and both cases, and refuses the rest", () => {
    expect(fromHex(" 0a\tFf\n0 1 ")).toEqual(Uint8Array.of(10, 255, 1));
    for (const text of ["0", "0g", "0x01"]) expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });
  it("round trips", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });
  it("dumps", () => {
    expect(hexDump(new Uint8Array(0))).toBe("");
    expect(hexDump(fromHex("0401000c00000000ffff0000"))).toBe(
      "00000000  04 01 00 0c 00 00 00 00-ff ff 00 00             |............    |\n",
    );
    expect(hexDump(Uint8Array.of(0x41, 0x42, 0x43), 14)).toBe(
      `00000000 ${"   ".repeat(14)} 41 42 |${" ".repeat(14)}AB|\n00000010  43${"   ".repeat(15)} |C${" ".repeat(15)}|\n`,
    );
  });
  it.skipIf(!hasOvs)("dumps as ovs-ofctl does", () => {
    for (const n of [12, 15, 16, 17, 23, 24, 25, 48, 300]) {
      const bytes = Uint8Array.from({ length: n }, (_, i) => (i * 37) & 255);
      bytes.set([4, 1, n >> 8, n & 255, 0, 0, 0, 0, 0xff, 0xff]);
      const { stdout } = spawnSync("ovs-ofctl", ["ofp-print", toHex(bytes)], { encoding: "utf8" });
      expect(stdout.slice(stdout.indexOf("\n") + 1)).toBe(hexDump(bytes));
    }
  });
});

describe("checksums", () => {
  it("gives the sum of RFC 1071, section 3", () => {
    const chunk = new Chunk(fromHex("0001 f203 f4f5 f6f7"));
    expect(internetChecksum(chunk, 0, 8)).toBe(~0xddf2 & 0xffff);
    expect(internetChecksum(chunk, 0, 7)).toBe(internetChecksum(new Chunk(fromHex("0001f203f4f5f600")), 0, 8));
  });
  it("adds pseudo headers", () => {
    const v4 = new Chunk(fromHex("c0000201 c6336407 00 11 000a"));
    expect(internetChecksum(v4, 0, 0, pseudoHeaderIpv4(0xc000_0201, 0xc633_6407, 17, 10))).toBe(internetChecksum(v4, 0, 12));
    const v6 = new Chunk(fromHex("20010db8000000000000000000000001 20010db80000000000000000ffff0002 00010002 0000003a"));
    const sum = pseudoHeaderIpv6(0x2001_0db8_0000_0000_0000_0000_0000_0001n, 0x2001_0db8_0000_0000_0000_0000_ffff_0002n, 58, 0x1_0002);
    expect(internetChecksum(v6, 0, 0, sum)).toBe(internetChecksum(v6, 0, 40));
  });
  it("updates as if it were worked out anew", () => {
    const words = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(words, fc.nat(), fc.integer({ min: 0, max: 0xffff }), (list, where, after) => {
        const chunk = new Chunk(2 * list.length + 2);
        list.forEach((w, i) => {
          chunk.dv.setUint16(2 * i, w);
        });
        chunk.dv.setUint16(2 * list.length, 1); // never all zero, so that neither form of zero is in doubt
        const at = 2 * (where % list.length);
        const before = internetChecksum(chunk, 0, chunk.u8.length);
        const old = chunk.dv.getUint16(at);
        chunk.dv.setUint16(at, after);
        return updateChecksum(before, old, after) === internetChecksum(chunk, 0, chunk.u8.length);
      }),
    );
  });
  it("gives the CRC32c of RFC 3720, appendix B.4", () => {
    expect(crc32c(new Chunk(32), 0, 32)).toBe(0x8a91_36aa);
    expect(crc32c(new Chunk(new TextEncoder().encode("123456789")), 0, 9)).toBe(0xe306_9283);
    const chunk = new Chunk(fromHex("0102030405"));
    expect(crc32c(chunk, 2, 5, crc32c(chunk, 0, 2))).toBe(crc32c(chunk, 0, 5));
  });
});

describe("text", () => {
  const back = (text: string) => {
    const u8 = new Uint8Array(encodedLength(text) + 2).fill(7);
    expect(encodeText(text, u8, 1)).toBe(u8.length - 1);
    return u8.slice(1, -1);
  };
  it("escapes what is not UTF-8 as Python does", () => {
    expect(decodeText(fromHex("61 ff c3a9 c0af eda080 f4908080 e282"))).toBe(
      "a\udcff\u00e9\udcc0\udcaf\udced\udca0\udc80\udcf4\udc90\udc80\udc80\udce2\udc82",
    );
    expect(decodeText(fromHex("f09f9880"))).toBe("\u{1f600}");
  });
  it("keeps a byte order mark", () => {
    expect(decodeText(fromHex(`efbbbf${"61".repeat(40)}`))).toBe(`\ufeff${"a".repeat(40)}`);
  });
  it("round trips any bytes", () => {
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 5 }),
      fc.string({ unit: "grapheme" }).map((s) => new TextEncoder().encode(s)),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (list) => {
        const bytes = Uint8Array.from(list.flatMap((b) => [...b]));
        expect(back(decodeText(bytes))).toEqual(bytes);
      }),
    );
    const long = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 89) & 255);
    expect(back(decodeText(long))).toEqual(long);
  });
  it("agrees with TextEncoder and TextDecoder on well-formed text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        const bytes = new TextEncoder().encode(text);
        expect(back(text)).toEqual(bytes);
        expect(decodeText(bytes)).toBe(text);
      }),
    );
  });
  it("refuses what it cannot write", () => {
    const range = expect.objectContaining({ code: "ERR_RANGE" });
    for (const text of ["\ud800", "\udc7f", "\ud800a", "\udd00"]) expect(() => encodedLength(text)).toThrow(range);
    expect(() => encodeText("abc", new Uint8Array(2), 0)).toThrow(range);
    expect(() => encodeText("a\u00e9", new Uint8Array(2), 0)).toThrow(range);
  });
});

describe("MacTable", () => {
  it("does what a Map does", () => {
    // Few addresses and a small table, so that runs meet and wrap.
    const mac = fc.oneof(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: 40 }).map((n) => n * 2 ** 40),
    );
    const op = fc.tuple(
      fc.constantFrom("set", "set", "set", "delete", "delete", "deleteValue", "clear", "grow"),
      mac,
      // those from 65534 on stand elsewhere
      fc.constantFrom(0, 1, 2, 0xfffd, 0xfffe, 0xffff, 0xffff_fffe, 0xffff_ffff),
    );
    fc.assert(
      fc.property(fc.integer(), fc.array(op, { maxLength: 300, size: "max" }), (seed, ops) => {
        const table = new MacTable(undefined, seed);
        const model = new Map<number, number>();
        for (const [name, key, value] of ops) {
          if (name === "set") {
            expect(table.set(key, value)).toBe(true);
            model.set(key, value);
          } else if (name === "delete") expect(table.delete(key)).toBe(model.delete(key));
          else if (name === "grow") table.grow((value & 3) * 20);
          else if (name === "deleteValue") {
            const gone = [...model].filter(([, v]) => v === value);
            for (const [k] of gone) model.delete(k);
            expect(table.deleteValue(value)).toBe(gone.length);
          } else if (value === 0) {
            table.clear();
            model.clear();
          }
          expect(table.size).toBe(model.size);
          expect(table.get(key)).toBe(model.get(key));
        }
        expect([...table].sort((a, b) => a[0] - b[0])).toEqual([...model].sort((a, b) => a[0] - b[0]));
        for (const [k, v] of model) expect(table.get(k)).toBe(v);
      }),
    );
  });
  it("holds many, and refuses new ones beyond its bound", () => {
    const table = new MacTable(10_000);
    for (let i = 0; i < 10_000; i++) expect(table.set(i * 0x1_0001_0001, i)).toBe(true);
    expect(table.set(0xffff_ffff_ffff, 1)).toBe(false);
    expect(table.has(0xffff_ffff_ffff)).toBe(false);
    expect(table.set(0, 7)).toBe(true);
    expect(table.get(0)).toBe(7);
    expect(table.get(9999 * 0x1_0001_0001)).toBe(9999);
    expect(table.delete(0) && table.set(0xffff_ffff_ffff, 1)).toBe(true);
  });
  it("knows no key that is no address", () => {
    const table = new MacTable();
    for (const key of [-1, Number.NaN, 2 ** 48, 0.5]) {
      expect(table.get(key)).toBeUndefined();
      expect(table.delete(key)).toBe(false);
      expect(() => table.set(key, 1)).toThrow(expect.objectContaining({ code: "ERR_RANGE" }));
    }
    for (const value of [-1, 0.5, 2 ** 32]) expect(() => table.set(1, value)).toThrow(expect.objectContaining({ code: "ERR_RANGE" }));
  });
});
