import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes/mod.js";
import {
  decodeBytes,
  type ErrorMessage,
  encodeMessage,
  errorName,
  errorNameOf,
  errorPlace,
  errorReply,
  unknownReason,
} from "../../src/ofp/mod.js";
import { VERSIONS, type Version } from "../../src/schema/mod.js";

const request = fromHex("0100000812345678");
const sent = (version: Version, reason: string): string => toHex(encodeMessage(errorReply(version, reason, 0x12345678, request), version));
const error = (hex: string): ErrorMessage => decodeBytes(fromHex(hex)) as ErrorMessage;

describe("errors", () => {
  test("an experimenter's error has three forms, and one set of fields", () => {
    expect(sent(1, "NXBRC_MUST_BE_ZERO")).toBe("0101001c12345678b0c200000000232000010203".concat("0100000812345678"));
    expect(sent(4, "OFPBIC_DUP_INST")).toBe("0401001812345678ffff0a284f4e4600".concat("0100000812345678"));
    expect(sent(5, "OFPBIC_DUP_INST")).toBe("050100141234567800030009".concat("0100000812345678"));
    for (const version of VERSIONS) expect(errorNameOf(error(sent(version, "NXST_NOT_CONFIGURED")))).toBe("NXST_NOT_CONFIGURED");
  });

  test("what a version has no place for is said so", () => {
    expect(errorPlace("OFPBFC_BAD_ID", 1)).toBeUndefined();
    expect(errorNameOf(error(sent(1, "OFPBFC_BAD_ID")))).toBe("NXBRC_UNENCODABLE_ERROR");
  });

  test("of two errors at one place the first is read", () => {
    expect(errorName(1, 1, 5)).toBe("OFPBRC_EPERM");
    expect(errorName(2, 3, 5)).toBe("OFPBIC_BAD_EXPERIMENTER");
  });

  test("an error that is not known keeps its numbers", () => {
    const m = error("04010014000000010001ffff0100000812345678");
    expect(errorNameOf(m)).toBe("type 1 code 65535");
    expect(errorNameOf(error("0401001000000001ffff00070000abcd"))).toBe("experimenter 0xabcd type 65535 code 7");
  });

  test("an experimenter's error that is cut short is refused", () => {
    expect(() => error("0401000c00000001ffff0007")).toThrow(/OFPBRC_BAD_LEN/);
    expect(() => error("0101001000000001b0c2000000002320")).toThrow(/OFPBRC_BAD_LEN/);
  });
});

describe("why a message is not known", () => {
  test.each([
    ["041f000800000001", "OFPBRC_BAD_TYPE"],
    ["041200100000000100ee000000000000", "OFPBRC_BAD_STAT"],
    ["0412000800000001", "OFPBRC_BAD_LEN"],
    ["0412001800000001ffff0000000000000000abcd00000001", "OFPBRC_BAD_VENDOR"],
    ["0412001800000001ffff0000000000000000232000000063", "OFPBRC_BAD_SUBTYPE"],
    ["04040010000000010000abcd00000001", "OFPBRC_BAD_VENDOR"],
    ["0404001000000001000023200000ffff", "OFPBRC_BAD_SUBTYPE"],
  ])("%s", (hex, reason) => {
    expect(unknownReason(decodeBytes(fromHex(hex)), 4)).toBe(reason);
  });

  test("a message that a table describes is known", () => {
    expect(unknownReason(decodeBytes(fromHex("0414000800000007")), 4)).toBeUndefined();
  });
});
