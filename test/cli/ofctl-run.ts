/** Runs `bin/ofctl.js` as a user does. It needs dist/, which `npm test` builds first. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** The program. */
export const OFCTL: string = fileURLToPath(new URL("../../bin/ofctl.js", import.meta.url));

/** What a run came to. */
export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run under way. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has printed so far. */
  readonly printed: { stdout: string; stderr: string };
}

/** Starts the program, which is killed when the test is over. */
export function start(words: readonly string[], env: Readonly<Record<string, string>> = {}, options: SpawnOptions = {}): Running {
  const child = spawn(process.execPath, [OFCTL, ...words], { ...options, env: { ...process.env, OVS_SYSLOG_METHOD: "null", ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
    });
  child.stdin?.on("error", () => {});
  const ended = new Promise<Ended>((resolve) => child.on("close", (status, signal) => resolve({ status, signal, ...printed })));
  return { child, ended, printed };
}

/** Runs the program to its end. */
export function ofctl(words: readonly string[], env: Readonly<Record<string, string>> = {}, input?: string): Promise<Ended> {
  const { child, ended } = start(words, env);
  if (input !== undefined) child.stdin?.end(input);
  return ended;
}

/** Says something to a control socket and answers what comes of it. Rejects where the socket closes without an answer. */
export function tell(
  socket: string,
  method: string,
  ...params: readonly unknown[]
): Promise<{ result: string | null; error: string | null }> {
  return new Promise((resolve, reject) => {
    const client = connect(socket, () => client.write(JSON.stringify({ id: 7, method, params })));
    let text = "";
    client.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      try {
        resolve(JSON.parse(text));
        client.destroy();
      } catch {
        // more is to come
      }
    });
    client.on("error", reject).on("close", () => reject(new Error(`closed behind '${text}'`)));
  });
}
