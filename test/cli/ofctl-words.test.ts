/** What ofctl says in brackets where a peer breaks a connection, as `ovs-ofctl` does. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "vitest";

const OFCTL = fileURLToPath(new URL("../../bin/ofctl.js", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "southbound-words-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const sockets: Socket[] = [];
let server: Server | undefined;
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await new Promise((resolve) => server?.close(resolve));
});

/** Runs a command, behind `tcp` for that in place of a unix socket, against a peer that does this with each connection; answers its last line, and what it logged. */
async function words(serve: (socket: Socket) => void, ...given: string[]): Promise<{ readonly line: string; readonly log: string[] }> {
  const [over, ...rest] = given;
  const command = over === "tcp" ? rest : given;
  const file = join(dir, `s${Math.random()}`);
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    serve(socket);
  });
  server.listen(over === "tcp" ? { host: "127.0.0.1", port: 0 } : file);
  await new Promise((resolve) => server!.once("listening", resolve));
  const address = server.address();
  const target = address !== null && typeof address === "object" ? `tcp:127.0.0.1:${address.port}` : `unix:${file}`;
  const all = ["-vPATTERN:console:%c|%p|%m", "-O", "OpenFlow13", ...command.map((word) => (word === "T" ? target : word))];
  const child = spawn(process.execPath, [OFCTL, ...all], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(1);
  const lines = stderr.replaceAll(target, "T").trimEnd().split("\n");
  return { line: lines.at(-1)!, log: lines.slice(0, -1) };
}

const HELLO = "0400000800000001";
const sends = (hex: string) => (socket: Socket) => void socket.write(Buffer.from(hex, "hex"));

test.each<[string, string[]]>([
  ["ofctl: talking to T (Protocol error)", ["probe", "T"]],
  ["ofctl: transact (Protocol error)", ["ping", "T"]],
  ["ofctl: transact (Protocol error)", ["benchmark", "T", "10", "3"]],
  ["ofctl: talking to T (Protocol error)", ["show", "T"]],
  ["ofctl: OpenFlow packet receive failed (Protocol error)", ["dump-aggregate", "T"]],
])("a header that is too short: %s", async (line, command) => {
  expect(await words(sends(`${HELLO}0402000300000007`), ...command)).toEqual({
    line,
    log: ["vconn_stream|ERR|received too-short ofp_header (3 bytes)"],
  });
});

test("the first message is no hello", async () => {
  expect(await words(sends("0402000800000007"), "probe", "T")).toEqual({
    line: "ofctl: T: failed to connect to socket (Protocol error)",
    log: ["vconn|WARN|T: received message while expecting hello: OFPT_ECHO_REQUEST (OF1.3) (xid=0x7): 0 bytes of payload"],
  });
});

test("a hello with bit 0 of its versions set, and one with bytes that a hello does not have", async () => {
  const short = "0402000300000007";
  const { log } = await words(sends(`04000010000000010001000800000011${short}`), "probe", "T");
  expect(log[0]).toBe("ofp_util|WARN|peer claims to support invalid OpenFlow version 0x00");
  const other = await words(sends(`04000010000000010063000800000000${short}`), "probe", "T");
  expect(other.log.slice(0, 2)).toEqual([
    "vconn|WARN|T: unknown data in hello:",
    "00000000  04 00 00 10 00 00 00 01-00 63 00 08 00 00 00 00 |.........c......|",
  ]);
});

const closes = (socket: Socket): void => {
  socket.once("data", () => {
    socket.write(Buffer.from(HELLO, "hex"));
    socket.destroySoon();
  });
};

test.each<[string, string[]]>([
  ["ofctl: talking to T (Broken pipe)", ["show", "T"]],
  ["ofctl: failed to send packet to switch (Broken pipe)", ["dump-aggregate", "T"]],
])("a peer that closes behind its hello: %s", async (line, command) => {
  expect((await words(closes, ...command)).line).toBe(line);
});

describe("over TCP, a peer that closes in order at the first request, which it has read", () => {
  const closesAtRequest = (socket: Socket): void => {
    let read = Buffer.alloc(0);
    socket.write(Buffer.from(HELLO, "hex"));
    socket.on("data", (bytes) => {
      read = Buffer.concat([read, bytes]);
      // behind the hello
      if (read.length > 4 && read.length >= read.readUInt16BE(2) + 8) socket.end();
    });
  };
  test.each<[string, string[]]>([
    ["ofctl: talking to T (End of file)", ["show", "T"]],
    ["ofctl: OpenFlow packet receive failed (End of file)", ["--no-names", "dump-flows", "T"]],
    ["ofctl: OpenFlow packet receive failed (End of file)", ["dump-groups", "T"]],
    ["ofctl: OpenFlow packet receive failed (End of file)", ["dump-tables", "T"]],
    ["ofctl: talking to T (End of file)", ["get-frags", "T"]],
    ["ofctl: OpenFlow receive failed (End of file)", ["add-flow", "T", "actions=drop"]],
    ["ofctl: OpenFlow receive failed (End of file)", ["dump-flows", "T", "ip"]],
    ["ofctl: OpenFlow receive failed (End of file)", ["mod-port", "T", "1", "down"]],
  ])("%s: %j", async (line, command) => {
    expect((await words(closesAtRequest, "tcp", ...command)).line).toBe(line);
  });
});

test("any reply under the transaction id of a request is a reply", async () => {
  const reply = (socket: Socket): void => {
    socket.write(Buffer.from(HELLO, "hex"));
    socket.on("data", (bytes) => {
      // our hello has 16 bytes; what follows is the echo request
      const request = bytes.length > 16 ? bytes.subarray(16) : bytes[1] === 2 ? bytes : undefined;
      if (request !== undefined)
        socket.write(Buffer.concat([Buffer.from("04130014", "hex"), request.subarray(4, 8), Buffer.alloc(12, 255)]));
    });
  };
  expect((await words(reply, "probe", "T")).line).toBe("ofctl: reply does not match request");
});
