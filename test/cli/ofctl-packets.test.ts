/** `ofctl` on packets: what it prints, and its exit status. It runs as a user runs it, with dist/. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildUdp } from "../../src/packet/mod.js";
import { captureWriter, classicCaptureWriter } from "../../src/vconn/capture-file.js";

const OFCTL = fileURLToPath(new URL("../../bin/ofctl.js", import.meta.url));
const FRAME = buildUdp({ ethSrc: 1, ethDst: 2, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002, udpSrc: 7, udpDst: 9 }, new Uint8Array(4));
const FLOW =
  "udp,in_port=ANY,vlan_tci=0x0000,dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02,nw_src=10.0.0.1,nw_dst=10.0.0.2," +
  "nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=7,tp_dst=9\n";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "southbound-ofctl-packets-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

function ofctl(words: readonly string[], input?: Uint8Array): { stdout: string; stderr: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [OFCTL, ...words], {
    ...(input !== undefined && { input }),
    encoding: "latin1",
  });
  return { stdout, stderr: stderr.replace(/^\d{4}-[^|]*\|\d+\|/gm, ""), status };
}

function file(name: string, ...parts: readonly Uint8Array[]): string {
  const path = join(dir, name);
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

test("parse-pcap prints the flows of each file, and the status is the last error's", () => {
  const pcap = file("one.pcap", classicCaptureWriter.header(), classicCaptureWriter.packet(0, FRAME));
  const pcapng = file("two.pcapng", captureWriter.header(), captureWriter.packet(0, FRAME));
  expect(ofctl(["parse-pcap", pcap, pcapng])).toEqual({ stdout: FLOW + FLOW, stderr: "", status: 0 });
  const missing = join(dir, "missing.pcap");
  expect(ofctl(["parse-pcap", missing, pcap])).toEqual({
    stdout: FLOW,
    stderr: `pcap|WARN|${missing}: failed to open pcap file for reading (No such file or directory)\nofctl: ${missing}: open failed (No such file or directory)\n`,
    status: 2,
  });
});

test("parse-pcap reads hostile captures to where they are wrong", () => {
  const cut = file(
    "cut.pcap",
    classicCaptureWriter.header(),
    classicCaptureWriter.packet(0, FRAME),
    classicCaptureWriter.packet(0, FRAME).subarray(0, 30),
  );
  expect(ofctl(["parse-pcap", cut])).toMatchObject({
    stdout: FLOW,
    stderr: expect.stringContaining("read failed (End of file)\n"),
    status: 255,
  });
  const text = file("text.pcap", Buffer.from("this is no packet capture at all"));
  expect(ofctl(["parse-pcap", text])).toMatchObject({
    stdout: "",
    stderr: expect.stringContaining("open failed (Protocol error)\n"),
    status: 71,
  });
  expect(ofctl(["parse-pcap", file("empty.pcap")])).toMatchObject({
    stderr: expect.stringContaining("open failed (End of file)\n"),
    status: 255,
  });
  expect(ofctl(["parse-pcap", dir])).toMatchObject({ stderr: expect.stringContaining("open failed (Is a directory)\n"), status: 21 });
  const header = classicCaptureWriter.header();
  header[20] = 113;
  const cooked = Buffer.concat([Buffer.from("0000000100060000000000010000", "hex"), FRAME.subarray(12)]);
  expect(ofctl(["parse-pcap", file("cooked.pcap", header, classicCaptureWriter.packet(0, cooked))])).toEqual({
    stdout: FLOW.replace("00:00:00:00:00:02", "00:00:00:00:00:00"),
    stderr: "",
    status: 0,
  });
});

test("compose-packet and parse-packet are the inverse of each other", () => {
  const composed = ofctl(["--pcap", "compose-packet", "udp,nw_dst=10.0.0.1,udp_dst=53", "00ff"]);
  expect(composed).toMatchObject({ stderr: "", status: 0 });
  const bytes = Buffer.from(composed.stdout, "latin1");
  expect(bytes.subarray(0, 4).toString("hex")).toBe("d4c3b2a1");
  expect(bytes.length).toBe(24 + 16 + 14 + 20 + 8 + 2);
  expect(ofctl(["parse-packet"], bytes.subarray(40)).stdout).toMatch(/^udp,.*,nw_dst=10\.0\.0\.1,.*tp_dst=53 udp_csum:[0-9a-f]+\n$/);
  expect(ofctl(["compose-packet", "ip,reg0=5"])).toMatchObject({
    stdout: expect.stringMatching(/^00000000 {2}00 /),
    stderr: expect.stringMatching(/^specified and extracted flows differ:\nspecified: ip,reg0=0x5,.*\nextracted: ip,in_port=ANY,/),
    status: 1,
  });
  expect(ofctl(["compose-packet", "udp", "0g"])).toEqual({ stdout: "", stderr: "ofctl: 0g: trailing garbage in packet data\n", status: 1 });
});

test("check-vlan reads hexadecimal digits as C does", () => {
  expect(ofctl(["check-vlan", "11abc", "0x1fff"])).toMatchObject({
    stdout: expect.stringMatching(/^dl_vlan=2748 -> 1abc\/1fff\n/),
    status: 0,
  });
});
