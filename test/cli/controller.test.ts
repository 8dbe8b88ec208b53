/** `southbound controller`: where it listens, its applications, how it ends. */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { run, start } from "./helpers.js";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "southbound-cli-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** A module in the folder of this file's tests; answers its path. */
async function module(name: string, text: string): Promise<string> {
  const file = join(dir, name);
  await writeFile(file, text);
  return file;
}

/** Connects to what a controller listens at, and answers with the first bytes that come. */
async function firstBytes(port: number): Promise<{ readonly socket: Socket; readonly bytes: Buffer }> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  return { socket, bytes: await new Promise((resolve) => socket.once("data", resolve)) };
}

/** A port that is in use until the test is over. */
async function usedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as { port: number }).port;
}

describe("listening", () => {
  test("it serves at every target, logs on standard error, and ends with 0 at SIGINT", async () => {
    const file = join(dir, "of.sock");
    const controller = start("controller", "--listen", "ptcp:0:127.0.0.1", "--listen", `punix:${file}`);
    const port = Number((await controller.find(/listening on ptcp:(\d+):127\.0\.0\.1\n/))[1]);
    await controller.find(/serving with l2-learning/);
    expect((await stat(file)).isSocket()).toBe(true);
    const { socket, bytes } = await firstBytes(port);
    expect(bytes[1]).toBe(0);
    const ended = new Promise((resolve) => socket.once("end", resolve));
    controller.child.kill("SIGINT");
    await ended;
    socket.end();
    const { status, stdout, stderr } = await controller.ended;
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    for (const line of stderr.trimEnd().split("\n")) expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} (debug|info |warn |error) \S/);
    await expect(stat(file)).rejects.toThrow("ENOENT");
  });

  test("SIGTERM ends it with 0 too", async () => {
    const controller = start("controller", "--listen", "ptcp:0:127.0.0.1");
    await controller.find(/serving with/);
    controller.child.kill("SIGTERM");
    expect(await controller.ended).toMatchObject({ status: 0 });
  });

  test("a second signal ends it at once, whatever still closes", async () => {
    const controller = start("controller", "--listen", "ptcp:0:127.0.0.1");
    const port = Number((await controller.find(/listening on ptcp:(\d+)/))[1]);
    // A peer that does not close its side keeps an orderly end from happening for seconds.
    await firstBytes(port);
    controller.child.kill("SIGINT");
    await controller.find(/stopping/);
    await new Promise((resolve) => setTimeout(resolve, 500));
    controller.child.kill("SIGTERM");
    expect(await controller.ended).toMatchObject({ status: 143 });
  });

  test.each([
    ["controller", "--listen", "pssl:0:127.0.0.1"],
    ["switch", "--listen", "pssl:0:127.0.0.1"],
    ["switch", "--snoop", "pssl:0:127.0.0.1"],
    ["record", "/dev/null", "--listen", "pssl:0:127.0.0.1", "--to", "tcp:127.0.0.1:1"],
    ["record", "/dev/null", "--listen", "ptcp:0:127.0.0.1", "--to", "ssl:127.0.0.1:1"],
    ["controller", "--connect", "ssl:127.0.0.1:1"],
    ["switch", "--controller", "ssl:127.0.0.1:1"],
    ["switch", "ssl:127.0.0.1:1"],
    ["demo", "--listen", "pssl:0:127.0.0.1"],
  ])("TLS without keys is refused at start: %s %s", async (...words) => {
    const { status, stderr } = await run(...words);
    expect(stderr).toMatch(
      /^southbound: p?ssl:[01:]*127\.0\.0\.1[:01]*: Private key must be configured to use SSL; .*; give --private-key, --certificate and --ca-cert, see "southbound pki --help"\n$/m,
    );
    expect(status).toBe(1);
  });

  test("a port in use: one line that says what to do, and status 1", async () => {
    const port = await usedPort();
    const { status, stdout, stderr } = await run("controller", "--listen", `ptcp:${port}:127.0.0.1`);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^southbound: .+\n$/);
    expect(stderr).toContain(`ptcp:${port}:127.0.0.1 is in use`);
    expect(stderr).toContain("--listen ptcp:PORT:127.0.0.1");
  });

  test("--log-level silences", async () => {
    const controller = start("controller", "--listen", `punix:${join(dir, "quiet.sock")}`, "--log-level", "warn");
    await expect
      .poll(() =>
        stat(join(dir, "quiet.sock")).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    controller.child.kill("SIGINT");
    expect(await controller.ended).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});

describe("applications by path", () => {
  test("one is loaded, and unloaded at the end", async () => {
    const file = await module(
      "app.mjs",
      `export default (controller) => {
        console.log("loaded", typeof controller.on);
        setInterval(() => {}, 1000);
        return () => console.log("unloaded");
      };`,
    );
    const controller = start("controller", "--listen", "ptcp:0:127.0.0.1", file);
    await controller.find(/serving with .*app\.mjs/);
    controller.child.kill("SIGINT");
    expect(await controller.ended).toMatchObject({ status: 0, stdout: "loaded function\nunloaded\n" });
  });

  test("one that rejects while it starts ends the command with status 1, and says where", async () => {
    const file = await module("rejects.mjs", "export default async () => {\n  await null;\n  throw new Error('no database');\n};\n");
    const { status, stderr } = await run("controller", "--listen", "ptcp:0:127.0.0.1", file);
    expect(status).toBe(1);
    expect(stderr).toMatch(/error app .*rejects\.mjs: loading failed: Error: no database\n/);
    expect(stderr).toMatch(/\nsouthbound: app .*rejects\.mjs failed to start: no database \(.*rejects\.mjs:3:9\)\n$/);
  });

  test("promises that it forgets and timers that throw are its own faults: logged with its name and place, and the command goes on", async () => {
    const bad = await module(
      "bad.mjs",
      `export default () => {
  setTimeout(() => { throw new Error("tick"); }, 1);
  setTimeout(async () => { throw new Error("tock"); }, 1);
  Promise.reject(new TypeError("now"));
};
`,
    );
    const good = await module("good.mjs", "export default () => { setTimeout(() => console.log('still here'), 200); };");
    const controller = start("controller", "--listen", "ptcp:0:127.0.0.1", bad, good);
    await controller.find(/still here/);
    await controller.find(
      /error app .*bad\.mjs: a throw that nobody catches: Error: tick\n.* error app .*bad\.mjs: {3}at .*bad\.mjs:2:\d+\)?\n/,
    );
    await controller.find(/error app .*bad\.mjs: a promise that nobody awaits was rejected: Error: tock\n/);
    await controller.find(/error app .*bad\.mjs: a promise that nobody awaits was rejected: TypeError: now\n/);
    controller.child.kill("SIGINT");
    expect(await controller.ended).toMatchObject({ status: 0 });
  });

  test.each([
    ["missing.mjs", undefined, /there is no file .*missing\.mjs/],
    ["broken.mjs", "\n\nexport default (", /cannot be loaded: .+ \(.*broken\.mjs:3\)/],
    ["throws.mjs", 'throw new Error("not today")', /cannot be loaded: not today \(.*throws\.mjs:1:7\)/],
    ["imports.mjs", 'import "./nowhere.mjs"', /cannot be loaded: .*nowhere\.mjs/],
    ["empty.mjs", "export const app = 1", /no application as its default export/],
    ["fails.mjs", 'export default () => { throw new Error("no luck") }', /failed to start: no luck \(.*fails\.mjs:1:\d+\)/],
  ])("%s: one line and status 1", async (name, text, line) => {
    const file = text === undefined ? join(dir, name) : await module(name, text);
    const { status, stdout, stderr } = await run("controller", "--listen", "ptcp:0:127.0.0.1", file);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^southbound: app .+\n$/);
    expect(stderr).toMatch(line);
  });
});
