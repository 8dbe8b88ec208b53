import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type ConnectOptions, connect, type Stream } from "../../src/stream/mod.js";
import { MockClock } from "../../src/testing/mod.js";
import { dir, ECHO, module, remove } from "./dl-fixtures.js";
import { Log, say } from "./helpers.js";

afterAll(remove);

/** Connects to a module in a worker. */
async function opened(source: string, options: ConnectOptions = {}): Promise<Log> {
  const log = new Log(connect(`dl:${module(source)}?worker`, options));
  await log.until((l) => l.opens === 1 || l.ends.length === 1);
  return log;
}

const ended = async (log: Log): Promise<unknown> => {
  await log.stream.closed;
  return log.ends[0]?.code ?? null;
};

/** A server by which the test sees when a worker is gone: its sockets end then. */
async function watch(): Promise<{ server: Server; path: string; gone: Promise<void> }> {
  const path = join(dir, `w${Math.random()}`);
  const server = createServer();
  const gone = new Promise<void>((resolve) => {
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.on("close", () => {
        server.close();
        resolve();
      });
      socket.resume();
    });
  });
  server.listen(path);
  await once(server, "listening");
  return { server, path, gone };
}

const WATCHED = (path: string): string => `import { connect } from "node:net"; const socket = connect(${JSON.stringify(path)});
  await new Promise((r) => socket.once("connect", r)); setInterval(() => {}, 1000);`;

