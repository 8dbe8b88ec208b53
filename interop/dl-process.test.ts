/** What a controller in the process can do to it: the table of the guide, each claim in a process of its own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { withPeers } from "./harness/peers.js";
import { type ProcessOptions, type Program, start } from "./harness/process.js";

const BIN = new URL("../bin/southbound.js", import.meta.url).pathname;
const CHUNK = pathToFileURL(new URL("../dist/bytes/mod.js", import.meta.url).pathname).href;
const dir = mkdtempSync(join(tmpdir(), "southbound-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let files = 0;

/** Writes a module, which has `print(line)`, `hello(stream)` and `first(stream, f)`: f is called with the switch's first bytes. @returns its target */
function module(source: string): string {
  const file = join(dir, `m${++files}.mjs`);
  writeFileSync(
    file,
    `import { writeSync } from "node:fs";
import { Chunk } from ${JSON.stringify(CHUNK)};
const print = (line) => writeSync(2, line + "\\n");
const hello = (s) => s.write(new Chunk(Uint8Array.from([4, 0, 0, 8, 0, 0, 0, 1])), 8);
const first = (s, f) => { s.onChunk = f; };
${source}`,
  );
  return `dl:${file}`;
}

/** Compiles a library, which has `print(line)`. @returns its target */
function library(source: string): string {
  const file = join(dir, `l${++files}.so`);
  const own = (name: string, text: string): string => (source.includes(name) ? "" : text);
  const input = `#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
static void print(const char *line) { write(2, line, strlen(line)); write(2, "\\n", 1); }
${source}
${own("handle_recv", "ssize_t handle_recv(void *b, size_t n) { return -EAGAIN; }")}
${own("handle_send", "ssize_t handle_send(const void *b, size_t n) { return n; }")}
`;
  execFileSync("cc", ["-shared", "-fPIC", "-Wall", "-Werror", "-Wno-unused", "-o", file, "-x", "c", "-"], { input });
  return `dl:${file}`;
}

const HELLO_ONCE =
  'ssize_t handle_recv(void *b, size_t n) { static int said; if (said++) return -EAGAIN; memcpy(b, "\\4\\0\\0\\10\\0\\0\\0\\1", 8); return 8; }';

/** A switch with this controller, and where it listens. */
function run(target: string, options?: ProcessOptions): { program: Program; path: string } {
  const path = join(dir, `s${++files}`);
  return { program: start(process.execPath, [BIN, "switch", target, "--listen", `punix:${path}`], options), path };
}

/** The type of the first message that a switch sends to those that connect to it: 0, hello. */
function firstType(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.on("error", reject);
    socket.on("data", (d) => {
      resolve(d[1]!);
      socket.destroy();
    });
  });
}

/** The switch serves others still, and SIGTERM ends it well. */
async function goesOn({ program, path }: { program: Program; path: string }): Promise<void> {
  expect(await firstType(path)).toBe(0);
  program.signal("SIGTERM");
  expect(await program.exited).toEqual({ status: 0, signal: null });
}

const ended = (status: number | null, signal: NodeJS.Signals | null = null): object => ({ status, signal });

/** What was printed so often. */
const times = (program: Program, line: string): number => program.stderr.split(`${line}\n`).length - 1;

/** It is the thread of the switch that computes: nobody is served, and signals are not heeded. The controller prints "tick" each time that it has held the thread for a while. */
async function stopped({ program, path }: { program: Program; path: string }): Promise<void> {
  await program.waitForLine("tick");
  let served = false;
  void firstType(path).then(
    () => {
      served = true;
    },
    () => {},
  );
  program.signal("SIGTERM");
  const before = times(program, "tick");
  await expect.poll(() => times(program, "tick")).toBeGreaterThan(before + 10);
  expect(program.exit).toBeUndefined();
  expect(served).toBe(false);
  program.signal("SIGKILL");
  expect(await program.exited).toEqual(ended(null, "SIGKILL"));
}

