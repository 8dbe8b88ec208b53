/** Watching, tracing, and how far something is: on terminals and off them. */
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { progressLine } from "../../src/cli/ofctl/progress.js";
import { Rates, sortedBy } from "../../src/cli/ofctl/rates.js";
import { Switch } from "../../src/switch/mod.js";
import { OFCTL, ofctl, start } from "./ofctl-run.js";

const ESCAPE = "\u001b";
let dir: string;
let bridge: Switch;
let env: Record<string, string>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "southbound-watch-"));
  env = { OVS_RUNDIR: dir };
  bridge = new Switch({ datapathId: 1n });
  await bridge.listen(`punix:${dir}/br0.mgmt`);
  const { promisify } = await import("node:util");
  for (const flow of ["tcp,actions=drop", "arp,actions=drop"])
    await promisify(execFile)(process.execPath, [OFCTL, "add-flow", "br0", flow], { env: { ...process.env, ...env } });
});
afterAll(async () => {
  await bridge.close();
  rmSync(dir, { recursive: true });
});

describe("rates", () => {
  const sample = (name: string, packets: bigint, bytes = 0n) => ({ name, packets, bytes });
  test("are those between two looks; what is new or was set back has none", () => {
    const rates = new Rates();
    rates.take([sample("a", 10n), sample("b", 5n), sample("c", 1n)], 1000);
    rates.take([sample("a", 30n, 100n), sample("b", 4n), sample("d", 9n)], 3000);
    expect(rates.rows.map(({ name, packetRate, byteRate }) => [name, packetRate, byteRate])).toEqual([
      ["a", 10, 50],
      ["b", 0, 0],
      ["d", 0, 0],
    ]);
    expect(sortedBy(rates.rows, "total").map(({ name }) => name)).toEqual(["a", "d", "b"]);
    expect(sortedBy(rates.rows, "name").map(({ name }) => name)).toEqual(["a", "b", "d"]);
  });
});

test("a line of progress fits, and has the rate and what remains", () => {
  expect(progressLine("flows", 250, 1000, 5, 80)).toBe("flows: [#####---------------] 25% 250/1000 50/s 0:15");
  expect(progressLine("flows", 250, undefined, 5, 80)).toBe("flows: 250 50/s");
  for (const columns of [10, 40, 80]) expect(progressLine("flows", 250_000, 1_000_000, 5, columns).length).toBeLessThan(columns);
});

