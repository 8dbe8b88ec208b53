/** Controllers in the switch's process: the C example, compiled with its faults, and a module that runs over tcp: as well. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { toHex } from "../src/bytes/mod.js";
import type { Version } from "../src/schema/mod.js";
import { connect, type Stream } from "../src/stream/mod.js";
import { Host, link, Switch } from "../src/switch/mod.js";
import { openVconn } from "../src/vconn/mod.js";
import { withPeers } from "./harness/peers.js";
import { freePort } from "./harness/ports.js";
import { start } from "./harness/process.js";

const BIN = new URL("../bin/southbound.js", import.meta.url).pathname;
const EXAMPLE = new URL("../examples/dl-controller/", import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), "southbound-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const built = new Map<string, string>();

/** The example, compiled with macros. @returns its target */
function compiled(...macros: string[]): string {
  const file = join(dir, `controller${macros.map((m) => `-${m}`).join("")}.so`);
  if (!built.has(file)) {
    const words = ["-shared", "-fPIC", "-Wall", "-o", file, ...macros.map((m) => `-D${m}`), join(EXAMPLE, "controller.c"), "-lpthread"];
    built.set(file, execFileSync("cc", words, { encoding: "utf8" }));
  }
  return `dl:${file}`;
}

/** Connects, and answers what came first, in hexadecimal, and how it ended. */
async function first(target: string): Promise<{ heard: string; code: string | undefined; message: string }> {
  const stream = connect(target);
  let heard = "";
  stream.onChunk = (c, n) => {
    heard = toHex(c.u8.slice(0, n));
    void stream.close();
  };
  const error = await ended(stream);
  return { heard, code: error?.code, message: error?.message ?? "" };
}

function ended(stream: Stream): Promise<Parameters<NonNullable<Stream["onClose"]>>[0]> {
  return new Promise((resolve) => {
    stream.onClose = resolve;
  });
}

/** A switch with two hosts whose only controller is a library. */
async function pings(target: string, version: Version): Promise<void> {
  await using sw = new Switch({ datapathId: 1n, versions: [version] });
  const [a, b] = [1, 2].map((n) => {
    const host = new Host({ name: `h${n}`, mac: 0x0200_0000_0000 + n, ip: 0x0a00_0000 + n });
    link(sw.addPort(), host.port);
    return host;
  }) as [Host, Host];
  const up = new Promise<void>((resolve) => {
    sw.connect(target).vconn!.onUp = resolve;
  });
  await up;
  // In 1.3 packets come once the controller has asked for them.
  await expect
    .poll(
      () =>
        a.ping(b.ip, { timeout: 500 }).then(
          () => true,
          () => false,
        ),
      { timeout: 30_000 },
    )
    .toBe(true);
  for (let i = 0; i < 20; i++) await a.ping(b.ip, { timeout: 30_000 });
}

const peers = withPeers(["cc"]);

