/** ofctl as a user of a shell meets it: pipes that close early, time limits, Ctrl-C, files that are none, peers that are no switch, hang or die, and what a switch must not do to a terminal. */
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { BarrierRequest, FlowMod, FlowStatsRequest } from "../../src/ofp/mod.js";
import { connect } from "../../src/stream/mod.js";
import { Switch } from "../../src/switch/mod.js";
import { Vconn } from "../../src/vconn/mod.js";
import { OFCTL, ofctl, start } from "./ofctl-run.js";

let dir: string;
let sw: Switch;
let env: Record<string, string>;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "southbound-shell-"));
  env = { OVS_RUNDIR: dir, OVS_LOGDIR: dir };
  sw = new Switch({ datapathId: 1n });
  sw.addPort({ portNo: 1, name: "p1" });
  await sw.listen(`punix:${dir}/br0.mgmt`);
});
afterEach(async () => {
  await sw.close();
  rmSync(dir, { recursive: true, force: true });
});

/** How many flows the switch has. */
async function flows(): Promise<number> {
  const vconn = new Vconn(connect(`unix:${dir}/br0.mgmt`), { versions: [4] });
  await new Promise<void>((resolve) => {
    vconn.onUp = resolve;
  });
  let count = 0;
  for await (const _ of vconn.dumpFlows(FlowStatsRequest.of())) count++;
  await vconn.close();
  return count;
}

