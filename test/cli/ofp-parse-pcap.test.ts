/** `ofctl ofp-parse-pcap`: what it prints of a capture with segments missing, and of one that was cut. It runs as a user runs it. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fromHex } from "../../src/bytes/mod.js";
import { buildTcp } from "../../src/packet/mod.js";
import { captureWriter } from "../../src/vconn/capture-file.js";

const OFCTL = fileURLToPath(new URL("../../bin/ofctl.js", import.meta.url));
const ENDS = { ethSrc: 1, ethDst: 2, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002, tcpSrc: 40000, tcpDst: 6653 };
const BARRIER = "0414000800000003";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "southbound-parse-pcap-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

test("prints each direction up to the segment that is missing", () => {
  const file = join(dir, "gap.pcapng");
  const frames = [100, 116].map((seq) => buildTcp({ ...ENDS, seq }, fromHex(BARRIER)));
  writeFileSync(file, Buffer.concat([captureWriter.header(), ...frames.map((frame, i) => captureWriter.packet(i, frame))]));
  const { stdout, stderr, status } = spawnSync(process.execPath, [OFCTL, "ofp-parse-pcap", file], { encoding: "utf8" });
  expect(stdout).toBe("10.0.0.1.40000 > 10.0.0.2.6653:\nOFPT_BARRIER_REQUEST (OF1.3) (xid=0x3):\n");
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

/** A capture in the pcap format whose packets were cut at a length, and what the command makes of it. */
function parse(name: string, linkType: number, snap: number, cut = 0): { stdout: string; stderr: string; status: number | null } {
  const frame = buildTcp({ ...ENDS, seq: 100 }, fromHex(BARRIER + BARRIER));
  const head = Buffer.from(`a1b2c3d400020004000000000000000000000060000000${linkType.toString(16).padStart(2, "0")}`, "hex");
  const record = Buffer.alloc(16);
  record.writeUInt32BE(Math.min(snap, frame.length), 8);
  record.writeUInt32BE(frame.length, 12);
  const file = join(dir, name);
  const all = Buffer.concat([head, record, frame.subarray(0, snap)]);
  writeFileSync(file, all.subarray(0, all.length - cut));
  const { stdout, stderr, status } = spawnSync(process.execPath, [OFCTL, "ofp-parse-pcap", file], { encoding: "utf8" });
  return { stdout, stderr, status };
}
const PRINTED = "10.0.0.1.40000 > 10.0.0.2.6653:\nOFPT_BARRIER_REQUEST (OF1.3) (xid=0x3):\n";

test("says in one line why there is less than there could be, and prints the rest", () => {
  const line = (text: string): unknown => expect.stringMatching(new RegExp(`^[^\\n]*\\|pcap\\|WARN\\|[^\\n]*${text}[^\\n]*\\n$`));
  expect(parse("snap.pcap", 1, 64)).toEqual({ stdout: PRINTED, stderr: line("captured in part only"), status: 0 });
  expect(parse("nothing.pcap", 1, 40)).toEqual({ stdout: "", stderr: line("captured in part only"), status: 0 });
  expect(parse("cut.pcap", 1, 1000, 1)).toEqual({ stdout: "", stderr: line("ends within a packet"), status: 0 });
});

test("opens no capture of an unknown network type, as Open vSwitch", () => {
  const { stdout, stderr, status } = parse("type.pcap", 147, 1000);
  expect([stdout, status]).toEqual(["", 1]);
  expect(stderr).toMatch(/1 of link type 147\nofctl: .*type.pcap: open failed \(Protocol error\)\n$/);
});
