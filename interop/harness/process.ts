/**
 * Programs under test: run one to its end, or start one and wait for what it prints. Every program gets a process group of its own, and
 * whatever it starts ends with it. One started inside a test ends with that test, one started in a hook ends with the file.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { afterAll, onTestFinished } from "vitest";
import { SEARCH_PATH, which } from "./which.js";

/** How a program ended: its exit status, or the signal that ended it. */
export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a program that ran to its end printed, and how it ended. */
export interface RunResult extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what a program runs. */
export interface ProcessOptions {
  /** Added to this process's own environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** {@link ProcessOptions} of a program that is run to its end. */
export interface RunOptions extends ProcessOptions {
  /** Written to its standard input, which is then closed. */
  readonly input?: string | Uint8Array;
  /** Milliseconds after which it is killed and the call rejects; 60 s if not given. */
  readonly timeout?: number;
}

const running = new Set<Program>();

/** Kills every program that still runs, at once. */
export function killAll(): void {
  for (const program of running) program.kill();
}

process.on("exit", killAll);
afterAll(async () => {
  const left = [...running];
  killAll();
  await Promise.all(left.map((program) => program.exited));
});

/** Where the system has it, `setpriv` makes the kernel kill the program if this process dies without a chance to do so itself. */
const setpriv = process.platform === "linux" ? which("setpriv") : undefined;

/** A program that was started and may still run. */
export class Program implements AsyncDisposable {
  /** Resolves, never rejects, when it has ended and all it printed is here. */
  readonly exited: Promise<Exit>;
  /** Its command line, for messages. */
  readonly commandLine: string;
  #child: ChildProcessWithoutNullStreams;
  #stdout = "";
  #stderr = "";
  #output = "";
  #exit: Exit | undefined;
  #changed = new Set<() => void>();

  constructor(command: string, args: readonly string[], options: ProcessOptions = {}) {
    this.commandLine = [command, ...args].join(" ");
    const [file, words] = setpriv === undefined ? [command, args] : [setpriv, ["--pdeathsig", "KILL", "--", command, ...args]];
    const env = { ...process.env, PATH: SEARCH_PATH.join(":"), ...options.env };
    const child = spawn(file, words, { env, cwd: options.cwd, detached: true, stdio: "pipe" });
    this.#child = child;
    running.add(this);
    child.stdin.on("error", () => {}); // a program may end without having read its input
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#say(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#say(text);
    });
    this.exited = new Promise((resolve) => {
      const end = (exit: Exit) => {
        this.#exit = exit;
        running.delete(this);
        this.#wake();
        resolve(exit);
      };
      child.on("error", (error) => {
        this.#stderr += `${error.message}\n`;
        this.#say(`${error.message}\n`);
        end({ status: 127, signal: null });
      });
      child.on("exit", () => this.kill()); // what it left behind in its group would keep its pipes open
      child.on("close", (status, signal) => end({ status, signal }));
    });
  }

  /** All it printed so far to standard output. */
  get stdout(): string {
    return this.#stdout;
  }

  /** All it printed so far to standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  /** All it printed so far, both streams in the order of arrival. */
  get output(): string {
    return this.#output;
  }

  /** Its process id; `undefined` if it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How it ended; `undefined` while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** Writes to its standard input. */
  write(text: string | Uint8Array): void {
    this.#child.stdin.write(text);
  }

  /** Closes its standard input. */
  endInput(): void {
    this.#child.stdin.end();
  }

  /** Sends a signal to the program alone, as `kill` on the command line does. */
  signal(signal: NodeJS.Signals): void {
    if (this.#exit === undefined) this.#child.kill(signal);
  }

  /** Kills it and whatever it started, at once. */
  kill(): void {
    const { pid } = this;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // the group is empty already
    }
  }

  /** Asks it to end with SIGTERM, and kills it after `grace` milliseconds. */
  async stop(grace = 3000): Promise<Exit> {
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.kill(), grace);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop().then(() => {});
  }

  /**
   * The first whole line that matches, of those it has printed or will print on either stream.
   * @param timeout - milliseconds until the call rejects; it also rejects when the program ends without such a line
   */
  async waitForLine(pattern: RegExp | string, timeout = 30_000): Promise<string> {
    const matches = (line: string) => (typeof pattern === "string" ? line.includes(pattern) : line.search(pattern) >= 0);
    const deadline = performance.now() + timeout;
    for (;;) {
      const lines = this.#output.split("\n");
      const rest = lines.pop() ?? "";
      const found = lines.find(matches) ?? (this.#exit !== undefined && rest !== "" && matches(rest) ? rest : undefined);
      if (found !== undefined) return found;
      if (this.#exit !== undefined) throw this.failure(`ended without a line that matches ${String(pattern)}`);
      const left = deadline - performance.now();
      if (left <= 0) throw this.failure(`printed no line that matches ${String(pattern)} within ${timeout} ms`);
      await this.#change(left);
    }
  }

  /** An error that tells the program, how it stands and the last lines it printed. */
  failure(what: string): Error {
    const exit = this.#exit;
    const state = exit === undefined ? "still running" : exit.signal === null ? `exit status ${exit.status}` : `ended by ${exit.signal}`;
    return new Error(`${this.commandLine}: ${what} (${state})\n${tail(this.#output, 30)}`);
  }

  #say(text: string): void {
    this.#output += text;
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#changed]) wake();
  }

  #change(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#changed.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeout);
      this.#changed.add(done);
    });
  }
}

/** The last `count` lines of a text. */
export function tail(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** Starts a program. It ends with the test that started it, or with the file if no test did. */
export function start(command: string, args: readonly string[] = [], options: ProcessOptions = {}): Program {
  const program = new Program(command, args, options);
  endWithTest(async () => {
    program.kill();
    await program.exited;
  });
  return program;
}

/** Has `end` called when the test under way is over; does nothing outside of a test. */
export function endWithTest(end: () => Promise<void>): void {
  try {
    onTestFinished(end);
  } catch {
    // started in a hook: afterAll above sees to it
  }
}

/** Runs a program to its end. A status other than 0 is an answer; only a program that does not end in time rejects. */
export async function run(command: string, args: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> {
  const { timeout = 60_000, input } = options;
  const program = new Program(command, args, options);
  if (input !== undefined) program.write(input);
  program.endInput();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    program.kill();
  }, timeout);
  const exit = await program.exited;
  clearTimeout(timer);
  if (late) throw program.failure(`did not end within ${timeout} ms`);
  return { ...exit, stdout: program.stdout, stderr: program.stderr };
}

/** {@link run} for a program that has to succeed: what it printed to standard output. Rejects with what it said if its status is not 0. */
export async function runOk(command: string, args: readonly string[] = [], options: RunOptions = {}): Promise<string> {
  const result = await run(command, args, options);
  if (result.status !== 0) {
    const how = result.signal ?? `status ${result.status}`;
    throw new Error(`${[command, ...args].join(" ")}: ${how}\n${tail(result.stderr + result.stdout, 20)}`);
  }
  return result.stdout;
}
