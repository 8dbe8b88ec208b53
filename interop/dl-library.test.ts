/** Controllers in shared libraries: what the RFC asks of the switch, instances, threads, and what a library may do wrong. The libraries are written here. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectSocket, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { Chunk } from "../src/bytes/mod.js";
import type { SouthboundError } from "../src/errors/mod.js";
import { connect, type Stream } from "../src/stream/mod.js";
import { MockClock } from "../src/testing/mod.js";
import { Rconn } from "../src/vconn/mod.js";
import { withPeers } from "./harness/peers.js";
import { start } from "./harness/process.js";

const BIN = new URL("../bin/southbound.js", import.meta.url).pathname;
const NATIVE = new URL("../native/", import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), "southbound-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const streams: Stream[] = [];
afterEach(async () => {
  await Promise.all(
    streams.splice(0).map((s) => {
      s.destroy();
      return s.closed;
    }),
  );
});

let files = 0;

/** Compiles a library whose functions may `note()` what they got: the peer gets it by handle_recv(), unless the source has its own. @returns its file */
function library(source: string, ...words: string[]): string {
  const file = join(dir, `l${++files}.so`);
  const own = (name: string, text: string): string => (source.includes(name) ? "" : text);
  const text = `#define _GNU_SOURCE
#include "southbound-dl.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
static char said[1 << 20];
static size_t told, taken;
static void note(const char *form, ...) { va_list a; va_start(a, form); told += vsnprintf(said + told, sizeof said - told, form, a); va_end(a); }
static ssize_t hear(void *b, size_t n) { size_t m = told - taken < n ? told - taken : n; memcpy(b, said + taken, m); taken += m; return m ? (ssize_t)m : -EAGAIN; }
${source}
${own("handle_recv", "ssize_t handle_recv(void *b, size_t n) { return hear(b, n); }")}
${own("handle_send", "ssize_t handle_send(const void *b, size_t n) { return n; }")}
`.replace("#include <errno.h>", "#include <errno.h>\n#include <stdarg.h>");
  const args = ["-shared", "-fPIC", "-Wall", "-Werror", "-Wno-unused", `-I${NATIVE}`, "-o", file, "-x", "c", "-", ...words, "-lpthread"];
  execFileSync("cc", args, { input: text });
  return file;
}

class Peer {
  text = "";
  error: SouthboundError | null | undefined;
  readonly stream: Stream;
  constructor(target: string) {
    this.stream = connect(target);
    streams.push(this.stream);
    this.stream.onChunk = (c, n) => {
      this.text += Buffer.from(c.u8.subarray(0, n)).toString("latin1");
    };
    this.stream.onClose = (e) => {
      this.error = e;
    };
  }
  async open(): Promise<this> {
    await expect.poll(() => this.stream.state, { timeout: 10_000, interval: 5 }).not.toBe("connecting");
    expect(this.error ?? null).toBeNull();
    return this;
  }
  /** Connects, once the library's thread has come to the end of its last connection. */
  static async next(target: string): Promise<Peer> {
    for (;;) {
      const peer = new Peer(target);
      await expect.poll(() => peer.stream.state === "open" || peer.error !== undefined, { interval: 5 }).toBe(true);
      if (peer.error === undefined || !/has not ended yet/.test(peer.error?.message ?? "")) return peer.open();
    }
  }
  async ended(): Promise<{ code: string | null; message: string }> {
    await this.stream.closed;
    return { code: this.error?.code ?? null, message: this.error?.message ?? "" };
  }
  /** Sends bytes in one write. */
  say(...messages: readonly (Uint8Array | readonly number[])[]): void {
    const bytes = new Uint8Array(Buffer.concat(messages.map((m) => Uint8Array.from(m))));
    this.stream.write(new Chunk(bytes), bytes.length);
  }
  until(text: string): Promise<void> {
    return expect.poll(() => this.text, { timeout: 10_000, interval: 5 }).toBe(text) as Promise<void>;
  }
}

/** A message of `length` bytes, whose xid is `xid`. */
function message(length: number, xid: number): Uint8Array {
  const m = new Uint8Array(length);
  new DataView(m.buffer).setUint32(0, 0x0402_0000 + length);
  new DataView(m.buffer).setUint32(4, xid);
  return m;
}