/** A peer that is given each connection. */
async function peer(name: string, serve: (socket: Socket) => void): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(join(dir, `${name}.mgmt`), resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server;
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const HELLO = Buffer.from("0400000800000001", "hex");

/** The messages that a socket brings, cut. */
function onMessages(socket: Socket, take: (message: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on("data", (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 8 && rest.length >= rest.readUInt16BE(2)) {
      const length = rest.readUInt16BE(2);
      take(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  });
}

const V13 = ["-O", "OpenFlow13"];

describe("files", () => {
  const cases: readonly (readonly [make: () => void, words: readonly string[], line: RegExp])[] = [
    [() => mkdirSync(join(dir, "a")), ["add-flows", "br0", "DIR/a"], /DIR\/a: open failed \(Is a directory\)/],
    [() => mkdirSync(join(dir, "a")), ["replace-flows", "br0", "DIR/a"], /DIR\/a: open \(Is a directory\)/],
    [() => mkdirSync(join(dir, "a")), ["diff-flows", "br0", "DIR/a"], /DIR\/a: open \(Is a directory\)/],
    [() => mkdirSync(join(dir, "a")), ["-O", "OpenFlow14", "bundle", "br0", "DIR/a"], /DIR\/a: open failed \(Is a directory\)/],
    [() => mkdirSync(join(dir, "a")), [...V13, "add-groups", "br0", "DIR/a"], /DIR\/a: open failed \(Is a directory\)/],
    [() => {}, ["add-flows", "br0", "DIR/none"], /DIR\/none: open failed \(No such file or directory\)/],
    [() => {}, ["ofp-parse", "DIR/none"], /DIR\/none.*No such file or directory/],
    [() => writeFileSync(join(dir, "a"), "ip,actions=drop\n\nnonsense\n"), ["add-flows", "br0", "DIR/a"], /^DIR\/a:3: /],
    [() => writeFileSync(join(dir, "a"), "ip,actions=drop\nnonsense\n"), [...V13, "--bundle", "add-flows", "br0", "DIR/a"], /^DIR\/a:2: /],
    [
      () => writeFileSync(join(dir, "a"), "flow add ip,actions=drop\nflow nonsense\n"),
      ["-O", "OpenFlow14", "bundle", "br0", "DIR/a"],
      /^DIR\/a:2: /,
    ],
  ];
  for (const [make, words, line] of cases)
    test(`${words.join(" ")}: ${line.source}`, async () => {
      make();
      const { status, stderr } = await ofctl(
        words.map((word) => word.replace("DIR", dir)),
        env,
      );
      expect(stderr.replace(/^ofctl: /, "").replaceAll(dir, "DIR")).toMatch(line);
      expect(status).toBe(1);
      expect(await flows()).toBe(0);
    });

  test.runIf(process.getuid?.() !== 0)("a file that may not be read", async () => {
    writeFileSync(join(dir, "a"), "ip,actions=drop\n");
    chmodSync(join(dir, "a"), 0);
    expect((await ofctl(["add-flows", "br0", join(dir, "a")], env)).stderr).toContain("(Permission denied)");
  });
});

describe("pipes", () => {
  test("a reader that closes early ends the command quietly", async () => {
    const vconn = new Vconn(connect(`unix:${dir}/br0.mgmt`), { versions: [4] });
    await new Promise<void>((resolve) => {
      vconn.onUp = resolve;
    });
    for (let i = 0; i < 5000; i++) vconn.send(FlowMod.of({ priority: i + 1 }));
    await vconn.transact(BarrierRequest.of());
    await vconn.close();
    const { child, ended, printed } = start([...V13, "dump-flows", "br0"], env);
    child.stdout!.once("data", () => child.stdout!.destroy());
    const { status, signal } = await ended;
    expect(printed.stderr).toBe("");
    expect({ status, signal }).toEqual({ status: 1, signal: null });
  });

  test("errors that nobody reads end it, too", async () => {
    const { child, ended } = start(["show", "nosuch"], env);
    child.stderr!.destroy();
    expect((await ended).status).toBe(1);
  });
});

describe("the time limit", () => {
  /** What each peer does with a command that waits for it for ever. */
  const peers: readonly (readonly [what: string, words: readonly string[], serve: (socket: Socket) => void])[] = [
    ["in the hello", [...V13, "show", "mute"], () => {}],
    ["for a reply", [...V13, "show", "mute"], (socket) => void socket.write(HELLO)],
    [
      "in the middle of a dump",
      [...V13, "dump-flows", "mute", "--no-names"],
      (socket) => {
        socket.write(HELLO);
        onMessages(socket, (message) => {
          if (message[1] !== 18) return;
          const reply = Buffer.from("0413001000000000" + "0001000100000000", "hex");
          message.copy(reply, 4, 4, 8);
          socket.write(reply);
        });
      },
    ],
    ["for a barrier", [...V13, "--no-names", "add-flow", "mute", "actions=drop"], (socket) => void socket.write(HELLO)],
    ["for names", [...V13, "add-flow", "mute", "actions=drop"], (socket) => void socket.write(HELLO)],
    ["while it monitors", [...V13, "monitor", "mute"], (socket) => void socket.write(HELLO)],
    ["for an echo", ["-O", "OpenFlow13", "ping", "mute"], (socket) => void socket.write(HELLO)],
    ["of a bundle", [...V13, "--no-names", "--bundle", "add-flow", "mute", "actions=drop"], (socket) => void socket.write(HELLO)],
  ];
  for (const [what, words, serve] of peers)
    test(`is kept ${what}`, async () => {
      await peer("mute", serve);
      const { signal, stderr } = await ofctl(["-t", "1", "-vPATTERN:console:%c|%p|%m", ...words], env);
      expect(stderr).toBe("fatal_signal|WARN|terminating with signal 14 (Alarm clock)\n");
      expect(signal).toBe("SIGALRM");
    });

  for (const words of [
    ["add-flow", "br0", "-"],
    ["add-flows", "br0", "-"],
    ["replace-flows", "br0", "-"],
    [...V13, "add-groups", "br0", "-"],
    ["-O", "OpenFlow14", "bundle", "br0", "-"],
    ["parse-flows", "-"],
  ])
    test(`is kept while ${words.join(" ")} waits for standard input, and so is Ctrl-C`, async () => {
      const { ended } = start(["-t", "1", ...words], env);
      expect((await ended).signal).toBe("SIGALRM");
      const { child, ended: interrupted } = start(words, env);
      await new Promise((resolve) => child.once("spawn", resolve));
      await expect.poll(() => child.kill("SIGINT") === false || child.exitCode !== null || child.signalCode !== null).toBe(true);
      expect((await interrupted).signal).toBe("SIGINT");
    });
});

describe("a peer", () => {
  test("that is no switch", async () => {
    await peer("web", (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const { status, stderr } = await ofctl(["-t", "50", "show", "web"], env);
    expect(stderr).toMatch(/^ofctl: web: failed to connect to socket \(.+\)\n$/m);
    expect(status).toBe(1);
  });

  test("that dies in the middle of a dump: what came is printed, then the reason", async () => {
    await peer("dying", (socket) => {
      socket.write(HELLO);
      onMessages(socket, (message) => {
        if (message[1] !== 18) return;
        const reply = Buffer.from("0413001000000000" + "0001000100000000", "hex");
        message.copy(reply, 4, 4, 8);
        socket.end(reply);
      });
    });
    const { status, stdout, stderr } = await ofctl([...V13, "-t", "50", "--no-names", "dump-flows", "dying"], env);
    expect(stdout).toMatch(/^OFPST_FLOW reply \(OF1\.3\) \(xid=0x\w+\): flags=\[more\]\n$/);
    expect(stderr).toMatch(/^ofctl: OpenFlow packet receive failed \((End of file|Connection reset by peer)\)\n$/);
    expect(status).toBe(1);
  });

  test("that answers with another message than it was asked for", async () => {
    await peer("liar", (socket) => {
      socket.write(HELLO);
      onMessages(socket, (message) => {
        if (message[1] !== 18) return;
        // the statistics of tables
        const reply = Buffer.from("0413001000000000" + "0003000000000000", "hex");
        message.copy(reply, 4, 4, 8);
        socket.write(reply);
      });
    });
    const { status, stderr } = await ofctl([...V13, "-t", "50", "--no-names", "dump-flows", "liar"], env);
    expect(stderr).toMatch(/^ofctl: received bad reply: OFPST_TABLE reply \(OF1\.3\) \(xid=0x\w+\):\n/);
    expect(status).toBe(1);
  });

  test("that refuses one of many flows: those before it stay, and the error is printed", async () => {
    let count = 0;
    await peer("picky", (socket) => {
      socket.write(HELLO);
      onMessages(socket, (message) => {
        if (message[1] === 14 && ++count === 2) {
          const error = Buffer.concat([Buffer.from("0401004c00000000" + "00050001", "hex"), message.subarray(0, 64)]);
          message.copy(error, 4, 4, 8);
          socket.write(error);
        }
        if (message[1] !== 20) return;
        const reply = Buffer.from("0415000800000000", "hex");
        message.copy(reply, 4, 4, 8);
        socket.write(reply);
      });
    });
    writeFileSync(join(dir, "a"), "ip,actions=drop\ntcp,actions=drop\nudp,actions=drop\n");
    const { status, stderr } = await ofctl([...V13, "-t", "50", "--no-names", "add-flows", "picky", join(dir, "a")], env);
    expect(stderr).toMatch(/^OFPT_ERROR \(OF1\.3\) \(xid=0x\w+\): OFPFMFC_TABLE_FULL\n/);
    expect(status).toBe(1);
    expect(count).toBe(2);
  });
});

describe("Ctrl-C", () => {
  test("in the middle of a bundle ends the connection, by which the switch drops the bundle, without a commit", async () => {
    const kinds: number[] = [];
    const adding = deferred();
    const closed = deferred();
    await peer("slow", (socket) => {
      socket.write(Buffer.from("0500000800000001", "hex"));
      socket.on("close", () => closed.resolve());
      onMessages(socket, (message) => {
        // bundle control, and messages to add, which are not waited for
        if (message[1] === 34) adding.resolve();
        if (message[1] !== 33) return;
        kinds.push(message.readUInt16BE(12));
        if (kinds.length > 1) return;
        const opened = Buffer.from(message);
        opened.writeUInt16BE(1, 12);
        socket.write(opened);
      });
    });
    writeFileSync(join(dir, "a"), "ip,actions=drop\ntcp,actions=drop\n");
    const { child, ended } = start(["-O", "OpenFlow14", "--no-names", "--bundle", "add-flows", "slow", join(dir, "a")], env);
    await adding.promise;
    child.kill("SIGINT");
    expect((await ended).signal).toBe("SIGINT");
    await closed.promise;
    // it was opened, and never committed
    expect(kinds).toEqual([0]);
  });
});

/** The control characters of a text, but for ends of lines. */
const controlsIn = (text: string): string[] => [...text].filter((c) => c !== "\n" && (c < " " || (c >= "\u007f" && c <= "\u009f")));

describe("a terminal", () => {
  test("gets no control characters of a switch", async () => {
    const evil = new Switch({ datapathId: 2n, description: { manufacturer: "a\u001b[31mb\u0007\u009bc\rd", hardware: "é" } });
    onTestFinished(() => evil.close());
    evil.addPort({ portNo: 1, name: "x\u001b]0;y\u0007" });
    await evil.listen(`punix:${dir}/evil.mgmt`);
    const inTerminal = (words: string): Promise<string> =>
      new Promise((resolve) => {
        const child = spawn("script", ["-qec", `stty cols 40; ${process.execPath} ${OFCTL} ${words}`, "/dev/null"], {
          env: { ...process.env, ...env },
        });
        let text = "";
        child.stdout.on("data", (bytes) => {
          text += bytes;
        });
        child.stdin.on("error", () => {});
        child.on("close", () => resolve(text.replaceAll("\r\n", "\n")));
      });
    const desc = await inTerminal("-O OpenFlow13 dump-desc evil");
    expect(desc).toContain("Manufacturer: a\\x1b[31mb\\x07\\x9bc\\x0dd\n");
    expect(desc).toContain("Hardware: é\n");
    for (const words of [
      "show evil",
      "--names dump-ports-desc evil",
      "--names dump-ports evil",
      "-O OpenFlow13 add-flow evil in_port=nosuch,actions=drop",
      "show nosuch",
    ])
      expect(controlsIn(await inTerminal(words)), words).toEqual([]);
    // to a file or a pipe they go as they are
    expect((await ofctl([...V13, "dump-desc", "evil"], env)).stdout).toContain("a\u001b[31mb\u0007");
  });
});