/** Runs a command line on a terminal of 40 columns, as script(1) makes one. */
function onTerminal(words: readonly string[]) {
  const line = [process.execPath, OFCTL, ...words].map((word) => `'${word}'`).join(" ");
  const child = spawn(
    "script",
    [
      "-qfec",
      `stty cols 40 rows 10; before=$(stty -g); ${line}; status=$?; [ "$(stty -g)" = "$before" ] && echo same; echo "status $status"`,
      "/dev/null",
    ],
    {
      env: { ...process.env, ...env, TERM: "xterm" },
    },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  const looks = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    for (const look of [...looks]) look();
  });
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (pattern.test(text)) resolve();
      };
      looks.add(look);
      look();
    });
  const ended = new Promise<string>((resolve) => child.on("close", () => resolve(text)));
  return { child, until, ended };
}
const hasScript = (() => {
  try {
    execFileSync("script", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe("watch", () => {
  test("off a terminal prints lines, of the flows that a filter chooses, until a signal ends it", async () => {
    const { child, ended, printed } = start(["--filter", "tcp", "watch", "br0", "flows", "0.1"], env);
    await expect.poll(() => printed.stdout.split("\n").length, { timeout: 30_000 }).toBeGreaterThan(2);
    child.kill("SIGTERM");
    const { signal, stdout } = await ended;
    expect(signal).toBe("SIGTERM");
    for (const line of stdout.trimEnd().split("\n")) expect(line).toMatch(/^\S+Z 0\.0 packets\/s 0\.0 bytes\/s n_packets=0 table=0 tcp$/);
  });

  test.skipIf(!hasScript)("on a terminal of 40 columns ends by q, and leaves it as it was", async () => {
    const { child, until, ended } = onTerminal(["watch", "br0"]);
    await until(/table=0 tcp/);
    child.stdin.write("n");
    await until(/by name/);
    child.stdin.write("q");
    const text = await ended;
    expect(text).toContain("same\r\nstatus 0");
    // the screen before comes back behind the last picture
    expect(text.lastIndexOf("\u001b[?1049l")).toBeGreaterThan(text.lastIndexOf("\u001b[?1049h"));
    const lines = text
      .replaceAll(`${ESCAPE}[H`, "\r\n")
      .split("\r\n")
      .map((line) =>
        line
          .split(ESCAPE)
          .map((part, i) => (i === 0 ? part : part.replace(/^\[[?0-9;]*[A-Za-z]/, "")))
          .join(""),
      );
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  test.skipIf(!hasScript)("on a terminal ends by Ctrl-C and by its switch, and leaves it as it was", async () => {
    const interrupted = onTerminal(["watch", "br0"]);
    await interrupted.until(/table=0 tcp/);
    interrupted.child.stdin.write("\u0003");
    const text = await interrupted.ended;
    expect(text.lastIndexOf("\u001b[?1049l")).toBeGreaterThan(text.lastIndexOf("\u001b[?1049h"));
    expect(text).toContain("same");
    const short = new Switch({ datapathId: 3n });
    await short.listen(`punix:${dir}/br9.mgmt`);
    const left = onTerminal(["watch", "br9", "ports"]);
    await left.until(/by packets/);
    await short.close();
    expect(await left.ended).toMatch(/same\r\nstatus 1/);
  });

  test("what cannot be watched is refused with the nearest word", async () => {
    expect(await ofctl(["watch", "br0", "flws"], env)).toMatchObject({
      status: 1,
      stderr: "ofctl: 'flws' cannot be watched: did you mean flows?\n",
    });
    expect(await ofctl(["watch", "br0", "flows", "0"], env)).toMatchObject({ status: 1 });
    expect(await ofctl(["watch", "nosuch"], env)).toMatchObject({ status: 1, stderr: "ofctl: nosuch is not a bridge or a socket\n" });
  });
});

describe("trace", () => {
  test("is not offered by our switch, which is named", async () => {
    const { status, stderr } = await ofctl(["trace", "br0", "tcp"], env);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ofctl: br0: this switch \(.+\) does not offer trace; Open vSwitch does\n$/);
  });

  test("asks the control socket of Open vSwitch, and shows its answer without control characters", async () => {
    const other = new Switch({ datapathId: 4n, description: { hardware: "Open vSwitch" } });
    const asked: unknown[] = [];
    const control = createServer((socket) =>
      socket.on("data", (data) => {
        const { id, params, method } = JSON.parse(data.toString());
        asked.push([method, params]);
        const [result, error] = params[1] === "tcp" ? ["Flow: tcp\u001b[2J\nDatapath actions: drop\n", null] : [null, "bad flow\n"];
        const answer = JSON.stringify({ id, result, error });
        socket.write(answer.slice(0, 9));
        setImmediate(() => socket.write(answer.slice(9)));
      }),
    ).listen(join(dir, "v.ctl"));
    onTestFinished(async () => {
      control.close();
      await other.close();
    });
    await other.listen(`punix:${dir}/ovs0.mgmt`);
    expect(await ofctl(["--unixctl=v.ctl", "trace", "ovs0", "tcp"], env)).toMatchObject({
      status: 0,
      stdout: "Flow: tcp\\x1b[2J\nDatapath actions: drop\n",
    });
    expect(await ofctl([`--unixctl=${dir}/v.ctl`, "trace", `unix:${dir}/ovs0.mgmt`, "x"], env)).toMatchObject({
      status: 1,
      stderr: "ofctl: bad flow\n",
    });
    expect(asked).toEqual([
      ["ofproto/trace", ["ovs0", "tcp"]],
      ["ofproto/trace", ["ovs0", "x"]],
    ]);
    expect((await ofctl(["trace", "ovs0", "tcp"], env)).stderr).toContain("--unixctl");
  });
});
