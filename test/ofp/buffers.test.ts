/** Bytes in Node's Buffers, as sockets and files give them: what is owned does not change with them. */
import { describe, expect, test } from "vitest";
import { Chunk, fromHex, toHex } from "../../src/bytes/mod.js";
import { decodeBytes, Experimenter, encodeMessage, errorReply, Match, masked, messageCodec, PacketOut } from "../../src/ofp/mod.js";
import { printBytes } from "../../src/ofp/syntax/mod.js";
import type { Mode } from "../../src/schema/mod.js";
import { readCorpus } from "./corpus.js";

const corpus = readCorpus();

/** The bytes as a Buffer amid a larger one. */
function pooled(bytes: Uint8Array): Buffer {
  const pool = Buffer.alloc(bytes.length + 48, 0xdb);
  pool.set(bytes, 24);
  return pool.subarray(24, 24 + bytes.length);
}

/** Every array of bytes in a value, however deep. */
function arraysIn(value: unknown, found: Uint8Array[] = [], seen = new Set<unknown>()): Uint8Array[] {
  if (typeof value !== "object" || value === null || seen.has(value)) return found;
  seen.add(value);
  if (value instanceof Uint8Array) found.push(value);
  else if (!(value instanceof Chunk)) for (const inner of Object.values(value)) arraysIn(inner, found, seen);
  return found;
}

describe.each<Mode>(["specialised", "interpreted"])("own() of a message decoded from a Buffer, %s", (mode) => {
  test("owns all of it, in every type and version", () => {
    const wrong: string[] = [];
    for (const { place, bytes, json, version } of corpus) {
      const buffer = pooled(bytes);
      const m = messageCodec(version, mode).decode(new Chunk(buffer), 0, buffer.length).own();
      buffer.fill(0xff);
      if (JSON.stringify(m.toJSON()) !== JSON.stringify(json) || toHex(encodeMessage(m, version)) !== toHex(bytes)) wrong.push(place);
      if (arraysIn(m).some((array) => Object.getPrototypeOf(array) !== Uint8Array.prototype)) wrong.push(`${place}: a Buffer`);
    }
    expect(wrong).toEqual([]);
  });
});

test("decoding and printing change no byte of a Buffer", () => {
  const changed = corpus.filter(({ bytes }) => {
    const buffer = pooled(bytes);
    decodeBytes(buffer);
    printBytes(buffer, { verbosity: 3 });
    return toHex(buffer) !== toHex(bytes);
  });
  expect(changed.map(({ place }) => place)).toEqual([]);
});

test("Buffers print as other bytes do", () => {
  for (const { bytes } of corpus) expect(printBytes(pooled(bytes))).toBe(printBytes(bytes));
});

test("a match does not change with the bytes that it was made of", () => {
  const [value, mask] = [pooled(fromHex("01020304")), pooled(fromHex("ffff00ff"))];
  const matches = [
    Match.of({ tunMetadata3: value }),
    Match.of({ tunMetadata3: { value, mask } }),
    Match.of({ tunMetadata3: masked(value, mask) }),
  ];
  const before = matches.map(({ key }) => key);
  value.fill(0);
  mask.fill(0x11);
  expect(matches.map(({ key }) => key)).toEqual(before);
  expect(before).toEqual(["tunMetadata3=01020304/", "tunMetadata3=01020004/ffff00ff", "tunMetadata3=01020004/ffff00ff"]);
});

test("the data of an error is the request's, whatever becomes of the request", () => {
  const request = pooled(fromHex("0402000a00000002abcd"));
  const error = errorReply(4, "OFPBRC_BAD_TYPE", 2, request);
  request.fill(0);
  expect(toHex(error.data)).toBe("0402000a00000002abcd");
});

test("fields that are given as Buffers are encoded, and written as JSON, as other bytes are", () => {
  const bytes = fromHex("0a0b0c0d");
  for (const make of [
    (data: Uint8Array) => PacketOut.of({ data }),
    (data: Uint8Array) => Experimenter.of({ experimenter: 0x4f4e4600, expType: 3, data }),
  ]) {
    const [plain, buffered] = [make(bytes), make(pooled(bytes))];
    expect(toHex(encodeMessage(buffered, 4))).toBe(toHex(encodeMessage(plain, 4)));
    expect(JSON.stringify(buffered.toJSON())).toBe(JSON.stringify(plain.toJSON()));
  }
});