const LENGTHS = 'ssize_t handle_send(const void *b, size_t n) { note("%zu ", n); return n; }';

const peers = withPeers(["cc"]);

for (const [form, suffix] of [
  ["in the switch's thread", ""],
  ["in a thread of its own", "?worker"],
] as const) {
  peers.describe(`a library ${form}`, () => {
    const peer = (source: string, ...words: string[]): Promise<Peer> => new Peer(`dl:${library(source, ...words)}${suffix}`).open();

    test("gets one message with each call of handle_send()", async () => {
      const p = await peer(LENGTHS);
      p.say(...[8, 9, 300, 8, 65_535, 8].map(message));
      await p.until("8 9 300 8 65535 8 ");
    });

    test("gets the rest of a message that it took a part of, and waits with -EAGAIN and with 0", async () => {
      const p = await peer(`static int calls; ssize_t handle_send(const void *b, size_t n) {
        note("%zu ", n); calls++; return calls == 2 ? -EAGAIN : calls == 4 ? 0 : n > 4 ? n - 4 : n; }`);
      p.say(message(12, 1), message(10, 2));
      await p.until("12 4 4 10 10 4 ");
    });

    test("gets messages whole that were written in parts", async () => {
      const p = await peer(LENGTHS);
      const bytes = Buffer.concat([message(8, 1), message(100, 2), message(9, 3)]);
      for (const [from, to] of [
        [0, 3],
        [3, 10],
        [10, 11],
        [11, 20],
        [20, 117],
      ]) {
        p.say(bytes.subarray(from, to));
      }
      await p.until("8 100 9 ");
    });

    test.each([0, 7])("gets bytes behind a length of %i as they are, and the end of what was cut short", async (length) => {
      const p = await peer(LENGTHS);
      p.say(message(8, 1), [4, 2, 0, length, 0, 0, 0, 0], message(8, 2));
      await p.until("8 16 ");
      p.say(new Uint8Array(70_000));
      await p.until("8 16 65536 4464 ");
      const path = join(dir, `cut${++files}`);
      const q = await peer(`ssize_t handle_send(const void *b, size_t n) { note("%zu ", n); return n; }
        void handle_close(void) { int f = open("${path}", O_CREAT | O_WRONLY, 0600); write(f, said, told); close(f); }`);
      q.say(message(8, 1), message(100, 2).subarray(0, 50));
      await q.stream.close();
      await expect.poll(() => readFileSync(path, { encoding: "utf8", flag: "a+" }), { interval: 5 }).toBe("8 50 ");
    });

    test("ends the connection in order by 0 from handle_recv()", async () => {
      const p = await peer('static int n; ssize_t handle_recv(void *b, size_t m) { if (n++) return 0; memcpy(b, "bye", 3); return 3; }');
      expect(await p.ended()).toEqual({ code: null, message: "" });
      expect(p.text).toBe("bye");
    });

    test("that has ended without a sign of its descriptor is noticed", async () => {
      const p = await peer(`static int over; static void *run(void *u) { usleep(20000); over = 1; return u; }
        int handle_open(void) { pthread_t t; return -pthread_create(&t, NULL, run, NULL); }
        int handle_fd(void) { static int fd; return fd ? fd : (fd = eventfd(0, EFD_NONBLOCK)); }
        ssize_t handle_recv(void *b, size_t m) { return over ? 0 : -EAGAIN; }`);
      expect(await p.ended()).toEqual({ code: null, message: "" });
    });

    test.each([
      ["handle_recv", "-ECONNRESET", "ECONNRESET", /handle_recv\(\) failed/],
      ["handle_recv", "n + 1", "EPROTO", /handle_recv\(\) answered 65537 where 65536/],
      ["handle_send", "-EPIPE", "EPIPE", /handle_send\(\) failed/],
      ["handle_send", "n + 1", "EPROTO", /handle_send\(\) answered 9 where 8/],
      ["handle_send", "-4096L * 4096 * 4096", "EIO", /handle_send\(\) failed/],
    ])("%s() that answers %s: %s", async (name, answer, code, text) => {
      const p = new Peer(
        `dl:${library(`ssize_t ${name}(${name === "handle_send" ? "const " : ""}void *b, size_t n) { return ${answer}; }`)}${suffix}`,
      );
      p.say(message(8, 1));
      expect(await p.ended()).toEqual({ code, message: expect.stringMatching(text) });
    });

    test("keeps every byte of its socket to itself", async () => {
      const path = join(dir, `s${++files}`);
      const sockets: Socket[] = [];
      const server: Server = createServer((s) => void sockets.push(s));
      try {
        await new Promise<void>((resolve) => server.listen(path, resolve));
        const p = await peer(`static int fd;
          int handle_open(void) { struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "${path}"};
            fd = socket(AF_UNIX, SOCK_STREAM, 0); return connect(fd, (void *)&a, sizeof a); }
          int handle_fd(void) { return fd; }
          void handle_close(void) { close(fd); }
          ssize_t handle_recv(void *b, size_t n) { ssize_t r = recv(fd, b, n, MSG_DONTWAIT); return r < 0 ? -errno : r; }
          ssize_t handle_send(const void *b, size_t n) { ssize_t r = send(fd, b, n, MSG_DONTWAIT); return r < 0 ? -errno : r; }`);
        await expect.poll(() => sockets.length).toBe(1);
        let want = "";
        for (let i = 0; i < 20; i++) {
          const line = `line ${i} of what came\n`;
          want += line;
          sockets[0]!.write(line);
          await p.until(want);
        }
        sockets[0]!.end();
        expect(await p.ended()).toEqual({ code: null, message: "" });
      } finally {
        for (const s of sockets) s.destroy();
        server.close();
      }
    });

    test.each([
      [
        "a timer that it does not read",
        "fd = timerfd_create(CLOCK_MONOTONIC, 0); struct itimerspec t = {.it_value = {0, 1}}; timerfd_settime(fd, 0, &t, NULL);",
      ],
      ["a pipe whose writer is gone", "int p[2]; pipe(p); close(p[1]); fd = p[0];"],
      ["a socket whose peer has gone", "int p[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, p); close(p[1]); fd = p[0];"],
      ["an eventfd that is never empty", "fd = eventfd(-2u, EFD_SEMAPHORE);"],
    ])("with %s that stays readable costs no processor time", async (_what, make) => {
      // The library's own clock says when to report how often it was called.
      const p = await peer(`static int fd; static struct timespec began;
        int handle_open(void) { ${make} clock_gettime(CLOCK_MONOTONIC, &began); return 0; }
        int handle_fd(void) { return fd; }
        void handle_close(void) { close(fd); }
        ssize_t handle_recv(void *b, size_t n) { static int calls, said; calls++;
          struct timespec now; clock_gettime(CLOCK_MONOTONIC, &now);
          if (said || (now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000 < 500) return -EAGAIN;
          said = 1; return sprintf(b, "%d ", calls); }`);
      await expect.poll(() => p.text, { interval: 5 }).toMatch(/^\d+ $/);
      expect(Number(p.text)).toBeLessThan(100);
    });

    test("whose descriptor has become another one, or is closed, is still heard, and nothing else is hurt", async () => {
      const p = await peer(`static int fd, n;
        int handle_open(void) { fd = eventfd(0, EFD_NONBLOCK); return 0; }
        int handle_fd(void) { return fd; }
        static void *later(void *u) { usleep(50000); note("late%d ", n); if (fd >= 0) eventfd_write(fd, 1); return u; }
        ssize_t handle_send(const void *b, size_t m) {
          close(fd); fd = ++n == 1 ? eventfd(0, EFD_NONBLOCK) : -1;
          pthread_t t; pthread_create(&t, NULL, later, NULL); return m; }`);
      const held: Socket[] = [];
      const server = createServer((s) => void held.push(s.on("data", (d) => s.write(d))));
      try {
        await new Promise<void>((resolve) => server.listen(join(dir, `h${++files}`), resolve));
        for (const want of ["late1 ", "late1 late2 "]) {
          p.say(message(8, 1));
          // New descriptors take the numbers that the library has given back.
          const sockets = Array.from({ length: 4 }, () => connectSocket(server.address() as string));
          held.push(...sockets);
          const answers = await Promise.all(
            sockets.map((s) => new Promise<string>((r) => s.once("data", (d) => r(d.toString())).write("x"))),
          );
          expect(answers).toEqual(["x", "x", "x", "x"]);
          await p.until(want);
        }
      } finally {
        for (const s of held) s.destroy();
        server.close();
      }
    });

    test("has instances when its handle_open() gives one", async () => {
      const file = library(`struct own { char name[256]; size_t got; int said; };
        static int count;
        int handle_open(struct southbound_dl_context *c) {
          if (c->size < sizeof *c || c->instance != NULL || c->keep_loaded) return -EINVAL;
          struct own *o = calloc(1, sizeof *o); count++; snprintf(o->name, sizeof o->name, "%s", c->name); c->instance = o; return 0; }
        int handle_fd(void *i) { return ((struct own *)i)->name[0] == 'd' ? -1 : 0; }
        ssize_t handle_send(const void *b, size_t n, void *i) { ((struct own *)i)->got += n; return n; }
        ssize_t handle_recv(void *b, size_t n, void *i) { struct own *o = i; if (o->got == 0) return -EAGAIN; size_t g = o->got; o->got = 0; return sprintf(b, "%s %zu of %d ", o->name, g, count); }
        void handle_close(void *i) { count--; free(i); }`);
      const target = `dl:${file}${suffix}`;
      const [a, b] = [await new Peer(target).open(), await new Peer(target).open()];
      a.say(message(10, 1));
      await a.until(`${target} 10 of 2 `);
      b.say(message(20, 1));
      await b.until(`${target} 20 of 2 `);
      await a.stream.close();
      for (let heard = ""; !heard.includes("of 1 "); heard = b.text) {
        b.text = "";
        b.say(message(30, 1));
        await expect.poll(() => b.text, { interval: 5 }).toContain("of ");
      }
    });

    test("without instances refuses a second bridge with a line, which tries again when the first one has ended and not before", async () => {
      const target = `dl:${library(LENGTHS)}${suffix}`;
      const one = await new Peer(target).open();
      const second = new Peer(target);
      expect(await second.ended()).toEqual({
        code: "EBUSY",
        message: expect.stringMatching(/serves another connection.*handle_open\(\).*southbound-dl\.h/),
      });
      expect(second.stream.obstacle).toBeInstanceOf(Promise);
      const lines: string[] = [];
      const states: string[] = [];
      const clock = new MockClock();
      await using rconn = new Rconn({ clock, log: (level, text) => lines.push(`${level} ${text}`), onState: (s) => states.push(s) });
      rconn.connect(target);
      await expect.poll(() => rconn.state).toBe("backoff");
      // Time alone brings nothing, nor does a connection that is refused as well, nor another library's end.
      rconn.maxBackoff = 1_000;
      await clock.advance(3_600_000);
      await new Peer(target).ended();
      const other = await new Peer(`dl:${library("")}${suffix}`).open();
      await other.stream.close();
      await clock.advance(3_600_000);
      expect(states).toEqual(["connecting", "backoff"]);
      expect(lines.filter((l) => /^error .*not connecting again before that has ended: .*serves another connection/.test(l))).toHaveLength(
        1,
      );
      await one.stream.close();
      await expect.poll(() => states).toEqual(["connecting", "backoff", "connecting"]);
      await expect.poll(() => rconn.vconn?.stream.state).toBe("open");
      expect(lines.filter((l) => l.startsWith("error"))).toHaveLength(1);
    });

    test.each(["?keep", "the library"])("stays loaded when %s asks for it, and is unloaded otherwise", async (by) => {
      const ask = by === "?keep" ? "" : "int handle_open(struct southbound_dl_context *c) { c->keep_loaded = 1; return 0; }";
      const loaded = (file: string): boolean => readFileSync("/proc/self/maps", "utf8").includes(file);
      const words = [suffix.slice(1), by === "?keep" ? "keep" : ""].filter((w) => w !== "").join("&");
      const file = library(`${ask} static int lives; ssize_t handle_send(const void *b, size_t n) { note("%d ", ++lives); return n; }`);
      const target = `dl:${file}${words === "" ? "" : `?${words}`}`;
      const a = await new Peer(target).open();
      a.say(message(8, 1));
      await a.until("1 ");
      await a.stream.close();
      const b = await Peer.next(target);
      b.say(message(8, 1));
      await b.until("2 ");
      await b.stream.close();
      expect(loaded(file)).toBe(true);
      const plain = library("");
      const c = await new Peer(`dl:${plain}${suffix}`).open();
      expect(loaded(plain)).toBe(true);
      await c.stream.close();
      await expect.poll(() => loaded(plain)).toBe(false);
    });

    test("may lack a function that it never calls (RTLD_LAZY)", async () => {
      const p = await peer(
        `int nobody_has_it(void); ssize_t handle_send(const void *b, size_t n) { if (n == 9) nobody_has_it(); note("ok"); return n; }`,
        "-Wl,-z,lazy",
      );
      p.say(message(8, 1));
      await p.until("ok");
    });

    test("is looked for where unix: names are", async () => {
      const before = process.env.OVS_RUNDIR;
      try {
        process.env.OVS_RUNDIR = dir;
        writeFileSync(join(dir, "in-run.so"), readFileSync(library(LENGTHS)));
        const p = await new Peer(`dl:in-run.so${suffix}`).open();
        p.say(message(8, 1));
        await p.until("8 ");
      } finally {
        if (before === undefined) delete process.env.OVS_RUNDIR;
        else process.env.OVS_RUNDIR = before;
      }
    });
  });
}

