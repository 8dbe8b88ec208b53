import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDpid, formatIpv4, formatIpv6, formatMac, parseDpid, parseIpv4, parseIpv6, parseMac } from "../../src/bytes/mod.js";

const usage = expect.objectContaining({ code: "ERR_USAGE" });
const range = expect.objectContaining({ code: "ERR_RANGE" });

describe("MAC", () => {
  it("reads and writes", () => {
    expect(formatMac(0x001b_210a_0b0c)).toBe("00:1b:21:0a:0b:0c");
    expect(parseMac("0:1B:21:a:b:c")).toBe(0x001b_210a_0b0c);
    expect(formatMac(0xffff_ffff_ffff)).toBe("ff:ff:ff:ff:ff:ff");
  });
  it.each([
    "",
    "00:1b:21:0a:0b",
    "00:1b:21:0a:0b:0c:0d",
    "00-1b-21-0a-0b-0c",
    "001:1b:21:0a:0b:0c",
    "g0:1b:21:0a:0b:0c",
    " 00:1b:21:0a:0b:0c",
  ])("refuses %j", (text) => expect(() => parseMac(text)).toThrow(usage));
  it("refuses what is no number of 48 bits", () => {
    for (const mac of [-1, 2 ** 48, 1.5, Number.NaN]) expect(() => formatMac(mac)).toThrow(range);
  });
  it("round trips", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (mac) => parseMac(formatMac(mac)) === mac));
  });
});

describe("IPv4", () => {
  it("reads and writes", () => {
    expect(formatIpv4(0xc000_0201)).toBe("192.0.2.1");
    expect(parseIpv4("255.255.255.255")).toBe(0xffff_ffff);
  });
  it.each(["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "0x1.2.3.4", "1..3.4"])("refuses %j", (text) => {
    expect(() => parseIpv4(text)).toThrow(usage);
  });
  it("refuses signed and long numbers", () => {
    for (const n of [-1, 2 ** 32, 0.5]) expect(() => formatIpv4(n)).toThrow(range);
  });
  it("round trips", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (n) => parseIpv4(formatIpv4(n)) === n));
  });
});

describe("IPv6", () => {
  it.each([
    ["::", 0n],
    ["::1", 1n],
    ["2001:db8::1", 0x2001_0db8_0000_0000_0000_0000_0000_0001n],
    ["2001:db8:0:1:1:1:1:1", 0x2001_0db8_0000_0001_0001_0001_0001_0001n],
    ["2001:0:0:1::1", 0x2001_0000_0000_0001_0000_0000_0000_0001n],
    ["2001:db8::1:0:0:1", 0x2001_0db8_0000_0000_0001_0000_0000_0001n],
    ["fe80::", 0xfe80n << 112n],
    ["::ffff:1.2.3.4", 0xffff_0102_0304n],
    ["::1.2.3.4", 0x0102_0304n],
    ["::0.1.0.0", 0x1_0000n],
    ["::ffff:0:102:304", 0xffff_0000_0102_0304n],
    ["1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004_0005_0006_0007_0008n],
  ])("writes and reads %s", (text, address) => {
    expect(formatIpv6(address)).toBe(text);
    expect(parseIpv6(text)).toBe(address);
  });
  it("reads other forms of the same", () => {
    expect(parseIpv6("2001:0DB8:0:0:0:0:0:1")).toBe(parseIpv6("2001:db8::1"));
    expect(parseIpv6("1:2:3:4:5:6:7::")).toBe(parseIpv6("1:2:3:4:5:6:7:0"));
    expect(parseIpv6("1:2:3:4:5:6:1.2.3.4")).toBe(parseIpv6("1:2:3:4:5:6:102:304"));
    expect(parseIpv6("64:ff9b::192.0.2.33")).toBe(0x0064_ff9b_0000_0000_0000_0000_c000_0221n);
  });
  it.each([
    "",
    ":",
    ":::",
    "1",
    "1::2::3",
    ":1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:",
    "1:2:3:4:5:6:7:8:9",
    "1::2:3:4:5:6:7:8",
    "12345::",
    "::g",
    "1.2.3.4",
    "::1.2.3",
    "::1.2.3.04",
    "::1.2.3.4:5",
    "::1%eth0",
    "::/64",
    " ::1",
    "1:2:3:4:5:6:7:1.2.3.4",
  ])("refuses %j", (text) => expect(() => parseIpv6(text)).toThrow(usage));
  it("refuses what is no number of 128 bits", () => {
    for (const n of [-1n, 1n << 128n]) expect(() => formatIpv6(n)).toThrow(range);
  });
  it("round trips", () => {
    const group = fc.oneof(fc.constant(0n), fc.bigInt(0n, 0xffffn));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const address = groups.reduce((a, g) => (a << 16n) | g, 0n);
        return parseIpv6(formatIpv6(address)) === address;
      }),
    );
  });
});

describe("datapath id", () => {
  it("reads and writes", () => {
    expect(formatDpid(1n)).toBe("0000000000000001");
    for (const text of ["1", "0x1", "0X1", "0000000000000001", "00:00:00:00:00:00:00:01", "0:0:0:0:0:0:0:1"])
      expect(parseDpid(text)).toBe(1n);
    expect(parseDpid("aa:bb:cc:dd:ee:ff")).toBe(0xaabb_ccdd_eeffn);
    expect(parseDpid("FFFFFFFFFFFFFFFF")).toBe(0xffff_ffff_ffff_ffffn);
  });
  it.each(["", "0x", "00000000000000001", "1:2:3:4:5:6:7:8:9", "001:2", "g", "1:", "-1", "1 "])("refuses %j", (text) => {
    expect(() => parseDpid(text)).toThrow(usage);
  });
  it("refuses what is no number of 64 bits", () => {
    for (const n of [-1n, 1n << 64n]) expect(() => formatDpid(n)).toThrow(range);
  });
  it("round trips", () => {
    fc.assert(fc.property(fc.bigInt(0n, (1n << 64n) - 1n), (n) => parseDpid(formatDpid(n)) === n));
  });
});
