import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { connect, outbox, parseActive, parsePassive, type Stream, verifyName } from "../../src/stream/mod.js";
import { dir, ECHO, given, module, remove } from "./dl-fixtures.js";
import { chunkOf, Log, say, uncaught } from "./helpers.js";

afterAll(remove);

/** Connects, and answers how it ended. */
async function endOf(target: string, onOpen?: (s: Stream) => void): Promise<{ code: string | undefined; message: string }> {
  const stream = connect(target);
  const log = new Log(stream);
  if (onOpen !== undefined) stream.onOpen = () => onOpen(stream);
  await stream.closed;
  return { code: log.ends[0]?.code, message: log.ends[0]?.message ?? "" };
}

describe("names", () => {
  test("a file is where that of unix: is, or with a dot in front in the working directory, and absolute in the name", () => {
    const before = process.env.OVS_RUNDIR;
    try {
      process.env.OVS_RUNDIR = "/run/test";
      const file = "/run/test/a/b.js";
      expect(parseActive("dl:a/b.js")).toEqual({ transport: "dl", passive: false, syntax: "other", name: `dl:${file}`, argument: file });
      expect(parseActive("unix:a/b.js").name).toBe(`unix:${file}`);
      delete process.env.OVS_RUNDIR;
      expect(parseActive("dl:b.so").name).toBe("dl:/var/run/openvswitch/b.so");
    } finally {
      if (before === undefined) delete process.env.OVS_RUNDIR;
      else process.env.OVS_RUNDIR = before;
    }
    expect(parseActive("dl:./a/b.js?worker").name).toBe(`dl:${resolve("a/b.js")}?worker`);
    expect(parseActive("dl:../a/b.js").name).toBe(`dl:${resolve("../a/b.js")}`);
    expect(parseActive(`dl:${resolve("a")}`).name).toBe(`dl:${resolve("a")}`);
    expect(parseActive("dl:/a?keep&worker").name).toBe("dl:/a?worker&keep");
    expect(parseActive("dl:/a?keep").name).toBe("dl:/a?keep");
    expect(parseActive("dl:/a?other").name).toBe("dl:/a?other");
    expect(verifyName("dl:x")).toBeNull();
  });

  test.each([
    ["dl:", "EAFNOSUPPORT"],
    ["dl:?worker", "EAFNOSUPPORT"],
    ["dl:a\0b", "EINVAL"],
  ])("%j is refused", (name, code) => {
    expect(() => parseActive(name)).toThrow(expect.objectContaining({ code }));
  });

  test("there is no listening", () => {
    expect(() => parsePassive("dl:x.js")).toThrow(expect.objectContaining({ code: "EAFNOSUPPORT" }));
  });
});

