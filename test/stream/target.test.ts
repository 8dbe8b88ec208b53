import { afterEach, describe, expect, test } from "vitest";
import { connect, listen, parseActive, parsePassive, pipe, registerTransport, type Transport } from "../../src/stream/mod.js";

const rundir = process.env.OVS_RUNDIR;
afterEach(() => {
  if (rundir === undefined) delete process.env.OVS_RUNDIR;
  else process.env.OVS_RUNDIR = rundir;
});

describe("active names", () => {
  test.each([
    ["tcp:127.0.0.1", "127.0.0.1", 6653, "tcp:127.0.0.1:6653"],
    ["tcp:127.0.0.1:", "127.0.0.1", 6653, "tcp:127.0.0.1:6653"],
    ["tcp:127.0.0.1:0", "127.0.0.1", 0, "tcp:127.0.0.1:0"],
    ["tcp:host.example:65535", "host.example", 65535, "tcp:host.example:65535"],
    ["tcp:[127.0.0.1]:[66]", "127.0.0.1", 66, "tcp:127.0.0.1:66"],
    ["tcp:[::1:2:3:4]:80", "::1:2:3:4", 80, "tcp:[::1:2:3:4]:80"],
    ["tcp:::1:2:3:4:80", "::1:2:3:4:80", 6653, "tcp:[::1:2:3:4:80]:6653"],
    ["tcp:[::1]", "::1", 6653, "tcp:[::1]:6653"],
    ["tcp:::1", "::1", 6653, "tcp:[::1]:6653"],
    ["tcp:[fe80::1%eth0]:1", "fe80::1%eth0", 1, "tcp:[fe80::1%eth0]:1"],
  ])("%s", (text, host, port, name) => {
    expect(parseActive(text)).toEqual({ transport: "tcp", passive: false, syntax: "inet", name, host, port });
    expect(parseActive(name)).toEqual(parseActive(text));
  });

  test.each([
    ["tcp:127.0.0.1:99999", 'bad port number "99999"'],
    ["tcp:127.0.0.1:-1", 'bad port number "-1"'],
    ["tcp:127.0.0.1:1e3", 'bad port number "1e3"'],
    ["tcp:", "host must be specified"],
    ["tcp::6653", "host must be specified"],
    ["tcp:999.1.1.1", 'bad IP address "999.1.1.1"'],
    ["tcp:1:2:3", 'bad IP address "1:2:3"'],
    ["tcp:a b", 'bad IP address "a b"'],
    ["unix:", "a file must be specified"],
    ["ptcp:6653", '"ptcp:6653" is no name to connect to: it has to begin with one of tcp:, unix:'],
    ["br0", '"br0" is no name to connect to'],
    ["constructor:x", "is no name to connect to"],
  ])("%s is refused", (text, message) => {
    const thrown = expect.objectContaining({ code: "EAFNOSUPPORT", message: expect.stringContaining(message) });
    expect(() => parseActive(text)).toThrow(thrown);
  });
});

describe("passive names", () => {
  test.each([
    ["ptcp:", "0.0.0.0", 6653, "ptcp:6653:0.0.0.0"],
    ["ptcp:6633", "0.0.0.0", 6633, "ptcp:6633:0.0.0.0"],
    ["ptcp:0:127.0.0.1", "127.0.0.1", 0, "ptcp:0:127.0.0.1"],
    ["ptcp::127.0.0.1", "127.0.0.1", 6653, "ptcp:6653:127.0.0.1"],
    ["ptcp:6653:[::]", "::", 6653, "ptcp:6653:[::]"],
    ["ptcp:[::1]", "::1", 6653, "ptcp:6653:[::1]"],
    ["ptcp:::1", "::1", 6653, "ptcp:6653:[::1]"],
    ["ptcp:6653:::1", "::1", 6653, "ptcp:6653:[::1]"],
  ])("%s", (text, host, port, name) => {
    expect(parsePassive(text)).toEqual({ transport: "tcp", passive: true, syntax: "inet", name, host, port });
    expect(parsePassive(name)).toEqual(parsePassive(text));
  });

  test.each(["ptcp:127.0.0.1", "ptcp:65536", "tcp:127.0.0.1", "", "ptcp:1:2:3"])("%s is refused", (text) => {
    expect(() => parsePassive(text)).toThrow(expect.objectContaining({ code: "EAFNOSUPPORT" }));
  });
});

test("files are relative to the run directory", () => {
  delete process.env.OVS_RUNDIR;
  expect(parseActive("unix:br0.mgmt")).toMatchObject({ file: "/var/run/openvswitch/br0.mgmt", name: "unix:/var/run/openvswitch/br0.mgmt" });
  process.env.OVS_RUNDIR = "/run/mine";
  expect(parseActive("unix:a/b")).toMatchObject({ syntax: "file", file: "/run/mine/a/b" });
  expect(parsePassive("punix:/x:y")).toMatchObject({ transport: "unix", passive: true, file: "/x:y", name: "punix:/x:y" });
  expect(() => parseActive("unix:a\0b")).toThrow(expect.objectContaining({ code: "EINVAL" }));
});

test("transports register by name, once, and can be taken back", async () => {
  const seen: string[] = [];
  const loop: Transport = {
    name: "loop",
    passive: "ploop",
    syntax: "other",
    connect(target) {
      seen.push(target.argument);
      return pipe()[0];
    },
    async listen(target) {
      const closed = Promise.resolve();
      const counts = { accepted: 0, refused: 0, failed: 0, open: 0, halfOpen: 0 };
      return { name: target.name, closed, counts, close: () => closed, [Symbol.asyncDispose]: () => closed };
    },
  };
  const undo = registerTransport(loop);
  expect(() => registerTransport(loop)).toThrow(/registered already/);
  connect("loop:any:thing at all").destroy();
  expect(seen).toEqual(["any:thing at all"]);
  expect((await listen("ploop:x", { onStream: () => {} })).name).toBe("ploop:x");
  const target = parseActive("loop:x");
  undo();
  expect(() => parseActive("loop:x")).toThrow(/is no name/);
  expect(() => connect(target)).toThrow(/registered no more/);
  expect(() => connect(parsePassive("ptcp:1"))).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  expect(() => registerTransport({ ...loop, name: "No" })).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  expect(() => registerTransport({ name: "x", passive: "px", syntax: "other", connect: () => pipe()[0] })).toThrow(/no listen/);
});
