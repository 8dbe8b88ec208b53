import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { connect, listen, type Stream } from "../../src/stream/mod.js";
import { directory, Log, say, tick, uncaught } from "./helpers.js";

const { dir, remove } = directory();
afterAll(remove);
const active = (name: string): string => (name.startsWith("punix:") ? name.slice(1) : `tcp:127.0.0.1:${name.split(":")[1]}`);
const closing = (s: Stream): void => void s.close();

test("the name tells the bound port", async () => {
  await using a = await listen("ptcp:0:127.0.0.1", { onStream: closing });
  expect(a.name).toMatch(/^ptcp:[1-9]\d*:127\.0\.0\.1$/);
  await using b = await listen("ptcp:0", { onStream: closing });
  expect(b.name).toMatch(/^ptcp:[1-9]\d*:0\.0\.0\.0$/);
  await using c = await listen(`punix:${dir}/name`, { onStream: closing });
  expect(c.name).toBe(`punix:${dir}/name`);
});

test("errors keep their errno, and say what was tried", async () => {
  await using a = await listen("ptcp:0:127.0.0.1", { onStream: closing });
  await expect(listen(a.name, { onStream: closing })).rejects.toMatchObject({
    code: "EADDRINUSE",
    message: `listening on ${a.name} (Address already in use)`,
  });
  await expect(listen("ptcp:0:192.0.2.1", { onStream: closing })).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
  await expect(listen("punix:/nonexistent/x", { onStream: closing })).rejects.toMatchObject({
    message: expect.stringMatching(/^listening on punix:\/nonexistent\/x \(/),
  });
  await expect(listen("tcp:1.2.3.4", { onStream: closing })).rejects.toMatchObject({ code: "EAFNOSUPPORT" });
  await expect(listen("ptcp:0", { onStream: closing, maxConnections: 0 })).rejects.toMatchObject({ code: "ERR_USAGE" });
});

test("abort: before and during; afterwards it does nothing", async () => {
  await expect(listen("ptcp:0", { onStream: closing, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ERR_ABORTED" });
  const during = new AbortController();
  const promise = listen("ptcp:0:localhost", { onStream: closing, signal: during.signal });
  during.abort();
  await expect(promise).rejects.toMatchObject({ code: "ERR_ABORTED" });
  const after = new AbortController();
  await using a = await listen("ptcp:0:127.0.0.1", { onStream: closing, signal: after.signal });
  after.abort();
  const log = new Log(connect(active(a.name)));
  await log.stream.closed;
  expect(log.ends).toEqual([null]);
});

test("a stale socket file is replaced, a live one is refused, and the file goes at the end", async () => {
  const file = `${dir}/stale`;
  // A process that is killed leaves its file behind.
  const program = `require("net").createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", program]);
  expect(existsSync(file)).toBe(true);
  const stale = new Log(connect(`unix:${file}`));
  await stale.stream.closed;
  expect(stale.ends[0]?.code).toBe("ECONNREFUSED");

  const streams: Stream[] = [];
  const l = await listen(`punix:${file}`, { onStream: (s) => streams.push(s) });
  await expect(listen(`punix:${file}`, { onStream: closing })).rejects.toMatchObject({
    code: "EADDRINUSE",
    message: `listening on punix:${file}: another process answers there (Address already in use)`,
  });
  const log = new Log(connect(active(l.name)));
  await log.until((x) => x.opens === 1);
  // the second listener's look at the first, and the connection
  await expect.poll(() => streams.length).toBe(2);
  await l.close();
  expect(existsSync(file)).toBe(false);
  for (const s of streams) s.onChunk = () => {};
  await log.stream.close();
  await Promise.all(streams.map((s) => s.closed));
});

test("accepted streams are open, unread and outlive the listener", async () => {
  let stream!: Stream;
  const accepted = new Promise<void>((r) => {
    void listen(`punix:${dir}/outlive`, {
      onStream: (s) => {
        stream = s;
        r();
      },
    }).then(async (l) => {
      const c = connect(active(l.name));
      c.onChunk = () => {};
      c.onOpen = () => say(c, "first");
      await accepted;
      await l.close();
      await l.closed;
      expect(existsSync(`${dir}/outlive`)).toBe(false);
    });
  });
  await accepted;
  expect(stream.state).toBe("open");
  await tick(20);
  const log = new Log(stream);
  await log.until((l) => l.size === 5);
  expect(log.text).toBe("first");
  await stream.close();
});

test("maxConnections closes what is too much, and frees places again", async () => {
  const streams: Stream[] = [];
  await using l = await listen("ptcp:0:127.0.0.1", { maxConnections: 2, onStream: (s) => streams.push(s) });
  const logs = [0, 1, 2].map(() => new Log(connect(active(l.name))));
  await logs[2]!.stream.closed;
  expect(streams.length).toBe(2);
  expect(logs.map((x) => x.stream.state)).toEqual(["open", "open", "closed"]);
  streams[0]!.destroy();
  await logs[0]!.stream.closed;
  const again = new Log(connect(active(l.name)));
  await again.until((x) => x.opens === 1);
  await expect.poll(() => streams.length).toBe(3);
  expect(again.stream.state).toBe("open");
  for (const s of streams) s.destroy();
  await Promise.all([again, ...logs].map((x) => x.stream.closed));
});

test("an onStream that throws costs its stream only", async () => {
  let n = 0;
  await using l = await listen("ptcp:0:127.0.0.1", {
    onStream: (s) => {
      if (n++ === 0) throw new Error("fault");
      say(s, "fine");
      void s.close();
    },
  });
  const seen = await uncaught(async () => {
    const first = new Log(connect(active(l.name)));
    await first.stream.closed;
    const second = new Log(connect(active(l.name)));
    await second.stream.closed;
    expect(second.text).toBe("fine");
  });
  expect(seen.map(String)).toEqual(["Error: fault"]);
});

test("plain files are refused and stay", async () => {
  const file = `${dir}/plain`;
  writeFileSync(file, "mine");
  await expect(listen(`punix:${file}`, { onStream: closing })).rejects.toMatchObject({ code: "EEXIST" });
  expect(existsSync(file)).toBe(true);
});