describe("a module in a worker", () => {
  test("gets and gives every byte, more than fits between the threads", async () => {
    const log = await opened(ECHO, { highWater: 4_000_000 });
    expect([log.stream.kind, log.stream.needsProbes]).toEqual(["dl", false]);
    const want = new Uint8Array(3_000_000);
    for (let i = 0; i < want.length; i++) want[i] = (i * 7) ^ (i >> 9);
    for (let p = 0; p < want.length; p += 60_001) say(log.stream, want.subarray(p, p + 60_001));
    await log.until((l) => l.size === want.length);
    expect(Buffer.compare(log.bytes, want)).toBe(0);
    await log.stream.close();
    expect(log.ends).toEqual([null]);
  });

  test("that sends without end is not read while the switch is busy", async () => {
    const log = await opened(
      `export default (s) => { const more = () => { while (!s.congested) say(s, new Uint8Array(50_000)); }; s.onDrain = more; s.onChunk = () => {}; more(); };`,
      {},
    );
    await log.until((l) => l.size > 2_000_000);
    log.stream.pause();
    const before = log.size;
    const other = await opened(ECHO);
    say(other.stream, "meanwhile");
    await other.until((l) => l.text === "meanwhile");
    other.stream.destroy();
    expect(log.size).toBe(before);
    log.stream.resume();
    await log.until((l) => l.size > before + 2_000_000);
    log.stream.destroy();
  });

  test.each([
    ["ENOENT", /cannot be loaded/, 'import "./there-is-none.mjs"; export default () => {};'],
    ["ENOEXEC", /cannot be loaded/, "export default ) => {"],
    ["EINVAL", /no function as its default export/, "export const other = 1;"],
    ["ECONNABORTED", /cannot be loaded: at once/, 'throw new Error("at once");'],
    ["ECONNABORTED", /threw: when called/, 'export default () => { throw new Error("when called"); };'],
    ["ECONNABORTED", /threw: in time/, 'export default async () => { throw new Error("in time"); };'],
    ["ECONNABORTED", /threw: handler/, 'export default (s) => { s.onChunk = () => { throw new Error("handler"); }; };'],
    ["ECONNABORTED", /threw: timer/, 'export default (s) => { s.onChunk = () => setTimeout(() => { throw new Error("timer"); }); };'],
    ["ECONNABORTED", /threw: nobody/, 'export default (s) => { s.onChunk = () => void Promise.reject(new Error("nobody")); };'],
    ["ECONNABORTED", /threw: null/, "export default (s) => { s.onChunk = () => setTimeout(() => { throw null; }); };"],
    ["ECONNABORTED", /threw: /, "export default (s) => { s.onChunk = () => setTimeout(() => { throw Object.create(null); }); };"],
    ["ECONNRESET", /exited with status 3/, "export default (s) => { s.onChunk = () => process.exit(3); };"],
    ["ECONNRESET", /exited with status 0/, "process.exit(0);"],
    ["ECONNRESET", /connection dropped/, "export default (s) => { s.onChunk = () => s.destroy(); };"],
  ])("%s, %s: %s", async (code, message, source) => {
    const stream = connect(`dl:${module(source)}?worker`);
    const log = new Log(stream);
    stream.onOpen = () => say(stream, "x");
    await stream.closed;
    expect(log.ends[0]).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test.each(["parentPort.postMessage", "MessagePort.prototype.postMessage.bind(parentPort)"])(
    "that floods its parent with %s is ended or unheard, holds no memory, and others are served",
    async (post) => {
      const other = await opened(ECHO);
      const before = process.memoryUsage().rss;
      const log = await opened(`import { parentPort, MessagePort } from "node:worker_threads";
        const post = ${post};
        export default (s) => { s.onChunk = () => { for (let i = 0; i < 300; i++) try { post(new Uint8Array(1 << 20)); } catch {} say(s, "through"); }; };`);
      say(log.stream, "x");
      await log.until((l) => l.text === "through" || l.ends.length === 1);
      expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
      if (post === "parentPort.postMessage") {
        await log.stream.closed;
        expect(log.ends[0]).toMatchObject({ code: "EPROTO", message: expect.stringMatching(/posts messages to its parent/) });
      }
      say(other.stream, "still");
      await other.until((l) => l.text === "still");
      await Promise.all([log.stream.close(), other.stream.close()]);
    },
  );

  test("that takes more memory than it may: ENOMEM, and the switch goes on", async () => {
    const log = await opened(
      "export default (s) => { s.onChunk = () => { const all = []; for (;;) all.push(new Array(1000).fill({})); }; };",
      {
        workerMemory: 16,
      },
    );
    say(log.stream, "x");
    expect(await ended(log)).toBe("ENOMEM");
  });

  test("that exits leaves no timer behind", async () => {
    const clock = new MockClock();
    const log = await opened("export default (s) => { s.onChunk = () => process.exit(1); };", { clock });
    say(log.stream, "x");
    expect(await ended(log)).toBe("ECONNRESET");
    expect(clock.pending).toBe(0);
  });

  test("what was sent before an exit is received", async () => {
    const log = await opened('export default (s) => { s.onChunk = () => { say(s, "last words"); process.exit(1); }; };');
    say(log.stream, "x");
    expect(await ended(log)).toBe("ECONNRESET");
    expect(log.text).toBe("last words");
  });

  test("that never returns stops nobody; closing it ends the worker", async () => {
    const { path, gone } = await watch();
    const log = await opened(`${WATCHED(path)} export default (s) => { s.onChunk = () => { say(s, "here"); for (;;); }; };`, {
      linger: 10,
    });
    say(log.stream, "x");
    await log.until((l) => l.text === "here");
    const other = await opened(ECHO);
    say(other.stream, "still");
    await other.until((l) => l.text === "still");
    await Promise.all([log.stream.close(), other.stream.close()]);
    await gone;
  });

  test("that has something to do for ever is ended behind its connection", async () => {
    const { path, gone } = await watch();
    const log = await opened(`${WATCHED(path)} export default () => {};`);
    await log.stream.close();
    expect(log.ends).toEqual([null]);
    await gone;
  });

  test("is another one with each connection, and may end it in order", async () => {
    const file = module("let n = 0; export default (s) => { say(s, String(++n)); void s.close(); };");
    for (let i = 0; i < 2; i++) {
      const log = new Log(connect(`dl:${file}?worker`));
      expect(await ended(log)).toBeNull();
      expect(log.text).toBe("1");
    }
  });

  test("its cleanup is called", async () => {
    const { server, path } = await watch();
    const heard = new Promise<string>((resolve) => server.on("connection", (socket) => socket.on("data", (b) => resolve(b.toString()))));
    const log = await opened(`${WATCHED(path)} export default () => () => { socket.end("bye"); };`);
    await log.stream.close();
    expect(await heard).toBe("bye");
  });

  test("giving up while it loads ends it", async () => {
    const { path, gone } = await watch();
    const stream: Stream = connect(`dl:${module(`${WATCHED(path)} await new Promise(() => {}); export default 1;`)}?worker`, {
      timeout: 300,
    });
    const log = new Log(stream);
    expect(await ended(log)).toBe("ETIMEDOUT");
    await gone;
  });
});