describe("a module", () => {
  const LOOP = 'first(s, () => { for (;;) { const end = Date.now() + 50; while (Date.now() < end); print("tick"); } })';

  test.each([
    ["throws from a timer", 'setTimeout(() => { throw new Error("mine"); })'],
    ["rejects a promise of its own", 'setTimeout(() => void Promise.reject(new Error("mine")))'],
  ])("that %s ends the process; in a worker, its connection", async (_what, code) => {
    const target = module(`export default () => { ${code}; };`);
    expect(await run(target).program.exited).toEqual(ended(1));
    const kept = run(`${target}?worker`);
    await kept.program.waitForLine(/dl:.*threw: mine/);
    await goesOn(kept);
  });

  test("that calls process.exit() ends the process; in a worker, its connection", async () => {
    const target = module("export default () => { process.exit(3); };");
    expect(await run(target).program.exited).toEqual(ended(3));
    const kept = run(`${target}?worker`);
    await kept.program.waitForLine(/dl:.*exited with status 3/);
    await goesOn(kept);
  });

  test("that loops stops the switch; in a worker it does not", async () => {
    const target = module(`export default (s) => { ${LOOP}; };`);
    await stopped(run(target));
    const kept = run(`${target}?worker`);
    await kept.program.waitForLine("tick");
    await goesOn(kept);
  });

  test("that throws in a handler of the stream ends its connection", async () => {
    const target = module('export default (s) => { first(s, () => { throw new Error("mine"); }); };');
    for (const suffix of ["", "?worker"]) {
      const kept = run(target + suffix);
      await kept.program.waitForLine(/dl:.*threw: mine/);
      await goesOn(kept);
    }
  });

  test("that fills the heap ends the process", async () => {
    const target = module("export default (s) => { first(s, () => { const all = []; for (;;) all.push(new Array(1000).fill({})); }); };");
    const { program } = run(target, { env: { NODE_OPTIONS: "--max-old-space-size=64" } });
    expect(await program.exited).toEqual(ended(null, "SIGABRT"));
    expect(program.stderr).toMatch(/heap out of memory/);
  });

  test.each(["", "?worker"])("%s that sends the process a signal has it delivered", async (suffix) => {
    const target = module('export default () => { process.kill(process.pid, "SIGKILL"); };');
    expect(await run(target + suffix).program.exited).toEqual(ended(null, "SIGKILL"));
  });

  test("may replace the handlers of signals; in a worker it has none", async () => {
    const target = module(`export default (s) => {
      process.removeAllListeners("SIGTERM"); process.on("SIGTERM", () => print("mine")); first(s, () => print("here")); };`);
    const taken = run(target);
    await taken.program.waitForLine("here");
    taken.program.signal("SIGTERM");
    await taken.program.waitForLine("mine");
    expect(await firstType(taken.path)).toBe(0);
    taken.program.signal("SIGKILL");
    expect(await taken.program.exited).toEqual(ended(null, "SIGKILL"));
    const kept = run(`${target}?worker`);
    await kept.program.waitForLine("here");
    await goesOn(kept);
    expect(times(kept.program, "mine")).toBe(0);
  });

  test.each(["", "?worker"])("%s has no bound for memory beside the heap", async (suffix) => {
    const target = module(`export default (s) => { const all = []; first(s, () => {
      for (let i = 0; i < 640; i++) all.push(Buffer.alloc(1 << 20, 1)); globalThis.all = all; print("full"); }); };`);
    await unbounded(run(target + suffix));
  });
});

/** The controller holds 640 MiB, more than `workerMemory`, and the switch serves others. */
async function unbounded(kept: { program: Program; path: string }): Promise<void> {
  await kept.program.waitForLine("full");
  const [, kib] = /^RssAnon:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${kept.program.pid}/status`, "utf8")) ?? [];
  expect(Number(kib)).toBeGreaterThan(640 << 10);
  await goesOn(kept);
}

withPeers(["cc"]).describe("a library", () => {
  const on = (code: string): string => library(`ssize_t handle_send(const void *b, size_t n) { ${code} return n; }`);

  describe.each(["", "?worker"])("%s", (suffix) => {
    test.each([
      ["exit(7);", ended(7)],
      ["abort();", ended(null, "SIGABRT")],
      ["*(volatile int *)8 = 1;", ended(null, "SIGSEGV")],
      ["kill(getpid(), SIGKILL);", ended(null, "SIGKILL")],
    ])("that calls %s ends the process", async (code, how) => {
      expect(await run(on(code) + suffix).program.exited).toEqual(how);
    });

    test("may replace the handlers of signals", async () => {
      const taken = run(on('signal(SIGTERM, SIG_IGN); print("here");') + suffix);
      await taken.program.waitForLine("here");
      taken.program.signal("SIGTERM");
      expect(await firstType(taken.path)).toBe(0);
      taken.program.signal("SIGKILL");
      expect(await taken.program.exited).toEqual(ended(null, "SIGKILL"));
    });

    test("has no bound for its memory", async () => {
      await unbounded(run(on('char *all = malloc(640 << 20); memset(all, 1, 640 << 20); print("full");') + suffix));
    });
  });

  test("that loops stops the switch; in a thread of its own it does not", async () => {
    const target = on('for (;;) { usleep(50000); print("tick"); }');
    await stopped(run(target));
    const kept = run(`${target}?worker`);
    await kept.program.waitForLine("tick");
    await goesOn(kept);
  });
});

describe("a controller that says hello and takes nothing", () => {
  const deaf = { module: () => module("export default (s) => { hello(s); };") };
  const mute = { module: () => module('export default () => { print("here"); };') };

  /** Such ends are not taken either: close() gives up after its linger time. */
  async function ends(target: string, line: string | RegExp): Promise<void> {
    const { program } = run(target);
    await program.waitForLine(line);
    program.signal("SIGTERM");
    expect(await program.exited).toEqual(ended(0));
  }

  test("does not keep the command from ending: a module", async () => {
    await Promise.all([
      ends(deaf.module(), /connected, OpenFlow/),
      ends(`${deaf.module()}?worker`, /connected, OpenFlow/),
      ends(mute.module(), "here"),
      ends(`${mute.module()}?worker`, "here"),
    ]);
  });

  withPeers(["cc"]).test("does not keep the command from ending: a library", async () => {
    const NONE = "ssize_t handle_send(const void *b, size_t n) { return -EAGAIN; }";
    const said = library(HELLO_ONCE + NONE);
    const silent = library('ssize_t handle_send(const void *b, size_t n) { static int calls; if (calls++ == 0) print("here"); return 0; }');
    await Promise.all([
      ends(said, /connected, OpenFlow/),
      ends(`${said}?worker`, /connected, OpenFlow/),
      ends(silent, "here"),
      ends(`${silent}?worker`, "here"),
    ]);
  });
});
