/** Names of memif streams and ports. Registration is for the whole thread, so that what holds before it comes first. */
import { describe, expect, test } from "vitest";
import { openMemifPort, parseMemifPort, registerMemif } from "../../src/memif/mod.js";
import { connect, listen, parseActive, parsePassive, targetUsage } from "../../src/stream/mod.js";
import { freshName } from "./raw-peer.js";

test("before registration a name says what is missing", async () => {
  const what = /import \{ registerMemif \} from "southbound\/memif" and call registerMemif\(\)/;
  expect(() => parseActive("memif:/run/x.sock")).toThrow(what);
  await expect(listen("pmemif:/run/x.sock", { onStream: () => {} })).rejects.toThrow(what);
  expect(() => parseActive("memory:/x")).toThrow(/has to begin with one of tcp:, unix:/);
  registerMemif();
  registerMemif();
  expect(parseActive("memif:/run/x.sock").transport).toBe("memif");
  expect(() => parseActive("pmemif:/run/x.sock")).toThrow(/has to begin with one of/);
  expect(targetUsage({ active: true, passive: true })).toMatch(/ {2}memif:FILE\[\?id=N\] .*\n[\s\S]* {2}pmemif:FILE\[\?id=N\]/);
});

describe("names", () => {
  test.each([
    ["/run/x.sock", "/run/x.sock"],
    ["/run/x.sock?id=0", "/run/x.sock"],
    ["/run/x.sock?id=4294967295", "/run/x.sock?id=4294967295"],
    ["@abstract?id=7", "@abstract?id=7"],
  ])("memif:%s is complete as %s, both ways", (given, complete) => {
    registerMemif();
    expect(parseActive(`memif:${given}`).name).toBe(`memif:${complete}`);
    expect(parsePassive(`pmemif:${given}`).name).toBe(`pmemif:${complete}`);
  });

  test("a relative file is in the run directory", () => {
    registerMemif();
    const { OVS_RUNDIR } = process.env;
    process.env.OVS_RUNDIR = "/run/here";
    try {
      expect(parseActive("memif:x.sock?id=2").name).toBe("memif:/run/here/x.sock?id=2");
    } finally {
      if (OVS_RUNDIR === undefined) delete process.env.OVS_RUNDIR;
      else process.env.OVS_RUNDIR = OVS_RUNDIR;
    }
  });

  test.each([
    ["", "a file must be specified"],
    ["?id=1", "a file must be specified"],
    ["@", "a file must be specified"],
    ["/x?id=4294967296", "id=4294967296: a number from 0 to 4294967295"],
    ["/x?id=-1", "id=-1"],
    ["/x?id=", "id=: a number"],
    ["/x?id=1&id=2", "id is given twice"],
    ["/x?mode=ip", '"mode=ip" is no option: id= are'],
    ["/x?", '"" is no option'],
  ])("memif:%s is refused: %s", (argument, why) => {
    registerMemif();
    for (const read of [() => parseActive(`memif:${argument}`), () => parsePassive(`pmemif:${argument}`)]) {
      expect(read).toThrow(expect.objectContaining({ code: "EAFNOSUPPORT", message: expect.stringContaining(why) }));
    }
  });

  test("connecting to nobody fails as on any socket, and a name that is too long too", async () => {
    registerMemif();
    const end = (name: string) =>
      new Promise((resolve) => {
        connect(name).onClose = resolve;
      });
    expect(await end(`memif:${freshName()}`)).toMatchObject({ code: "ECONNREFUSED" });
    expect(await end("memif:/nowhere/at/all")).toMatchObject({ code: "ENOENT" });
    expect(await end(`memif:/${"x".repeat(120)}`)).toMatchObject({ code: "ENAMETOOLONG" });
  });
});

describe("ports in one word", () => {
  test("with all that can be said", () => {
    expect(parseMemifPort("memif:/run/m.sock")).toEqual({ role: "client", socket: "/run/m.sock", id: 0, queues: 1 });
    expect(parseMemifPort("memif:@m?role=server&id=9&queues=4&secret=geheim&name=left")).toEqual({
      role: "server",
      socket: "@m",
      id: 9,
      queues: 4,
      secret: "geheim",
      name: "left",
    });
  });

  test.each([
    ["tap:x", "is no port"],
    ["memif:/x?role=both", "role=both: client or server is expected"],
    ["memif:/x?queues=0", "queues=0"],
    ["memif:/x?secret=", "a secret has 1 to 23 bytes"],
    ["memif:/x?secret=012345678901234567890123", "a secret has 1 to 23 bytes"],
    [`memif:/x?name=${"n".repeat(32)}`, "name"],
  ])("%s is refused: %s", (text, why) => {
    expect(() => parseMemifPort(text)).toThrow(expect.objectContaining({ code: "EAFNOSUPPORT", message: expect.stringContaining(why) }));
  });

  test("are made with it", async () => {
    const name = freshName();
    await using server = openMemifPort(parseMemifPort(`memif:${name}?role=server&id=2&secret=geheim`));
    await using client = openMemifPort(parseMemifPort(`memif:${name}?id=2&secret=geheim&queues=3&name=left`));
    await Promise.all([server.connected(), client.connected()]);
    expect([server.role, server.peer?.interfaceName, client.role, client.rx.length]).toEqual(["server", "left", "client", 3]);
  });
});
