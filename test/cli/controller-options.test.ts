/** `southbound controller`: versions, switches that listen, traces, options of applications, applications that change while it runs, its control socket. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EchoRequest } from "../../src/ofp/mod.js";
import { listen } from "../../src/stream/mod.js";
import { openVconn } from "../../src/vconn/mod.js";
import { FakeSwitch } from "../controller/fake-switch.js";
import { type Running, run, start } from "./helpers.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "southbound-controller-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const LOCAL = ["--listen", "ptcp:0:127.0.0.1"];
const portOf = async (controller: Running): Promise<number> => Number((await controller.find(/listening on ptcp:(\d+)/))[1]);

/** Asks a control socket, as ovs-appctl does. */
function appctl(
  path: string,
  method: string,
  ...params: string[]
): Promise<{ readonly result: string | null; readonly error: string | null }> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(JSON.stringify({ id: 0, method, params })));
    let text = "";
    socket.on("error", reject);
    socket.on("data", (bytes) => {
      text += bytes;
      try {
        resolve(JSON.parse(text));
        socket.destroy();
      } catch {
        // more of it comes
      }
    });
  });
}

describe("versions", () => {
  test("all six are offered unless -O names some", async () => {
    const port = await portOf(start("controller", ...LOCAL));
    for (const version of [1, 2, 3, 4, 5, 6] as const) {
      const vconn = await openVconn(`tcp:127.0.0.1:${port}`, { versions: [version] });
      expect(vconn.version).toBe(version);
      await vconn.close();
    }
  });

  test("a mismatch says what to type on either side", async () => {
    const controller = start("controller", ...LOCAL, "-O", "OpenFlow13");
    await expect(openVconn(`tcp:127.0.0.1:${await portOf(controller)}`, { versions: [1] })).rejects.toMatchObject({ code: "EPROTO" });
    await controller.find(
      /warn {2}tcp:\S+: no version in common: let the switch offer one of ours \("ovs-vsctl set bridge BRIDGE protocols=OpenFlow13"\), or offer one of its versions here \(-O OpenFlow10;/,
    );
  });

  test.each([
    ["1.3", "did you mean OpenFlow13?"],
    ["OpenFlow31", "known are OpenFlow10, OpenFlow11"],
    ["Fantasy", "known are OpenFlow10, OpenFlow11"],
    [",", "name one version at least"],
  ])("-O %s is refused", async (words, hint) => {
    const { status, stderr } = await run("controller", "-O", words);
    expect(status).toBe(2);
    expect(stderr).toContain(hint);
  });
});

test("a switch that listens is connected to, and again when it comes back; nothing is listened at then", async () => {
  const streams: FakeSwitch[] = [];
  const file = join(dir, "br0.mgmt");
  const controller = start("controller", "--connect", `unix:${file}`, "-O", "OpenFlow13");
  await controller.find(/connection failed \(No such file or directory\)/);
  const listener = await listen(`punix:${file}`, { onStream: (stream) => void streams.push(new FakeSwitch(stream)) });
  try {
    await expect.poll(() => streams.length, { timeout: 20_000 }).toBe(1);
    await streams[0]!.setUp(5n);
    await controller.find(/0000000000000005 \(OpenFlow 1\.3, unix:.*\) is up/);
    await streams[0]!.wire.stream.close();
    await expect.poll(() => streams.length, { timeout: 20_000 }).toBe(2);
    controller.child.kill("SIGINT");
    const { status, stderr } = await controller.ended;
    expect(status).toBe(0);
    expect(stderr).not.toContain("listening on");
  } finally {
    await listener.close();
  }
});

test("--listen-persist waits for a port that is in use", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const controller = start("controller", "--listen", `ptcp:${port}:127.0.0.1`, "--listen-persist", "0.1");
  await controller.find(/Address already in use/);
  await controller.find(/serving with/);
  server.close();
  await controller.find(new RegExp(`listening on ptcp:${port}:127`));
});

describe("traces", () => {
  const speak = async (port: number): Promise<void> => {
    const vconn = await openVconn(`tcp:127.0.0.1:${port}`, { versions: [4] });
    await vconn.transact(EchoRequest.of());
    await vconn.close();
  };

  test("from the start, as much as a filter shows", async () => {
    const controller = start("controller", ...LOCAL, "--trace=echo-reply,features-request", "--log-level", "info");
    await speak(await portOf(controller));
    await controller.find(/debug tcp:\S+: sent \(Success\): OFPT_ECHO_REPLY/);
    controller.child.kill("SIGINT");
    const { stderr } = await controller.ended;
    expect([...new Set(stderr.match(/OFPT_\w+/g))].sort()).toEqual(["OFPT_ECHO_REPLY", "OFPT_FEATURES_REQUEST"]);
  });

  test("switched by a signal and by the control socket", async () => {
    const path = join(dir, "ctl");
    const controller = start("controller", ...LOCAL, "--unixctl", path);
    const port = await portOf(controller);
    await controller.find(/serving with/);
    controller.child.kill("SIGUSR2");
    await controller.find(/trace is on: all messages/);
    await speak(port);
    await controller.find(/received: OFPT_ECHO_REQUEST/);
    expect(await appctl(path, "vlog/set", "vconn:off")).toEqual({ id: 0, result: "", error: null });
    await controller.find(/trace is off/);
    expect((await appctl(path, "vlog/set", "vcnon:dbg")).error).toContain('no destination, level, or module "vcnon"');
    expect((await appctl(path, "trace", "packet_in")).error).toContain("did you mean packet-in?");
    expect((await appctl(path, "trace", "error,", "sent")).result).toBe("on: error, sent\n");
    expect((await appctl(path, "show")).result).toBe("app l2-learning\ntrace on: error, sent\n");
    expect((await appctl(path, "vlog/set", "vconn:dbg")).error).toBeNull();
    await appctl(path, "exit");
    expect((await controller.ended).status).toBe(0);
  });

  test("a filter that is none is refused", async () => {
    const { status, stderr } = await run("controller", "--trace", "./app.mjs");
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^southbound: --trace: a trace has no messages ".\/app\.mjs".*write --trace=FILTER, and applications before --trace; see "southbound controller --help"\n$/,
    );
  });
});