peers.describe("a controller in C", () => {
  for (const version of [1, 4] as const) {
    for (const macros of [[], ["NO_FD"], ["THREAD"], ["THREAD", "NO_FD"], ["ONE_BYTE"], ["THREAD", "ONE_BYTE"]]) {
      test(`${macros.join(", ") || "as it is"}: serves a switch of version ${version}`, () => pings(compiled(...macros), version));
    }
  }

  test("hello, echo and more than its queues hold, in order", async () => {
    for (const target of [compiled(), compiled("THREAD")]) {
      const vconn = await openVconn(target, { versions: [4] });
      let replies = 0;
      vconn.recvAnyVersion = true;
      const all = new Promise<void>((resolve) => {
        vconn.onMessage = (type, c, p, end) => {
          if (type !== 3) return;
          expect([end - p, c.dv.getUint32(p + 4)]).toEqual([60_000, replies]);
          if (++replies === 60) resolve();
        };
      });
      for (let i = 0; i < 60; i++) {
        const echo = new Uint8Array(60_000);
        const dv = new DataView(echo.buffer);
        dv.setUint32(0, 0x0402_0000 + echo.length);
        dv.setUint32(4, i);
        vconn.sendBytes(echo);
        if (i % 10 === 9) await expect.poll(() => replies, { interval: 1 }).toBe(i + 1);
      }
      await all;
      await vconn.close();
    }
  });

  test.each([
    ["FAULT_NO_SEND", "EINVAL", /no function handle_send\(\)/],
    ["FAULT_OPEN", "EACCES", /handle_open\(\) failed/],
    ["FAULT_TOO_MUCH", "EPROTO", /handle_recv\(\) answered 65537 where 65536 bytes were offered/],
    ["FAULT_ERRNO", "ECONNRESET", /handle_recv\(\) failed/],
  ])("%s: %s", async (macro, code, message) => {
    expect(await first(compiled(macro))).toEqual({ heard: "", code, message: expect.stringMatching(message) });
  });

  test.each([
    ["FAULT_GARBAGE", "EPROTO"],
    ["FAULT_SEND_TOO_MUCH", "EPROTO"],
  ])("%s ends an OpenFlow connection with %s, and the switch goes on", async (macro, code) => {
    await expect(openVconn(compiled(macro), { versions: [4] })).rejects.toMatchObject({ code });
    await pings(compiled(), 4);
  });

  test.each(["-9223372036854775807L - 1", "-4294967296L", "-99999"])(
    "an answer that is no errno (%s) ends the connection",
    async (answer) => {
      const odd = join(dir, "odd.so");
      execFileSync("cc", ["-shared", "-fPIC", "-o", odd, "-x", "c", "-"], {
        input: `long handle_recv(void *b, long n) { return ${answer}; } long handle_send(const void *b, long n) { return n; }`,
      });
      expect(await first(`dl:${odd}`)).toMatchObject({ code: "EIO" });
    },
  );

  test("is unloaded behind its connection, and fresh in the next one", async () => {
    const target = compiled();
    const hello = "04000010000000010001000800000012";
    for (let i = 0; i < 3; i++) {
      expect(await first(target)).toMatchObject({ heard: hello, code: undefined });
      if (process.platform === "linux") expect(readFileSync("/proc/self/maps", "utf8")).not.toContain(target.slice(3));
    }
  });

  test("serves one connection at a time", async () => {
    const stream = connect(compiled());
    await new Promise<void>((resolve) => {
      stream.onOpen = resolve;
    });
    expect(await first(compiled())).toMatchObject({ code: "EBUSY" });
    await stream.close();
    expect(await first(compiled())).toMatchObject({ code: undefined });
  });

  test("what the linker says becomes an errno", async () => {
    const text = join(dir, "text.so");
    writeFileSync(text, "no library");
    expect(await first(`dl:${text}`)).toMatchObject({ code: "ENOEXEC" });
    const [dep, user] = [join(dir, "libdep.so"), join(dir, "user.so")];
    execFileSync("cc", ["-shared", "-fPIC", "-o", dep, "-x", "c", "-"], { input: "int dep(void) { return 1; }" });
    execFileSync("cc", ["-shared", "-fPIC", "-o", user, "-x", "c", "-", "-x", "none", dep], {
      input: "int dep(void); long handle_recv(void *b, long n) { return 0; } long handle_send(void *b, long n) { return n * dep(); }",
    });
    rmSync(dep);
    expect(await first(`dl:${user}`)).toMatchObject({ code: "ENOENT", message: expect.stringMatching(/libdep/) });
    execFileSync("cc", ["-shared", "-fPIC", "-o", user, "-x", "c", "-"], {
      input: "extern int gone; long handle_recv(void *b, long n) { return gone; }",
    });
    expect(await first(`dl:${user}`)).toMatchObject({ code: "EINVAL", message: expect.stringMatching(/gone/) });
    // The words are the linker's, not those of the file's name.
    const named = join(dir, "shelf of handle_recv.so");
    writeFileSync(named, readFileSync(user));
    expect(await first(`dl:${named}`)).toMatchObject({ code: "EINVAL", message: expect.stringMatching(/cannot be loaded.*gone/) });
  });

  test("without a name that says so it is known by its bytes", async () => {
    const bare = join(dir, "controller");
    writeFileSync(bare, readFileSync(compiled().slice(3)));
    expect((await first(`dl:${bare}`)).heard).not.toBe("");
  });

  test("make builds it, and the command runs it", async () => {
    execFileSync("make", ["-C", EXAMPLE], { stdio: "ignore" });
    const program = start(process.execPath, [BIN, "switch", `dl:${join(EXAMPLE, "controller.so")}`, "--ping", "0.05", "--count", "3"]);
    await program.waitForLine(/h1 -> h2 .* time=/);
    expect(await program.exited).toEqual({ status: 0, signal: null });
    execFileSync("make", ["-C", EXAMPLE, "clean"], { stdio: "ignore" });
  });
});

describe("one file", () => {
  const module = join(EXAMPLE, "l2-learning.mjs");
  const words = ["--ping", "0.05"];

  test.each([`dl:${module}`, `dl:${module}?worker`])("runs as %s", async (target) => {
    const program = start(process.execPath, [BIN, "switch", target, ...words]);
    await program.waitForLine(/h1 -> h2 .* time=/);
    expect(await program.stop()).toEqual({ status: 0, signal: null });
  });

  test("runs over tcp:", async () => {
    const port = await freePort();
    const controller = start(process.execPath, [BIN, "controller", module, "--listen", `ptcp:${port}:127.0.0.1`]);
    await controller.waitForLine(/listening on/);
    const program = start(process.execPath, [BIN, "switch", "--controller", `tcp:127.0.0.1:${port}`, ...words]);
    await program.waitForLine(/h1 -> h2 .* time=/);
    expect(await program.stop()).toEqual({ status: 0, signal: null });
  });
});
