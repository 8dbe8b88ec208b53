import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { connect, type Listener, listen, pipe, type Stream } from "../../src/stream/mod.js";
import { vconnSuite } from "../../src/testing/vconn-suite.js";

let dir: string;
const listeners = new Map<string, Listener>();
const accepted: Stream[] = [];
let wake: (() => void) | undefined;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "southbound-"));
  for (const target of ["ptcp:0:127.0.0.1", "ptcp:0:[::1]", `punix:${dir}/s`]) {
    listeners.set(
      target,
      await listen(target, {
        onStream: (stream) => {
          accepted.push(stream);
          wake?.();
        },
      }),
    );
  }
});

afterAll(async () => {
  await Promise.all([...listeners.values()].map((l) => l.close()));
  await rm(dir, { recursive: true });
});

/** A connected pair over a listener; cases run one after the other, so the next stream accepted is the other end. */
async function pairOver(target: string): Promise<readonly [Stream, Stream]> {
  const { name } = listeners.get(target)!;
  const [, port, ...host] = name.split(":");
  const tested = connect(name.startsWith("punix:") ? name.slice(1) : `tcp:${host.join(":")}:${port}`);
  while (accepted.length === 0) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  return [tested, accepted.shift()!];
}

const transports: Record<string, () => Promise<readonly [Stream, Stream]>> = {
  tcp: () => pairOver("ptcp:0:127.0.0.1"),
  "tcp over IPv6": () => pairOver("ptcp:0:[::1]"),
  unix: () => pairOver(`punix:${dir}/s`),
  pipe: async () => pipe(),
  "pipe by microtasks": async () => pipe({ delivery: "microtask" }),
};

const breakers: Record<string, readonly number[] | undefined> = {
  whole: undefined,
  "byte by byte": [1],
  "in odd pieces": [3, 1, 7, 2, 11, 64, 5],
};

for (const [transport, pair] of Object.entries(transports)) {
  for (const [name, sizes] of Object.entries(breakers)) {
    describe(`vconn over ${transport}, ${name}`, () => {
      for (const c of vconnSuite({ pair, sizes })) test(c.name, c.run);
    });
  }
}