peers.describe("a library that blocks, in a thread of its own", () => {
  test.each([
    ["handle_open()", "int handle_open(void) { for (;;) pause(); }"],
    ["handle_fd()", "int handle_fd(void) { for (;;) pause(); }"],
    ["handle_recv()", "ssize_t handle_recv(void *b, size_t n) { for (;;) pause(); }"],
    ["handle_send()", "ssize_t handle_send(const void *b, size_t n) { for (;;) pause(); }"],
    ["handle_close()", "void handle_close(void) { for (;;) pause(); }"],
  ])("%s: the switch goes on, and SIGTERM ends it with status 0", async (_what, source) => {
    const program = start(process.execPath, [
      BIN,
      "switch",
      `dl:${library(source)}?worker`,
      "--listen",
      `punix:${join(dir, `m${++files}`)}`,
    ]);
    try {
      await program.waitForLine(/Ctrl-C stops it/);
      const line = firstType(join(dir, `m${files}`));
      expect(await line).toBe(0);
    } finally {
      program.signal("SIGTERM");
    }
    expect(await program.exited).toEqual({ status: 0, signal: null });
  });

  test("holds up only its own next connection", async () => {
    const entered = join(dir, `entered${++files}`);
    const file =
      library(`static int stop; ssize_t handle_send(const void *b, size_t n) { close(open("${entered}", O_CREAT | O_WRONLY, 0600)); while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) usleep(1000); return n; }
      __attribute__((destructor)) static void gone(void) { stop = 1; }`);
    const p = await new Peer(`dl:${file}?worker`).open();
    p.say(message(8, 1));
    await expect.poll(() => existsSync(entered), { timeout: 30_000, interval: 5 }).toBe(true);
    p.stream.destroy();
    const next = new Peer(`dl:${file}?worker`);
    expect(await next.ended()).toEqual({
      code: "EBUSY",
      message: expect.stringMatching(/earlier connection of the library has not ended yet/),
    });
    expect(next.stream.obstacle).toBeNull();
    const other = await new Peer(`dl:${library(LENGTHS)}?worker`).open();
    other.say(message(8, 1));
    await other.until("8 ");
  });
});

/** Connects to a switch's management socket, and answers the type of the first message: 0, hello. */
function firstType(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(path);
    socket.on("error", reject);
    socket.on("data", (d) => {
      resolve(d[1]!);
      socket.destroy();
    });
  });
}
