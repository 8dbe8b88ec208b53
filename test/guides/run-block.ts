/** Runs blocks of the guides as users do: programs, and lines for a shell, with the package as it is built. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { type Block, prints, ROOT } from "./blocks.js";

/** Milliseconds until a block that does not print what it is to print is given up. */
const TIMEOUT = Number(process.env.GUIDE_TIMEOUT ?? 60_000);

/** A folder as a user's project: the package is installed there, and its commands are found. The blocks of a page share it. */
export class Project implements Disposable {
  readonly dir = mkdtempSync(join(tmpdir(), "guide-"));
  readonly #port: number;
  readonly #running = new Set<ChildProcess>();

  private constructor(port: number, page: string) {
    this.#port = port;
    if (page.startsWith("examples/")) cpSync(join(ROOT, dirname(page)), this.dir, { recursive: true });
    mkdirSync(join(this.dir, "node_modules"));
    symlinkSync(ROOT, join(this.dir, "node_modules/southbound"));
    mkdirSync(join(this.dir, "bin"));
    for (const name of ["southbound", "ofctl"]) {
      const file = join(this.dir, "bin", name);
      writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${ROOT}/bin/${name}.js" "$@"\n`);
      chmodSync(file, 0o755);
    }
  }

  /** Makes one for a page, with a port that is free. A page of the examples has its folder beside it. */
  static async make(page: string): Promise<Project> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return new Project(port, page);
  }

  [Symbol.dispose](): void {
    for (const child of this.#running) kill(child);
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** What a page says, with its files in this folder and its port one that is free. */
  here(text: string): string {
    return text.replaceAll("/run/", `${this.dir}/`).replaceAll("6653", String(this.#port));
  }

  /** What a block has printed, as the page has it. */
  there(text: string): string {
    return text.replaceAll(`${this.dir}/`, "/run/").replaceAll(String(this.#port), "6653");
  }

  save(name: string, text: string): void {
    writeFileSync(join(this.dir, name), this.here(text));
  }

  /**
   * Runs a block until it has printed what it is to print, and ends it then.
   * @throws Error with what it has printed
   */
  async run(block: Block): Promise<void> {
    const script = block.language === "js" || block.language === "ts";
    const name = block.file ?? `block-${block.line}.${script ? "mjs" : block.language}`;
    this.save(name, block.language === "ts" ? withoutTypes(block.text) : block.text);
    for (const line of block.before) execFileSync("bash", ["-c", this.here(line)], { cwd: this.dir, env: this.#env(), stdio: "pipe" });
    const beside = block.beside.map((line) => this.#start("bash", ["-c", this.here(line)]));
    // what listens does so before the block begins
    for (const [i, line] of block.beside.entries()) if (/--listen| server /.test(line)) await listening(beside[i]!);
    const child = this.#start(...this.#command(block, name));
    try {
      await ended(child, block, (text) => this.there(text));
    } finally {
      kill(child);
      for (const other of beside) kill(other);
      for (const one of [child, ...beside]) await closed(one);
    }
  }

  #command({ language, text }: Block, name: string): [string, readonly string[]] {
    if (language === "js" || language === "ts") return [process.execPath, [name]];
    // declarations, which are compared to those of the header
    if (language === "c")
      return [
        "cc",
        ["-fsyntax-only", "-Wall", "-Werror", "-include", "sys/types.h", "-include", join(ROOT, "native/southbound-dl.h"), name],
      ];
    return ["bash", ["-e", "-o", "pipefail", "-c", this.here(text)]];
  }

  #env(): NodeJS.ProcessEnv {
    return { ...process.env, PATH: `${join(this.dir, "bin")}:${process.env.PATH}`, OVS_RUNDIR: this.dir, NO_COLOR: "1" };
  }

  #start(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, { cwd: this.dir, env: this.#env(), detached: true, stdio: ["ignore", "pipe", "pipe"] });
    this.#running.add(child);
    child.on("close", () => this.#running.delete(child));
    return child;
  }
}

const closed = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((resolve) => child.once("close", () => resolve()));

/** What Node runs of TypeScript. */
const withoutTypes = (text: string): string =>
  ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 } }).outputText;

/** Waits until a program that listens has logged that it does. */
function listening(child: ChildProcess): Promise<void> {
  let stderr = "";
  return new Promise((resolve, reject) => {
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (/listening on|serving at/.test(stderr)) resolve();
    });
    child.on("close", () => reject(new Error(`${child.spawnargs.join(" ")} ended\n${stderr}`)));
  });
}

function kill(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // ended already
  }
}

/** Waits until a block has ended by itself, or, where it prints something and goes on, has printed it. */
function ended(child: ChildProcess, block: Block, there: (text: string) => string): Promise<void> {
  let [stdout, stderr] = ["", ""];
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      reject(
        new Error(
          `${block.page}:${block.line} ${why}\n--- printed\n${there(stdout)}--- to be printed\n${block.output}--- standard error\n${stderr}`,
        ),
      );
    };
    const timer = setTimeout(() => fail(`did not print what it is to print within ${TIMEOUT} ms`), TIMEOUT);
    const look = (): void => {
      if (block.output === "" || !stdout.endsWith("\n") || !prints(block.output, there(stdout), !block.log)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (!block.log) return;
      stdout += text;
      look();
    });
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      look();
    });
    child.on("close", (status) => {
      clearTimeout(timer);
      if (status !== 0 && child.signalCode !== "SIGKILL") fail(`ended with status ${status}`);
      else if (block.output === "" ? stdout !== "" : !prints(block.output, there(stdout), !block.log)) fail("printed something else");
      else resolve();
    });
  });
}
