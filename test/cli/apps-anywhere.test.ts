/** Applications in a folder without a project: they import `southbound/*` all the same, and get the copy that runs them. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run, start } from "./helpers.js";

const ROOT = join(import.meta.dirname, "../..");
const ANY_PORT = ["--listen", "ptcp:0:127.0.0.1"];
/** Node runs TypeScript by itself from 22.18 on. */
const [MAJOR = 0, MINOR = 0] = process.versions.node.split(".").map(Number);
const RUNS_TYPESCRIPT = MAJOR > 22 || (MAJOR === 22 && MINOR >= 18);

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "southbound-anywhere-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(dir, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Sends a message whose class is the file's own import, and prints how that went. */
const SENDER = `import { SouthboundError } from "southbound/errors";
import { FlowMod, BarrierRequest } from "southbound/ofp";
import { parseFlow } from "southbound/ofp/text";
export default (controller) => {
  controller.on("up", async (dp) => {
    dp.send(FlowMod.of({ priority: 7 }));
    dp.send(parseFlow("priority=8,actions=drop"));
    await dp.barrier();
    const refusal = await dp.query(FlowMod.of()).catch((e) => e);
    console.log("sent", BarrierRequest.name, refusal instanceof SouthboundError);
  });
};
`;

describe("an application in a folder of its own", () => {
  test.each([
    ["one file", "app.mjs", SENDER],
    ["one that imports another", "other.mjs", 'export { default } from "./app.mjs";\n'],
    ["one of a package without a copy", "node_modules/an-app/index.mjs", SENDER],
  ])("%s runs in the demo's network", async (_, name, text) => {
    const demo = start("demo", ...ANY_PORT, "--plain", "--app", write(name, text));
    await demo.find(/^sent BarrierRequest true$/m);
    demo.child.kill("SIGINT");
    expect((await demo.ended).status).toBe(0);
  });

  test("gets the copy that runs it, not another one of its project", async () => {
    write(
      "project/node_modules/southbound/package.json",
      JSON.stringify({ name: "southbound", type: "module", exports: { "./*": "./no.js" } }),
    );
    write("project/node_modules/southbound/no.js", 'throw new Error("the other copy");');
    const demo = start("demo", ...ANY_PORT, "--plain", "--app", write("project/app.mjs", SENDER));
    await demo.find(/^sent BarrierRequest true$/m);
    demo.child.kill("SIGINT");
    await demo.ended;
  });

  test("runs with `southbound controller` by a relative path", async () => {
    write("listening.mjs", 'import { Match } from "southbound/ofp";\nexport default () => console.log("here with", Match.name);\n');
    const controller = start("controller", ...ANY_PORT, join(dir, "listening.mjs"));
    await controller.find(/^here with Match$/m);
    controller.child.kill("SIGINT");
    expect((await controller.ended).status).toBe(0);
  });

  test.each(["", "?worker"])("as a module of dl:%s", async (form) => {
    const text =
      'import { l2Learning } from "southbound/apps";\nimport { serve } from "southbound/controller";\nexport default serve(l2Learning);\n';
    const sw = start("switch", `dl:${write("serve.mjs", text)}${form}`, "--ping");
    await sw.find(/h1 -> h2 10\.0\.0\.2: seq=1/);
    sw.child.kill("SIGINT");
    await sw.ended;
  });
});

test("one of TypeScript runs where Node can, and otherwise the line says what to type", async () => {
  const file = write("app.ts", 'export default (_controller: unknown): void => console.log("typed");\n');
  const controller = start("controller", ...ANY_PORT, file);
  if (RUNS_TYPESCRIPT) {
    await controller.find(/^typed$/m);
    controller.child.kill("SIGINT");
  } else {
    const { status, stderr } = await controller.ended;
    expect(status).toBe(1);
    expect(stderr).toBe(
      `southbound: app ${file}: Node ${process.versions.node} does not run TypeScript: use Node 22.18 or newer, or compile it ("npx -p typescript tsc --module nodenext --target es2023 ${file}") and name the file that comes of it\n`,
    );
    const sw = start("switch", `dl:${file}`);
    await sw.find(/does not run TypeScript: use Node 22\.18 or newer, or compile it/);
    sw.child.kill("SIGINT");
  }
  await controller.ended;
});

describe("southbound demo --app", () => {
  test("what an application prints does not stand in the summary of --json, and faults of applications do not end the demo", async () => {
    const file = write("faulty.mjs", 'export default (c) => { console.log("hello"); setTimeout(() => { throw new Error("late"); }); };\n');
    const demo = start("demo", ...ANY_PORT, "--json", "--app", file, "--app", "l2-learning");
    await demo.find(/a throw that nobody catches/);
    await demo.find(/all switches are up/);
    demo.child.kill("SIGINT");
    const { status, stdout, stderr } = await demo.ended;
    expect(JSON.parse(stdout)).toMatchObject({ switches: [{ name: "s1" }, { name: "s2" }, { name: "s3" }] });
    expect(status).toBe(0);
    expect(stderr).toMatch(/ info {2}hello\n/);
    expect(stderr).toMatch(/ error app \S*faulty\.mjs: a throw that nobody catches: Error: late\n/);
  });

  test("one that does nothing: status 1 at the end of the time, and no warning of Node's", async () => {
    const { status, stderr } = await run("demo", ...ANY_PORT, "--duration", "1", "--app", write("idle.mjs", "export default () => {};\n"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^southbound: no (ping was answered from h1 to h2|host reached another)/m);
    expect(stderr).not.toContain("MaxListeners");
  });

  test("one that is not there", async () => {
    const { status, stderr } = await run("demo", "--app", "./not-there.mjs");
    expect([status, stderr]).toEqual([1, `southbound: app ./not-there.mjs: there is no file ${join(ROOT, "not-there.mjs")}\n`]);
  });
});

test.each(["southbound", "ofctl"])("bin/%s.js of a clone that was not built says what to type", async (name) => {
  const clone = join(dir, "clone");
  for (const part of ["bin", "package.json"]) cpSync(join(ROOT, part), join(clone, part), { recursive: true });
  const child = new Promise((resolve) => {
    execFile(process.execPath, [join(clone, "bin", `${name}.js`), "--help"], (error, stdout, stderr) =>
      resolve([error?.code, stdout, stderr]),
    );
  });
  expect(await child).toEqual([1, "", `${name}: this clone is not built (there is no dist/): type "npm run build" in ${clone}/\n`]);
});
