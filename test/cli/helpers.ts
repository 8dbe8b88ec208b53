/** Runs `bin/southbound.js` as a user does. It needs dist/, which `npm test` builds first. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../bin/southbound.js", import.meta.url));

/** What a run printed, and its exit status: null where a signal ended it. */
export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that may still be under way. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Result>;
  /** The match of a pattern in what was or will be printed, on either stream. Rejects when the program ends without it. */
  find(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts the program. It is killed when the test is over. */
export function start(...words: string[]): Running {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: "pipe", env: { ...process.env, NO_COLOR: undefined } });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = { stdout: "", stderr: "" };
  const looks = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
      for (const look of [...looks]) look();
    });
  }
  const ended = new Promise<Result>((resolve) => {
    child.on("close", (status) => resolve({ status, ...said }));
  });
  const find = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(said.stdout) ?? pattern.exec(said.stderr);
        if (match === null) return;
        looks.delete(look);
        resolve(match);
      };
      looks.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without ${pattern}\n${said.stdout}${said.stderr}`)));
    });
  return { child, ended, find };
}

/** Runs the program to its end. */
export function run(...words: string[]): Promise<Result> {
  const running = start(...words);
  running.child.stdin.end();
  return running.ended;
}
