/** The demo's picture fits every window, and shows what there is to see. */
import { describe, expect, test } from "vitest";
import { MacTable } from "../../src/bytes/mod.js";
import { drawPicture, type PictureState } from "../../src/cli/southbound/demo/picture.js";
import { Pings, RoundTrips } from "../../src/cli/southbound/demo/pings.js";
import { summaryLines, summaryOf } from "../../src/cli/southbound/demo/summary.js";
import { Watch } from "../../src/cli/southbound/demo/watch.js";
import { glyphs, render } from "../../src/cli/southbound/screen.js";

const UTF8 = glyphs({ LANG: "C.UTF-8" });

/** Three switches with two hosts each, and every ping answered in one millisecond but one. */
function sample(options: { readonly more?: number; readonly hosts?: boolean } = {}): PictureState {
  const { more = 0, hosts: withHosts = true } = options;
  const row = new Map([1n, 2n, 3n].map((dpid) => [dpid, `s${dpid}`]));
  const hosts = [1, 2, 3, 4, 5, 6].map((i) => ({
    name: `h${i}`,
    mac: i,
    ip: 0x0a000000 + i,
    dpid: BigInt((i + 1) >> 1),
    port: ((i - 1) % 2) + 1,
  }));
  const switches = Array.from({ length: 3 + more }, (_, i) => {
    const addresses = new MacTable();
    for (const { mac, dpid, port } of hosts) addresses.set(mac, dpid === BigInt(i + 1) ? port : 3);
    const dpid = BigInt(i + 1);
    const name = row.get(dpid) ?? dpid.toString(16);
    return {
      dpid,
      name,
      connected: i < 3,
      version: "1.3",
      peer: `tcp:127.0.0.1:${40000 + i}`,
      ports: 4,
      flows: 31,
      packetIns: 99,
      addresses,
    };
  });
  const watch = new Watch(row);
  Object.defineProperty(watch, "switches", { value: switches });
  const pings = new Pings(withHosts ? hosts.map(({ name }) => name) : []);
  for (const pair of pings.pairs) {
    pings.sent(pair);
    if (pair.from === "h6" && pair.to === "h1") pings.lost(pair);
    else pings.answered(pair, 1);
  }
  const log = Array.from({ length: 50 }, (_, i) => ({ time: "12:00:00.000", level: "info" as const, text: `line ${i}` }));
  return {
    startedAt: 0,
    now: 61_000,
    listen: ["ptcp:6653:127.0.0.1"],
    watch,
    hosts: withHosts ? hosts : [],
    pings,
    row: withHosts ? row : new Map(),
    log,
  };
}

describe("the picture", () => {
  test("80 × 24 has all parts", () => {
    const lines = drawPicture(sample(), 80, 24, false, UTF8);
    const text = lines.join("\n");
    for (const part of [
      /southbound demo +1:01 · listening on ptcp:6653:127\.0\.0\.1 +Ctrl-C stops/,
      /\[s1\] ─+ *\[s2\] ─+ *\[s3\]/,
      /s3 +0000000000000003 +1\.3 +31 +99 +6 +tcp:127\.0\.0\.1:40002/,
      /h1 +h2 +h3 +h4 +h5 +h6$/m,
      /h4 +10\.0\.0\.4 +s2:2 +1\.00 +1\.00 +1\.00 +\. +1\.00 +1\.00/,
      /pings 30 sent, 29 answered, 1 lost; rtt ms min 1\.00 avg 1\.00 max 1\.00/,
      /line 49/,
    ]) {
      expect(text).toMatch(part);
    }
    expect(lines).toHaveLength(24);
  });

  test("120 × 40 tells more", () => {
    const text = drawPicture(sample(), 120, 40, false, UTF8).join("\n");
    expect(text).toContain("00:00:00:00:00:04");
    expect(text).toContain("1.0/1.0/1.0");
    expect(text).toMatch(/answered -lost +h1 +h2/);
    expect(text).toMatch(/h6 +0 -1 +1 +1 +1 +1 +\./);
  });

  test("no size makes it overflow", () => {
    for (const state of [sample(), sample({ more: 100 }), sample({ hosts: false, more: 100 })]) {
      for (const columns of [1, 10, 40, 79, 80, 113, 114, 200]) {
        for (let rows = 1; rows <= 60; rows++) {
          const lines = drawPicture(state, columns, rows, false, UTF8);
          expect(lines.length).toBeLessThanOrEqual(rows);
          expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
        }
      }
    }
  });

  test("colours do not count as width", () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours begin with one
    const bare = (line: string) => line.replace(/\x1b\[[0-9;]*m/g, "");
    expect(drawPicture(sample(), 100, 30, true, UTF8).map(bare)).toEqual(drawPicture(sample(), 100, 30, false, UTF8));
    expect(render([["red", "abc"], "def"], 4, true, "…")).toBe("\x1b[31mabc\x1b[0m…");
  });

  test("outside of UTF-8 it is ASCII", () => {
    expect(drawPicture(sample(), 80, 24, false, glyphs({ LANG: "C" })).join("")).toMatch(/^[ -~]*$/);
  });
});

describe("the summary", () => {
  test("counts, times and the pairs that never met", () => {
    const summary = summaryOf(sample());
    expect(summary).toMatchObject({
      duration: 61,
      listen: ["ptcp:6653:127.0.0.1"],
      pings: { sent: 30, answered: 29, lost: 1, rttMs: { min: 1, avg: 1, p50: 1, p99: 1, max: 1 } },
      unreached: [{ from: "h6", to: "h1" }],
    });
    expect(summary.hosts[3]).toEqual({ name: "h4", mac: "00:00:00:00:00:04", ip: "10.0.0.4", switch: "s2", port: 2 });
    expect(summaryLines(summary).at(-1)).toBe("1 of 30 pairs did not reach each other");
  });

  test("times of nothing are null", () => {
    const rttMs = { min: null, avg: null, p50: null, p99: null, max: null };
    expect(summaryOf(sample({ hosts: false })).pings).toEqual({ sent: 0, answered: 0, lost: 0, rttMs });
  });
});

test("percentiles are of the last 8192 times, the rest of all", () => {
  const times = new RoundTrips();
  times.add(1000);
  for (let i = 1; i <= 8192; i++) times.add(i / 8192);
  expect(times.percentile(0.5)).toBe(0.5);
  expect(times.percentile(1)).toBe(1);
  expect(times.max).toBe(1000);
});