describe("what a file is", () => {
  test("is told by its name, else by its first bytes", async () => {
    const file = (name: string, bytes: string | Buffer): string => {
      writeFileSync(join(dir, name), bytes);
      return `dl:${join(dir, name)}`;
    };
    expect(await endOf(file("text", "no controller"))).toMatchObject({ code: "EINVAL", message: expect.stringMatching(/neither/) });
    expect(await endOf(file("short", ""))).toMatchObject({ code: "EINVAL" });
    expect(await endOf(`dl:${join(dir, "missing.mjs")}`)).toMatchObject({ code: "ENOENT" });
    mkdirSync(join(dir, "folder.js"));
    expect(await endOf(`dl:${join(dir, "folder.js")}`)).toMatchObject({ code: "EINVAL" });
    const elf = file("program", Buffer.from("\x7fELF and no more"));
    expect(await endOf(`${elf}?worker`)).toMatchObject({ code: "ENOEXEC" });
    expect(await endOf(`dl:${module(ECHO)}?keep`)).toMatchObject({ code: "EINVAL", message: expect.stringMatching(/leave out "keep"/) });
  });

  test("bad options are told at once", () => {
    expect(() => connect(`dl:${module(ECHO)}`, { highWater: -1 })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
    expect(() => connect(`dl:${module(ECHO)}?worker`, { workerMemory: 0 })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  });
});

describe("a module in this thread", () => {
  test("gets the other end of a pipe, and whole chunks", async () => {
    const stream = connect(`dl:${module("export default handOn;")}`);
    expect([stream.kind, stream.needsProbes, stream.state]).toEqual(["dl", false, "connecting"]);
    const log = new Log(stream);
    await log.until((l) => l.opens === 1);
    const other = given.pop()!;
    expect([other.kind, other.local, stream.local]).toEqual(["dl", stream.name, other.name]);
    const sent = chunkOf("ping");
    let got: unknown;
    other.onChunk = (chunk) => {
      got = chunk;
      say(other, "pong");
    };
    await Promise.resolve();
    stream.write(sent, 4);
    expect(got).toBe(sent);
    expect(log.text).toBe("pong");
    await Promise.all([stream.close(), other.closed]);
    expect(log.ends).toEqual([null]);
  });

  test("is shared by its connections until its file changes", async () => {
    const source = "let n = 0; export default (s) => { say(s, VERSION + ++n); };";
    const file = module(`const VERSION = "a"; ${source}`);
    const hear = async (): Promise<string> => {
      const stream = connect(`dl:${file}`);
      const log = new Log(stream);
      await log.until((l) => l.size === 2);
      await stream.close();
      return log.text;
    };
    expect([await hear(), await hear()]).toEqual(["a1", "a2"]);
    module(`const VERSION = "b"; ${source}`, file);
    utimesSync(file, 1, 1);
    expect([await hear(), await hear()]).toEqual(["b1", "b2"]);
  });

  test("what it answers is called when the connection has ended, once", async () => {
    const ends: string[] = [];
    (globalThis as { told?: (what: string) => void }).told = (what) => ends.push(what);
    for (const source of ['() => () => told("sync")', 'async () => async () => told("async")', "() => ({ not: 'a function' })"]) {
      const stream = connect(`dl:${module(`export default ${source};`)}`);
      const log = new Log(stream);
      await log.until((l) => l.opens === 1);
      await stream.close();
      expect(log.ends).toEqual([null]);
    }
    await new Promise(setImmediate);
    expect(ends).toEqual(["sync", "async"]);
  });

  test.each([
    ["ENOENT", /cannot be loaded/, 'import "./there-is-none.mjs"; export default () => {};'],
    ["EINVAL", /no function as its default export/, "export const other = 1;"],
    ["EINVAL", /no function as its default export/, "export default {};"],
    ["ECONNABORTED", /cannot be loaded: at once/, 'throw new Error("at once");'],
    ["ECONNABORTED", /threw: when called/, 'export default () => { throw new Error("when called"); };'],
    ["ECONNABORTED", /threw: in time/, 'export default async () => { throw new Error("in time"); };'],
    ["ECONNABORTED", /threw: handler/, 'export default (s) => { s.onChunk = () => { throw new Error("handler"); }; };'],
    ["ECONNABORTED", /threw: no error/, 'export default (s) => { s.onChunk = () => { throw "no error"; }; };'],
    ["ECONNABORTED", /threw: something that has no text/, "export default (s) => { s.onChunk = () => { throw Object.create(null); }; };"],
    ["ECONNRESET", /connection dropped/, "export default (s) => { s.onChunk = () => s.destroy(); };"],
  ])("%s, %s: %s", async (code, message, source) => {
    const seen = await uncaught(async () => {
      expect(await endOf(`dl:${module(source)}`, (s) => say(s, "x"))).toEqual({ code, message: expect.stringMatching(message) });
    });
    expect(seen).toEqual([]);
  });

  test("a fault behind the end is a warning", async () => {
    const warned = new Promise<Error>((r) => process.once("warning", r));
    const stream = connect(`dl:${module('export default () => () => { throw new Error("late"); };')}`);
    stream.onOpen = () => void stream.close();
    expect((await warned).message).toMatch(/late/);
  });

  test("what is sent through the outbox ends with the connection", async () => {
    const stream = connect(`dl:${module('export default (s) => { s.onChunk = () => { throw new Error("x"); }; };')}`);
    const log = new Log(stream);
    await log.until((l) => l.opens === 1);
    outbox.send(stream, new Uint8Array(8));
    await stream.closed;
    outbox.send(stream, new Uint8Array(8));
    expect(log.ends[0]?.code).toBe("ECONNABORTED");
  });

  test("connecting is given up in time, and by a signal", async () => {
    const file = module("await new Promise(() => {}); export default () => {};");
    const codeOf = async (options: object): Promise<unknown> => {
      const stream = connect(`dl:${file}`, options);
      const log = new Log(stream);
      await stream.closed;
      return log.ends[0]?.code;
    };
    expect(await codeOf({ timeout: 5 })).toBe("ETIMEDOUT");
    expect(await codeOf({ signal: AbortSignal.abort() })).toBe("ERR_ABORTED");
  });

  test("two ends that answer each other for ever leave the others their turn", async () => {
    const stream = connect(`dl:${module(ECHO)}`);
    let turns = 0;
    stream.onChunk = () => {
      turns++;
      say(stream, "again");
    };
    await new Promise<void>((resolve) => {
      stream.onOpen = resolve;
    });
    say(stream, "go");
    expect(turns).toBeGreaterThan(0);
    const before = turns;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(turns).toBeGreaterThan(before);
    stream.destroy();
  });
});

test("CommonJS is taken as well", async () => {
  const file = join(dir, "old.cjs");
  writeFileSync(file, "module.exports = globalThis.handOn;");
  const log = new Log(connect(`dl:${file}`));
  await log.until((l) => l.opens === 1);
  await log.stream.close();
  expect(log.ends).toEqual([null]);
});
