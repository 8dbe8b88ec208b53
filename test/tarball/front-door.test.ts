/** The front door as users get it: `southbound` of the packed tarball, in an empty project, as a program and in a bundle. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { Controller, FlowMod, Port, parseIpv4, parseIpv4Header, Switch, SwitchPort } from "southbound";
import * as controller from "southbound/controller";
import * as ofp from "southbound/ofp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPacked } from "../packed.js";

const run = promisify(execFile);
const dir = mkdtempSync(join(tmpdir(), "southbound-front-"));
beforeAll(() => installPacked(dir));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("the front door has what the rooms' doors have", () => {
  expect(Controller).toBe(controller.Controller);
  expect([FlowMod, Port]).toEqual([ofp.FlowMod, ofp.Port]);
  expect(new Switch({ datapathId: 1n }).addPort()).toBeInstanceOf(SwitchPort);
  expect(parseIpv4("192.0.2.1")).toBe(0xc000_0201);
  expect(() => parseIpv4Header(new Uint8Array(4))).toThrow("IPv4 header");
});

test("the packed package is imported by its bare name", async () => {
  const program = `import { Controller, FlowMod, Match, Switch } from "southbound";
import * as ofp from "southbound/ofp";
console.log([Controller, Switch].map((c) => c.name).join(), FlowMod === ofp.FlowMod, String(Match.parse("tcp")));`;
  writeFileSync(join(dir, "program.mjs"), program);
  const { stdout } = await run(process.execPath, ["program.mjs"], { cwd: dir });
  expect(stdout).toBe("Controller,Switch true { ethType: 0x800, ipProto: 6 }\n");
});

test("a bundler drops the rooms that are not used", async () => {
  const sizes = await Promise.all(
    ["southbound", "southbound/bytes"].map(async (door) => {
      writeFileSync(
        join(dir, `${door.replace("/", "-")}.mjs`),
        `import { parseMac } from "${door}";\nconsole.log(parseMac("00:00:00:00:00:01"));`,
      );
      const bundle = await rolldown({ input: join(dir, `${door.replace("/", "-")}.mjs`), platform: "node", onLog: () => {} });
      try {
        const { output } = await bundle.generate({ format: "esm" });
        return output.reduce((sum, part) => sum + (part.type === "chunk" ? part.code.length : 0), 0);
      } finally {
        await bundle.close();
      }
    }),
  );
  expect(sizes[0]).toBeLessThan(1.1 * sizes[1]!);
});
