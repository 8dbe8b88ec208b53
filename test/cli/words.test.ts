/** Help, and wrong words: status 2 and one line that says what to do. */
import { describe, expect, test } from "vitest";
import { targetUsage } from "../../src/stream/mod.js";
import { run } from "./helpers.js";

const COMMANDS = ["demo", "controller", "switch", "record", "replay"];

describe("help", () => {
  test.each([["--help"], ["-h"], ["help"]])("southbound %s lists the commands", async (word) => {
    const { status, stdout, stderr } = await run(word);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, "m"));
  });

  test.each(COMMANDS)("southbound %s --help tells its options, in 80 columns", async (name) => {
    const { status, stdout, stderr } = await run(name, "--help");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(`Usage: southbound ${name} `);
    for (const option of ["--log-level <level>", "-h, --help"]) expect(stdout).toContain(option);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect((await run("help", name)).stdout).toBe(stdout);
  });

  test.each([
    ["controller", { active: true, passive: true }],
    ["switch", { active: true, passive: true }],
    ["record", { active: true, passive: true }],
    ["replay", { active: true, passive: true }],
    ["demo", { passive: true }],
  ] as const)("southbound %s --help lists what a target may be", async (name, kinds) => {
    expect((await run(name, "--help")).stdout).toContain(targetUsage({ ...kinds, pki: false }));
  });

  test("southbound --version", async () => {
    expect(await run("--version")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/) });
  });
});

describe("wrong words", () => {
  const cases: readonly [words: string[], line: RegExp][] = [
    [[], /name a command: demo, controller, switch,.* record, replay;.*"southbound --help"/],
    [["nonsense"], /unknown command 'nonsense'; see "southbound --help"/],
    [["dem"], /unknown command 'dem' \(Did you mean demo\?\)/],
    [["help", "nonsense"], /unknown command 'nonsense'; see "southbound --help"/],
    [["--nonsense"], /unknown option '--nonsense'/],
    [["demo", "--nonsense"], /unknown option '--nonsense'; see "southbound demo --help"/],
    [["demo", "word"], /too many arguments/],
    [["demo", "--duration", "long"], /--duration.*'long' is invalid.*seconds/],
    [["demo", "--duration", "0"], /--duration.*'0' is invalid/],
    [["demo", "--interval", "1"], /--interval.*'1' is invalid/],
    [["demo", "--listen", "tcp:127.0.0.1"], /--listen.*ptcp:, punix:, pssl:; see "southbound demo --help"/],
    [["controller", "--listen", "ptcp:port"], /--listen.*bad port number "port"/],
    [["controller", "--listen"], /argument missing/],
    [["controller", "--log-level", "loud"], /debug, info, warn, error, silent/],
    [["controller", "no-such-app"], /there is no app "no-such-app"; known are l2-learning/],
    [["controller", "l2-learning", "l2-learning"], /named twice/],
  ];
  test.each(cases)("%j", async (words, line) => {
    const { status, stdout, stderr } = await run(...words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(line);
    expect(stderr).toMatch(/^southbound: .+\n$/);
  });
});
