/**
 * Clients in C that go for the life of the server, which is a process of its own: a fault of ours would end the test's. SOUTHBOUND_FUZZ_SECONDS says how long each attack goes on, 30 by default.
 */
import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { freshName } from "./raw-peer.js";

const SECONDS = Number(process.env.SOUTHBOUND_FUZZ_SECONDS ?? 30);
const compiler = spawnSync("cc", ["--version"]).status === 0;
const here = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

let dir: string;
let peer: string;
let program: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "southbound-test-"));
  peer = join(dir, "hostile-peer");
  program = join(dir, "victim.mjs");
  if (!compiler) return;
  execFileSync("cc", ["-O2", "-Wall", "-Wextra", "-o", peer, here("hostile-peer.c"), "-lpthread"]);
  const bundle = await rolldown({
    input: here("victim.ts"),
    platform: "node",
    // The addon is found from where its loader lies.
    plugins: [{ name: "place", transform: (code, id) => code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href)) }],
  });
  await bundle.write({ file: program });
  await bundle.close();
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Counters {
  readonly connections: number;
  readonly failures: number;
  readonly rx: number;
  readonly tx: number;
  readonly notified: number;
  readonly refused: string;
}

/** The server under attack. */
class Victim {
  readonly name = freshName();
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  /** Rejects when it ends. */
  readonly ended: Promise<never>;

  constructor() {
    this.#child = spawn(process.execPath, [program, this.name], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdin.on("error", () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.ended = new Promise((_, reject) => {
      this.#child.on("exit", (status, signal) => reject(new Error(`the server ended: ${signal ?? status}`)));
    });
    this.ended.catch(() => {});
  }

  async listening(): Promise<void> {
    await this.#line();
  }

  async #line(): Promise<string> {
    const { value } = await Promise.race([this.#lines.next(), this.ended]);
    return value ?? (await this.ended);
  }

  /** What it answers; a server that hangs never does, which the test's time-out finds. */
  async counters(): Promise<Counters> {
    this.#child.stdin.write("?\n");
    return JSON.parse(await this.#line());
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/** What the attacker prints until it is done, and the server's counters then, while what the attacker holds is still there. */
async function attacked({ onTestFinished }: TestContext, attack: string, seconds = 1): Promise<{ counters: Counters; said: string[] }> {
  const victim = new Victim();
  onTestFinished(() => victim.kill());
  await victim.listening();
  const attacker = spawn(peer, [attack, victim.name.slice(1), String(seconds)], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void attacker.kill("SIGKILL"));
  const said: string[] = [];
  const listen = async (): Promise<void> => {
    for await (const line of createInterface({ input: attacker.stdout })) {
      if (line === "done") return;
      said.push(line);
    }
    throw new Error("the attacker ended early");
  };
  await Promise.race([listen(), victim.ended]);
  return { counters: await victim.counters(), said };
}

describe.skipIf(!compiler)("a server outlives", () => {
  const limit = SECONDS * 1000 + 30_000;

  test.concurrent("memory that shrinks between the looks at its size and at its seal", { timeout: limit }, async (context) => {
    const { counters, said } = await attacked(context, "shrink", SECONDS);
    // What is sealed has shrunk by then, and what has not shrunk yet is not sealed.
    expect(said).toEqual([expect.stringMatching(/^\d+ tries, 0 regions taken$/)]);
    expect(counters.failures).toBeGreaterThan(0);
  });

  test.concurrent("eventfds that are made to block, filled and emptied", { timeout: limit }, async (context) => {
    const { counters } = await attacked(context, "block", SECONDS);
    expect(counters.connections).toBe(1);
    expect(Math.min(counters.rx, counters.tx, counters.notified)).toBeGreaterThan(0);
  });

  test.concurrent("descriptors of every kind", { timeout: limit }, async (context) => {
    const { said } = await attacked(context, "doors");
    const refused = said.filter((line) => !line.endsWith(": taken"));
    expect(said.filter((line) => line.endsWith(": taken"))).toEqual([
      "sending ring semaphore: taken",
      "ring full eventfd: taken",
      "sending ring full eventfd: taken",
      "ring blocking eventfd: taken",
      "sending ring blocking eventfd: taken",
      "region sealed memory: taken",
      "region memory that was smaller when it was sealed: taken",
    ]);
    expect(new Set(refused.map((line) => line.replace(/^.*: /, "")))).toEqual(
      new Set([
        "Region 0 is not sealed against shrinking",
        "Region 0 is smaller than announced",
        "Region 0 cannot be mapped",
        "The descriptor of S2M ring 0 is no eventfd",
      ]),
    );
    expect(refused.length).toBeGreaterThan(30);
  });

  test.concurrent("descriptors whose closing waits", { timeout: limit }, async (context) => {
    const { counters } = await attacked(context, "linger");
    expect(counters.failures).toBeGreaterThanOrEqual(4);
  });
});