describe("options of applications", () => {
  const APP = `import { configurable } from "southbound/controller";
export default configurable({ port: { type: "number", default: 1, min: 1, max: 9 } }, (_controller, { port }) => console.log("port", port));\n`;

  test("are set by their names, of one application or of all", async () => {
    const [a, b] = [write("a.mjs", APP), write("b.mjs", APP)];
    const controller = start("controller", ...LOCAL, a, b, "--set", "port=3", "--set", `${b}:port=5`);
    await controller.find(/port 3\nport 5\n/);
  });

  test.each([
    [["--set", "prot=3"], 'has no option "prot": did you mean port?'],
    [["--set", "port=30"], 'port is "30"; accepted is a number from 1 to 9; set it by --set NAME=VALUE'],
    [["--set", "port"], '"port" sets nothing: write NAME=VALUE'],
    [["--set", "other.mjs:port=1"], 'there is no app "other.mjs"'],
    [["--set", "idle=5", "l2-learning"], ""],
    [["--set", "idel=5", "l2-learning"], "did you mean idle or port?"],
  ])("%j", async (words, line) => {
    const controller = start("controller", ...LOCAL, write("a.mjs", APP), ...words);
    if (line === "") await controller.find(/serving with/);
    else {
      const { status, stderr } = await controller.ended;
      expect(status).toBe(2);
      expect(stderr).toContain(line.replace(" or port", ""));
    }
  });
});

describe("--watch", () => {
  const app = (word: string): string => `import { more } from "./more.mjs";
export default () => {
  console.log("loaded ${word}", more);
  return () => console.log("unloaded ${word}", more);
};\n`;

  test("loads an application again when it or what it imports has changed, and unloads the one before", async () => {
    write("more.mjs", "export const more = 1;\n");
    const file = write("app.mjs", app("a"));
    const controller = start("controller", ...LOCAL, "--watch", file);
    await controller.find(/loaded a 1\n/);
    await controller.find(/serving with/);
    write("app.mjs", app("b"));
    await controller.find(/unloaded a 1\nloaded b 1\n/);
    write("more.mjs", "export const more = 2;\n");
    await controller.find(/unloaded b 1\nloaded b 2\n/);
    write("app.mjs", "export default () => {\n");
    await controller.find(/error app .*app\.mjs cannot be loaded: .*; the one before it runs on/);
    write("app.mjs", app("c"));
    await controller.find(/unloaded b 2\nloaded c 2\n/);
    write("app.mjs", 'export default () => {\n  throw new Error("no database");\n};\n');
    await controller.find(/unloaded c 2\n/);
    await controller.find(/app .* failed to start: no database \(.*app\.mjs:2:9\); it is tried again when a file changes/);
    write("app.mjs", app("d"));
    await controller.find(/loaded d 2\n/);
    controller.child.kill("SIGINT");
    expect(await controller.ended).toMatchObject({ status: 0, stdout: expect.stringMatching(/unloaded d 2\n$/) });
  });

  test("one that is wrong from the start, rejects, or lets something fall ends nothing", async () => {
    const file = write("app.mjs", "export default 5;\n");
    const controller = start("controller", ...LOCAL, "--watch", file);
    await controller.find(/has no application as its default export.*; it is tried again when a file changes/);
    await controller.find(/serving with no application yet/);
    write("app.mjs", 'export default async () => {\n  throw new Error("no database");\n};\n');
    await controller.find(/loading failed: .*no database/);
    write("app.mjs", 'export default () => void setTimeout(() => {\n  throw new Error("later");\n}, 1);\n');
    await controller.find(/later/);
    write("app.mjs", 'export default () => console.log("good");\n');
    await controller.find(/good\n/);
    controller.child.kill("SIGINT");
    expect((await controller.ended).status).toBe(0);
  });

  test("a misspelt option ends it, since no change of a file cures that", async () => {
    const { status, stderr } = await run("controller", ...LOCAL, "--watch", "--set", "idel=5");
    expect([status, stderr.includes("did you mean idle?")]).toEqual([2, true]);
  });
});
