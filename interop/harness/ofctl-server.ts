/** One loaded `ovs-ofctl` that runs many commands, which costs a sixth of starting it for each: see ofctl-server.c. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runOk } from "./process.js";
import { SEARCH_PATH, which } from "./which.js";

/** What one command came to. */
export interface OfctlResult {
  /** The exit status, or 256 and the signal that ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const SOURCE = fileURLToPath(new URL("ofctl-server.c", import.meta.url));
const HEAD = 12;

const wordsOf = (args: readonly string[]): Uint8Array => {
  const words = args.map((word) => Buffer.from(word));
  const size = (n: number): Buffer => Buffer.from(Uint32Array.of(n).buffer);
  return Buffer.concat([size(words.length), ...words.flatMap((word) => [size(word.length), word])]);
};

/** Runs commands of `ovs-ofctl`, one after another. The C compiler is needed for it: the peer `cc`. */
export class OfctlServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #dir: string;
  readonly #waiting: { resolve(result: OfctlResult): void; reject(e: Error): void }[] = [];
  #held: Buffer = Buffer.alloc(0);

  private constructor(child: ChildProcess, dir: string) {
    this.#child = child;
    this.#dir = dir;
    child.stdin!.on("error", () => {});
    child.stdout!.on("data", (data: Buffer) => this.#take(data));
    child.on("close", () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error("ovs-ofctl ended"));
    });
  }

  static async start(): Promise<OfctlServer> {
    const dir = mkdtempSync(join(tmpdir(), "southbound-ofctl-"));
    const library = join(dir, "server.so");
    await runOk("cc", ["-shared", "-fPIC", "-O1", "-o", library, SOURCE]);
    const env = { PATH: SEARCH_PATH.join(":"), LC_ALL: "C", LD_PRELOAD: library, OVS_SYSLOG_METHOD: "null" };
    const child = spawn(which("ovs-ofctl")!, [], { env, argv0: "ovs-ofctl", stdio: ["pipe", "pipe", "inherit"] });
    return new OfctlServer(child, dir);
  }

  /** Runs a command; several may wait for their turn. Words have no zero bytes. */
  run(args: readonly string[]): Promise<OfctlResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin!.write(wordsOf(args));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.kill("SIGKILL");
    await ended;
    await rm(this.#dir, { recursive: true, force: true });
  }

  #take(data: Buffer): void {
    let held = this.#held.length === 0 ? data : Buffer.concat([this.#held, data]);
    while (held.length >= HEAD) {
      const [status, out, err] = [held.readUInt32LE(0), held.readUInt32LE(4), held.readUInt32LE(8)];
      const end = HEAD + out + err;
      if (held.length < end) break;
      const text = (from: number, to: number): string => held.toString("utf8", from, to);
      this.#waiting.shift()!.resolve({ status, stdout: text(HEAD, HEAD + out), stderr: text(HEAD + out, end) });
      held = held.subarray(end);
    }
    this.#held = held;
  }
}
