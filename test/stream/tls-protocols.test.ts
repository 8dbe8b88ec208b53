import { expect, test } from "vitest";
import { contentHint, parseTlsVersions, targetUsage, verifyName } from "../../src/stream/mod.js";

test.each([
  ["", "TLSv1.2", "TLSv1.3", []],
  ["TLSv1,TLSv1.1,TLSv1.2", "TLSv1.2", "TLSv1.3", []],
  ["TLSv1.2", "TLSv1.2", "TLSv1.2", []],
  ["tlsv1.1\tTLSV1.2", "TLSv1.1", "TLSv1.2", []],
  ["TLSv1.2+", "TLSv1.2", "TLSv1.3", []],
  ["TLSv1.3+", "TLSv1.3", "TLSv1.3", []],
  ["TLSv1.2-TLSv1.3", "TLSv1.2", "TLSv1.3", []],
  ["TLSv1.3, TLSv1.1", "TLSv1.1", "TLSv1.3", ["TLSv1.2"]],
] as const)("protocols %j", (text, min, max, filled) => {
  expect(parseTlsVersions(text)).toEqual({ min, max, filled });
});

test.each(["SSLv3", "TLSv1.4+", "TLSv1.3-TLSv1.2", "TLSv1.2-", ",", "TLSv1.2,nothing"])("protocols %j are refused", (text) => {
  expect(() => parseTlsVersions(text)).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
});

test("what a peer speaks is guessed by its first bytes", () => {
  const hint = (hex: string, expected: "OpenFlow" | "SSL") => contentHint(Buffer.from(hex, "hex"), expected);
  expect(hint("160301", "OpenFlow")).toBe("received SSL data on OpenFlow channel");
  expect(hint("7b226d", "OpenFlow")).toBe("received JSON-RPC data on OpenFlow channel");
  expect(hint("0100", "SSL")).toBe("received OpenFlow data on SSL channel");
  expect([hint("0600", "OpenFlow"), hint("16", "OpenFlow"), hint("", "SSL"), hint("ffff", "SSL")]).toEqual(Array(4).fill(undefined));
});

test("verifyName looks at the class alone", () => {
  for (const name of ["tcp:", "ssl:x", "tls:x", "unix:/x"]) expect(verifyName(name), name).toBeNull();
  for (const name of ["ptcp:", "pssl:x", "punix:/x"]) expect(verifyName(name, true), name).toBeNull();
  for (const name of ["tcp", "ptcp:1", "", "TCP:x", "toString:"]) expect(verifyName(name)?.code, name).toBe("EAFNOSUPPORT");
  expect(verifyName("tls:", true)?.code).toBe("EAFNOSUPPORT");
});

test("targetUsage leaves out the options of TLS where they stand elsewhere", () => {
  expect(targetUsage({ active: true, pki: false })).toBe(`Active OpenFlow connection methods:
  tcp:HOST[:PORT]         PORT (default: 6653) at remote HOST
  ssl:HOST[:PORT]         SSL PORT (default: 6653) at remote HOST
  unix:FILE               Unix domain socket named FILE
`);
});

test("targetUsage has the lines of Open vSwitch's programs", () => {
  expect(targetUsage({ active: true, passive: true, bootstrap: true })).toBe(`Active OpenFlow connection methods:
  tcp:HOST[:PORT]         PORT (default: 6653) at remote HOST
  ssl:HOST[:PORT]         SSL PORT (default: 6653) at remote HOST
  unix:FILE               Unix domain socket named FILE
Passive OpenFlow connection methods:
  ptcp:[PORT][:IP]        listen to TCP PORT (default: 6653) on IP
  pssl:[PORT][:IP]        listen for SSL on PORT (default: 6653) on IP
  punix:FILE              listen on Unix domain socket FILE
PKI configuration (required to use SSL):
  -p, --private-key=FILE  file with private key
  -c, --certificate=FILE  file with certificate for private key
  -C, --ca-cert=FILE      file with peer CA certificate
  --bootstrap-ca-cert=FILE  file with peer CA certificate to read or create
`);
});
