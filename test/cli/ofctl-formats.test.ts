/** Formats, filters and views of ofctl, as a user runs it, against our own switch. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { FlowStatsReply, messageFromJSON } from "../../src/ofp/mod.js";
import { Switch } from "../../src/switch/mod.js";

const OFCTL = fileURLToPath(new URL("../../bin/ofctl.js", import.meta.url));
let dir: string;
let bridge: Switch;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "southbound-formats-"));
  bridge = new Switch({ datapathId: 1n, tables: 3 });
  await bridge.listen(`punix:${dir}/br0.mgmt`);
  const flows = ["table=0,priority=5,tcp,nw_dst=10.0.0.0/8,actions=output:1", "table=0,arp,actions=goto_table:1", "table=1,actions=drop"];
  writeFileSync(join(dir, "flows"), `${flows.join("\n")}\n`);
  expect(await ofctl("-O", "OpenFlow13", "add-flows", "br0", join(dir, "flows"))).toMatchObject({ status: 0, stderr: "" });
});
afterAll(async () => {
  await bridge.close();
  rmSync(dir, { recursive: true });
});

function ofctl(...words: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [OFCTL, ...words], { env: { ...process.env, OVS_RUNDIR: dir } });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  child.stdin.end();
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, ...said })));
}

const dump = (...words: string[]) => ofctl("-O", "OpenFlow13", ...words);
const flowsOf = (json: unknown): number => {
  const m = messageFromJSON(json as never);
  expect(FlowStatsReply.is(m)).toBe(true);
  return (m as FlowStatsReply).flows.length;
};

test("json is a list of messages, ndjson a line for each, yaml a document for each", async () => {
  const json = await dump("--format", "json", "dump-flows", "br0");
  expect(json).toMatchObject({ status: 0, stderr: "" });
  expect((JSON.parse(json.stdout) as unknown[]).map(flowsOf)).toEqual([3]);
  const lines = (await dump("--format=ndjson", "dump-flows", "br0")).stdout.trimEnd().split("\n");
  expect(lines.map((line) => flowsOf(JSON.parse(line)))).toEqual([3]);
  const yaml = (await dump("--format=yaml", "dump-flows", "br0")).stdout;
  expect(parseAllDocuments(yaml).map((document) => flowsOf((document as { toJS(): unknown }).toJS()))).toEqual([3]);
  expect(parse(yaml)).toMatchObject({ type: "flow-stats-reply", version: 4 });
});

test("with an order the flows are one reply; what is no message is text; nothing is an empty list", async () => {
  const sorted = JSON.parse((await dump("--format=json", "--sort", "dump-flows", "br0")).stdout) as { flows: { priority: number }[] }[];
  expect(sorted.map((m) => m.flows.map((flow) => flow.priority))).toEqual([[5, 32768, 32768]]);
  expect(JSON.parse((await ofctl("--format=json", "get-frags", "br0")).stdout)).toEqual([{ text: "normal" }]);
  expect(JSON.parse((await ofctl("--format=json", "probe", "br0")).stdout)).toEqual([]);
  expect(JSON.parse((await ofctl("--format=json", "ofp-print", "0100000800000001")).stdout)).toMatchObject({ type: "hello" });
  expect(JSON.parse((await ofctl("--format=json", "parse-flow", "tcp actions=drop")).stdout)).toMatchObject([{ type: "flow-mod" }]);
  expect(await ofctl("--format=xml", "show", "br0")).toMatchObject({ status: 1, stderr: expect.stringContaining("json, ndjson, yaml") });
});

test("a filter chooses flows of dumps and of files, in text and in values", async () => {
  const text = await dump("--filter", "tcp and nw_dst=10.0.0.0/8", "dump-flows", "br0");
  expect(text.stdout.split("\n").slice(1)).toEqual([expect.stringContaining("priority=5,tcp,nw_dst=10.0.0.0/8 actions=output:1"), ""]);
  expect(text.stdout).toMatch(/^OFPST_FLOW reply/);
  const json = await dump("--filter", "table=1 or arp", "--format", "json", "dump-flows", "br0");
  expect((JSON.parse(json.stdout) as unknown[]).map(flowsOf)).toEqual([2]);
  const sorted = await dump("--filter", "actions~drop", "--sort", "dump-flows", "br0");
  expect(sorted.stdout).toMatch(/^ cookie=0x0.*table=1,.* actions=drop\n$/);
  const parsed = await ofctl("--filter", "arp", "parse-flows", join(dir, "flows"));
  expect(parsed.stdout).toMatch(/^usable protocols:.*\nchosen protocol:.*\nOFPT_FLOW_MOD.*arp actions=resubmit\(,1\)\n$/);
});

test("a wrong filter is refused before anything is asked for", async () => {
  expect(await dump("--filter", "nw_dts=1", "dump-flows", "nosuch")).toEqual({
    status: 1,
    stdout: "",
    stderr: 'ofctl: --filter: unknown field "nw_dts" (at 0): did you mean nw_dst?\n',
  });
  expect(await dump("--filter", "ip", "show", "br0")).toMatchObject({ status: 1, stderr: expect.stringContaining("dump-flows") });
});

test("off a terminal nothing stands out", async () => {
  const plain = await dump("dump-flows", "br0");
  const marked = await dump("--highlight", "tcp", "dump-flows", "br0");
  const without = (text: string): string => text.replace(/duration=[\d.]+s/g, "");
  expect(without(marked.stdout)).toBe(without(plain.stdout));
});

test("views are of a switch, of a file and of a dump", async () => {
  const ofSwitch = await dump("view", "tree", "br0");
  expect(ofSwitch.stdout).toContain("goto_table:\n      table 1: 1 flow\n");
  const ofFile = await ofctl("view", "tree", join(dir, "flows"));
  expect(ofFile.stdout).toBe(ofSwitch.stdout.replaceAll(/, n_packets=\d+/g, ""));
  writeFileSync(join(dir, "dump"), (await dump("dump-flows", "br0")).stdout);
  expect((await ofctl("view", "logic", join(dir, "dump"), "--filter", "tcp")).stdout).toBe(
    "** TABLE 0 ** 1 flow\n  priority=5 tcp,nw_dst/ --> output (1 flow, n_packets=0)\n",
  );
  expect((await ofctl("view", "html", join(dir, "dump"))).stdout).toMatch(/^<!doctype html>.*<\/html>\n$/s);
  expect(await ofctl("view", "tre", "br0")).toMatchObject({ status: 1, stderr: "ofctl: 'tre' is no view: did you mean tree?\n" });
});
