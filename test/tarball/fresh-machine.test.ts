/**
 * A fresh machine: the README's first page, from "Install" on, followed line by line in an empty folder, with the packed tarball in place of the registry's package.
 * A line that this file does not know what to expect of fails the test.
 */
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { packed } from "../packed.js";

const ROOT = join(import.meta.dirname, "../..");
const dir = mkdtempSync(join(tmpdir(), "southbound-fresh-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Programs that go on until Ctrl-C; those of one block run side by side, as in terminals of their own. */
const running = new Set<{ stop(): Promise<void> }>();
afterAll(() => Promise.all([...running].map((program) => program.stop())));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a line in a shell and waits until it has printed what matches. @throws when it ends before */
async function startLine(line: string, cwd: string, pattern: RegExp): Promise<string> {
  const child = spawn("bash", ["-c", line], { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const stop = async (): Promise<void> => {
    running.delete(program);
    try {
      process.kill(-child.pid!, "SIGINT");
    } catch {
      // ended already
    }
    await ended;
  };
  const program = { stop };
  running.add(program);
  await new Promise<void>((resolve, reject) => {
    const look = (text: string): void => {
      output += text;
      if (pattern.test(output)) resolve();
    };
    child.stdout.setEncoding("utf8").on("data", look);
    child.stderr.setEncoding("utf8").on("data", look);
    void ended.then(() => reject(new Error(`${line} ended without ${pattern}\n${output}`)));
  });
  return output;
}

const stopAll = (): Promise<unknown> => Promise.all([...running].map((program) => program.stop()));

/** The README's blocks from "Install" to "What works now". */
function blocks(): { readonly language: string; readonly text: string; readonly before: string }[] {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const page = readme.slice(readme.indexOf("## Install"), readme.indexOf("## What works now"));
  return [...page.matchAll(/([^\n]*)\n\n```(\w*)\n([\s\S]*?)```/g)].map(([, before, language, text]) => ({
    before: before!,
    language: language!,
    text: text!,
  }));
}

test("the README's first page works line by line, in an empty folder", async () => {
  const project = join(dir, "project");
  mkdirSync(project);
  const port = String(await freePort());
  const done: string[] = [];
  let program = "";
  let printed = "";
  for (const { language, text, before } of blocks()) {
    if (language === "js" && before.startsWith("Save this as")) {
      const name = /`([\w-]+\.mjs)`/.exec(before)![1]!;
      writeFileSync(join(project, name), text);
      expect(text).toBe(readFileSync(join(ROOT, "examples", name), "utf8"));
      continue;
    }
    if (language === "text") {
      const pattern = text
        .trim()
        .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
        .replaceAll("…", ".*");
      expect(printed).toMatch(new RegExp(`^${pattern}$`, "m"));
      continue;
    }
    await stopAll();
    if (language === "js") {
      program = text;
      writeFileSync(join(project, "program.mjs"), text.replaceAll("6653", port));
      await startLine("node program.mjs", project, /listening on ptcp:/);
      continue;
    }
    expect(language).toBe("sh");
    const inClone = before.includes("clone");
    for (const line of text.trim().split("\n")) {
      done.push(line);
      const command = line.replaceAll("6653", port);
      // the clone of this test is built, and has no user's settings of npm to heed
      const cwd = inClone ? ROOT : project;
      if (line === "npm install southbound") {
        const install = line.replace("southbound", (await packed()).join(" "));
        await promisify(execFile)("bash", ["-c", `${install} --offline --no-audit --no-fund`], { cwd });
      } else if (line === "npm run build") await promisify(execFile)("bash", ["-c", command], { cwd });
      else if (line.startsWith("npx southbound demo")) {
        await startLine(`${command} --listen ptcp:0:127.0.0.1`, cwd, /3 switches up, .*, [1-9]\d* answered/);
        await stopAll();
      } else if (line.startsWith("npx southbound controller")) await startLine(command, cwd, /listening on ptcp:/);
      else if (line.startsWith("npx southbound switch")) printed = await startLine(command, cwd, /seq=1 .*\n/);
      else expect.fail(`the README has a line that nothing is expected of: ${line}`);
    }
  }
  expect(program).not.toBe("");
  expect(printed).not.toBe("");
  expect(done).toContain("npm install southbound");
  expect(done.filter((line) => line.startsWith("npx southbound"))).toHaveLength(5);
});
