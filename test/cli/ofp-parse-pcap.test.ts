/** `ofctl ofp-parse-pcap`: what it prints of a capture with a segment missing. It runs as a user runs it. */

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
