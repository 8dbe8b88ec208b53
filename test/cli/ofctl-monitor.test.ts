/** `ofctl monitor` and `snoop`: what they print, what their control socket does, and how they run in the background. They run as a user runs them. */
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { JsonCutter, MAX_MESSAGE } from "../../src/cli/ofctl/json-cutter.js";
import { Switch } from "../../src/switch/mod.js";
import { ofctl, type Running, start, tell } from "./ofctl-run.js";

let dir: string;
let sw: Switch;
let env: Record<string, string>;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "southbound-monitor-"));
  env = { OVS_RUNDIR: dir, OVS_LOGDIR: dir };
  sw = new Switch({ datapathId: 1n });
  sw.addPort({ portNo: 1, name: "p1" });
  await sw.listen(`punix:${dir}/br0.mgmt`);
});
afterEach(async () => {
  await sw.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A monitor whose control socket listens. */
async function monitoring(...words: string[]): Promise<Running & { readonly socket: string }> {
  const socket = join(dir, "m.ctl");
  const running = start(["-O", "OpenFlow13", `--unixctl=${socket}`, "monitor", "br0", ...words], env);
  await expect.poll(() => existsSync(socket) || running.child.exitCode !== null).toBe(true);
  return { ...running, socket };
}

describe("a monitor", () => {
  test("prints what is sent and what comes, and is told what to do", async () => {
    const { socket, printed, ended } = await monitoring();
    expect(await tell(socket, "ofctl/send", "0402000800000009")).toEqual({ id: 7, result: "sent\n", error: null });
    expect(await tell(socket, "ofctl/barrier")).toEqual({ id: 7, result: "", error: null });
    expect(printed.stderr).toMatch(
      /^send: OFPT_ECHO_REQUEST \(OF1\.3\) \(xid=0x9\): 0 bytes of payload\nOFPT_ECHO_REPLY \(OF1\.3\) \(xid=0x9\): 0 bytes of payload\nOFPT_BARRIER_REPLY \(OF1\.3\) \(xid=0x\w+\):\n$/,
    );
    expect(await tell(socket, "ofctl/send", "04020008000000", "0402000700000009", "zz")).toEqual({
      id: 7,
      result: null,
      error: "Message too short for OpenFlow\nMessage size does not match length in OpenFlow header\nTrailing garbage in hex data\n",
    });
    expect(
      (await tell(socket, "ofctl/packet-out", "in_port=controller packet=ffffffffffff0200000000010806 actions=output:1")).error,
    ).toBeNull();
    expect(printed.stderr).toContain("OFPT_PACKET_OUT (OF1.3) (xid=");
    expect((await tell(socket, "ofctl/packet-out", "nonsense=1")).error).toMatch(/nonsense/);
    expect(await tell(socket, "exit")).toEqual({ id: 7, result: "", error: null });
    expect(await ended).toMatchObject({ status: 0, stdout: "" });
    expect(existsSync(socket)).toBe(false);
  });

  test("keeps messages back while it is blocked, and writes where it is told", async () => {
    const { socket, printed } = await monitoring();
    expect((await tell(socket, "ofctl/block")).result).toBe("");
    expect((await tell(socket, "ofctl/block")).result).toBe("already blocking\n");
    await tell(socket, "ofctl/send", "0402000800000009");
    const barrier = tell(socket, "ofctl/barrier");
    expect((await tell(socket, "ofctl/barrier")).error).toBe("already waiting for barrier reply\n");
    expect(printed.stderr).not.toContain("REPLY");
    const file = join(dir, "out.log");
    expect((await tell(socket, "ofctl/set-output-file", join(dir, "nosuch", "x"))).error).toBe("No such file or directory\n");
    expect((await tell(socket, "ofctl/set-output-file", file)).error).toBeNull();
    expect((await tell(socket, "ofctl/unblock")).result).toBe("");
    await barrier;
    expect((await tell(socket, "ofctl/unblock")).result).toBe("already unblocked\n");
    expect(readFileSync(file, "utf8")).toMatch(/^OFPT_ECHO_REPLY .*\nOFPT_BARRIER_REPLY .*:\n$/);
  });

  test("has the commands that every daemon has", async () => {
    const { socket, printed } = await monitoring();
    expect((await tell(socket, "version")).result).toMatch(/^ofctl \(southbound\) /);
    expect((await tell(socket, "list-commands")).result).toMatch(/^The available commands are:\n {2}coverage\/read-counter {3}COUNTER\n/);
    expect((await tell(socket, "vlog/list")).result).toMatch(/\nvconn +INFO +INFO +INFO\n/);
    expect((await tell(socket, "vlog/set", "vconn:console:dbg", "PATTERN:console:%c|%p|%m")).error).toBeNull();
    expect((await tell(socket, "vlog/set", "nosuch")).error).toBe('no destination, level, or module "nosuch"\n');
    expect((await tell(socket, "vlog/list")).result).toMatch(/\nvconn +DBG +INFO +INFO\n/);
    expect((await tell(socket, "vlog/list-pattern")).result).toMatch(/\nCONSOLE {2}none +%c\|%p\|%m\n/);
    expect((await tell(socket, "vlog/disable-rate-limit", "nosuch")).error).toBe("unknown module\n");
    expect((await tell(socket, "vlog/disable-rate-limit", "vconn")).error).toBeNull();
    expect((await tell(socket, "vlog/list")).result).toMatch(/\nvconn .*\(rate limiting disabled\)\n/);
    expect((await tell(socket, "vlog/reopen")).error).toBe("Logging to file not configured\n");
    expect((await tell(socket, "vlog/close")).error).toBeNull();
    for (const [words, line] of [
      [["nosuch"], '"nosuch" is not a valid command (use "list-commands" to see a list of valid commands)'],
      [["ofctl/send"], '"ofctl/send" command requires at least 1 arguments'],
      [["exit", "x"], '"exit" command takes at most 0 arguments'],
      [["ofctl/send", 5], '"ofctl/send" command has non-string argument'],
    ] as const)
      expect((await tell(socket, words[0], ...words.slice(1))).error).toBe(`${line}\n`);
    expect(printed.stderr).toBe("");
  });

  test("takes the arguments of ovs-ofctl, and ends where the switch does", async () => {
    const words = (...more: string[]) => ofctl(["-t", "50", ...more], env);
    for (const [args, line] of [
      [["monitor", "br0", "nosuch"], 'nosuch: unsupported "monitor" argument'],
      [
        ["-O", "OpenFlow13", "monitor", "br0", "invalid_ttl"],
        "invalid_ttl requires one of the OpenFlow versions OpenFlow10, OpenFlow11, OpenFlow12 but none is enabled (use -O)",
      ],
      [["monitor", "br0", "watch:nosuch=1"], "unknown keyword nosuch"],
      [
        ["-F", "openflow10", "monitor", "br0", "watch:reg0=1"],
        "none of the usable flow formats (NXM,OXM) is among the allowed flow formats (OpenFlow10)",
      ],
    ] as const) {
      const { status, stderr } = await words(...args);
      expect(stderr).toContain(line);
      expect(status).toBe(1);
    }
    const { ended } = await monitoring("128");
    await sw.close();
    const { status, stderr } = await ended;
    expect(stderr).toMatch(/ofctl: vconn_recv \((End of file|Connection reset by peer)\)\n$/);
    expect(status).toBe(1);
  });

  for (const [signal, number, words] of [
    ["SIGINT", 2, "Interrupt"],
    ["SIGTERM", 15, "Terminated"],
  ] as const)
    test(`${signal} ends it with a line, and nothing of it is left`, async () => {
      const { child, socket, ended } = await monitoring("--pidfile", "-vPATTERN:console:%c|%p|%m");
      expect(readFileSync(join(dir, "ofctl.pid"), "utf8")).toBe(`${child.pid}\n`);
      child.kill(signal);
      expect(await ended).toMatchObject({ signal, stderr: `fatal_signal|WARN|terminating with signal ${number} (${words})\n` });
      expect(existsSync(socket)).toBe(false);
      expect(existsSync(join(dir, "ofctl.pid"))).toBe(false);
    });
});

/** The fields of a process in /proc/PID/stat behind its name, or undefined without one. */
function processOf(pid: number): { readonly parent: number; readonly session: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return { parent: Number(fields[1]), session: Number(fields[3]) };
  } catch {
    return undefined;
  }
}

describe.runIf(process.platform === "linux")("in the background", () => {
  const pidOf = (file = "ofctl.pid"): number => {
    const pid = Number(readFileSync(join(dir, file), "utf8"));
    onTestFinished(() => {
      if (processOf(pid) !== undefined) process.kill(pid, "SIGKILL");
    });
    return pid;
  };

  test("the command ends when the monitor is ready, which has a session of its own and of the standard streams its errors alone", async () => {
    const log = join(dir, "errors");
    writeFileSync(log, "");
    const fd = openSync(log, "a");
    const { ended } = start(["-O", "OpenFlow13", "--detach", "--pidfile", "monitor", "br0"], env, { stdio: ["pipe", "pipe", fd] });
    closeSync(fd);
    expect((await ended).status).toBe(0);
    const pid = pidOf();
    expect(processOf(pid)).toMatchObject({ session: pid });
    expect(realpathSync(`/proc/${pid}/cwd`)).toBe("/");
    expect([0, 1].map((n) => realpathSync(`/proc/${pid}/fd/${n}`))).toEqual(["/dev/null", "/dev/null"]);
    const socket = join(dir, `ofctl.${pid}.ctl`);
    await tell(socket, "ofctl/barrier");
    expect(readFileSync(log, "utf8")).toMatch(/^OFPT_BARRIER_REPLY/);
    const again = await ofctl(["--detach", "--pidfile", "monitor", "br0"], env);
    expect(again).toMatchObject({ status: 1, stderr: `ofctl: ${dir}/ofctl.pid: already running as pid ${pid}, aborting\n` });
    await tell(socket, "exit");
    await expect.poll(() => processOf(pid)).toBeUndefined();
    expect(existsSync(join(dir, "ofctl.pid"))).toBe(false);
    expect(existsSync(socket)).toBe(false);
  });

  test("what goes wrong before is the command's, with its status", async () => {
    const { status, stderr } = await ofctl(["--detach", "--pidfile", "monitor", "nosuch"], env);
    expect({ status, stderr }).toEqual({ status: 1, stderr: "ofctl: nosuch is not a bridge or a socket\n" });
    expect(existsSync(join(dir, "ofctl.pid"))).toBe(false);
  });

  test("a pidfile that was left behind is replaced", async () => {
    writeFileSync(join(dir, "ofctl.pid"), "1\n");
    const { child, socket } = await monitoring("--pidfile");
    expect(readFileSync(join(dir, "ofctl.pid"), "utf8")).toBe(`${child.pid}\n`);
    await tell(socket, "exit");
  });

  test("one that watches over it starts it again when it crashes", async () => {
    const socket = join(dir, "m.ctl");
    const { child, ended } = start(
      ["--monitor", "--pidfile", `--unixctl=${socket}`, "monitor", "br0", "-vPATTERN:console:%c%T|%p|%m"],
      env,
    );
    await expect.poll(() => existsSync(socket)).toBe(true);
    const first = pidOf();
    expect(processOf(first)?.parent).toBe(child.pid);
    process.kill(first, "SIGSEGV");
    await expect.poll(() => (existsSync(join(dir, "ofctl.pid")) ? pidOf() : first)).not.toBe(first);
    await expect
      .poll(() =>
        tell(socket, "version").then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await tell(socket, "exit");
    const { status, stderr } = await ended;
    expect(stderr).toMatch(/^daemon_unix\(monitor\)\|ERR\|1 crashes: pid \d+ died, killed \(\d+\), restarting\n/);
    expect(status).toBe(0);
  });
});

describe("hostile bytes at the control socket", () => {
  /** What becomes of a connection that sends some bytes: closed, or still open behind a request of another one. */
  async function outcome(socket: string, bytes: string | Uint8Array): Promise<"closed" | "open"> {
    const client = connect(socket);
    onTestFinished(() => void client.destroy());
    client.on("error", () => {});
    let closed = false;
    client.on("close", () => {
      closed = true;
    });
    client.resume();
    await new Promise((resolve) => client.write(bytes, resolve));
    for (let i = 0; i < 50 && !closed; i++) await tell(socket, "version");
    return closed ? "closed" : "open";
  }

  test("end their connection alone", async () => {
    const { socket } = await monitoring();
    for (const bytes of [
      "x",
      "[1]",
      '{"id":1}',
      '{"method":5,"params":[],"id":1}',
      '{"method":"exit","params":[],"id":null}',
      "{]",
      "{".repeat(5000),
    ])
      expect([bytes.slice(0, 50), await outcome(socket, bytes)]).toEqual([bytes.slice(0, 50), "closed"]);
    for (const bytes of ['{"id":1,"method":"version","para', " \n\t", '{"a":"\\"]]}}"']) expect(await outcome(socket, bytes)).toBe("open");
  });

  test("are held up to a bound, and more connections than there is room for end the silent ones", async () => {
    const { socket } = await monitoring();
    expect(await outcome(socket, `{"id":1,"method":"${"x".repeat(MAX_MESSAGE)}"`)).toBe("closed");
    const silent: Socket[] = [];
    for (let i = 0; i < 100; i++) silent.push(connect(socket));
    onTestFinished(() => {
      for (const client of silent) client.destroy();
    });
    for (const client of silent) client.on("error", () => {});
    expect((await tell(socket, "version")).error).toBeNull();
  });

  test("a peer that asks and does not read is read no more", async () => {
    const { socket, child } = await monitoring();
    const flood = connect(socket);
    onTestFinished(() => void flood.destroy());
    flood.on("error", () => {});
    const request = JSON.stringify({ id: 1, method: "vlog/list", params: [] }).repeat(500);
    flood.pause();
    for (let i = 0; i < 50; i++) flood.write(request);
    for (let i = 0; i < 20; i++) await tell(socket, "version");
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))![1]);
    expect(rss).toBeLessThan(250_000);
  });

  test("objects are cut out wherever the bytes are cut", () => {
    const text = '{"a":"}\\"{"} \n{"b":[{},[]]}{}';
    for (let at = 0; at <= text.length; at++) {
      const cutter = new JsonCutter();
      const found: string[] = [];
      for (const part of [text.slice(0, at), text.slice(at)]) expect(cutter.feed(Buffer.from(part), (t) => found.push(t))).toBeUndefined();
      expect(found).toEqual(['{"a":"}\\"{"}', '{"b":[{},[]]}', "{}"]);
    }
  });
});
