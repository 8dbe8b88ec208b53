/** The options of ofctl, which are read as the C library reads them, its help and its lists. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { paintFlow } from "../../src/cli/ofctl/color.js";
import { COMMANDS } from "../../src/cli/ofctl/commands.js";
import { OptionReader, type OptionRow } from "../../src/cli/ofctl/getopt.js";
import { helpText } from "../../src/cli/ofctl/help.js";
import { OPTIONS, readOptions } from "../../src/cli/ofctl/options.js";
import { Vlog } from "../../src/cli/ofctl/vlog.js";
import { ofctl } from "./ofctl-run.js";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "southbound-ofctl-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const ROWS: readonly OptionRow[] = [
  { name: "timeout", letter: "t", value: "required" },
  { name: "timestamp" },
  { name: "sort", value: "optional" },
  { name: "more", letter: "m" },
  { name: "verbose", letter: "v", value: "optional" },
];

/** What a command line comes to: its options in order, and the rest. */
function read(...words: string[]): [options: string[], rest: readonly string[]] {
  const reader = new OptionReader(words, ROWS);
  const options = [...reader.given()].map(({ option: { name }, value }) => (value === undefined ? name : `${name}=${value}`));
  return [options, reader.rest];
}

describe("a command line", () => {
  for (const [words, options, rest] of [
    ["-mmt5 a -t 6 b", ["more", "more", "timeout=5", "timeout=6"], ["a", "b"]],
    ["a --sort b --sort=x -v -vx", ["sort", "sort=x", "verbose", "verbose=x"], ["a", "b"]],
    ["--timeo 5 --times --more=", "option '--more' doesn't allow an argument", []],
    ["a -- -m --", [], ["a", "-m", "--"]],
    ["- -m", ["more"], ["-"]],
    ["--time", "option '--time' is ambiguous; possibilities: '--timeout' '--timestamp'", []],
    ["--nosuch=5", "unrecognized option '--nosuch=5'", []],
    ["-mx", "invalid option -- 'x'", []],
    ["-t", "option requires an argument -- 't'", []],
    ["--timeout", "option '--timeout' requires an argument", []],
  ] as const)
    test(`${words}`, () => {
      if (typeof options === "string") expect(() => read(...words.split(" "))).toThrow(options);
      else expect(read(...words.split(" "))).toEqual([options, rest]);
    });

  test("ends its options at the first argument where POSIX has it so", () => {
    process.env.POSIXLY_CORRECT = "";
    try {
      expect(read("-m", "a", "-m")).toEqual([["more"], ["a", "-m"]]);
    } finally {
      delete process.env.POSIXLY_CORRECT;
    }
  });
});

describe("the options of ovs-ofctl", () => {
  test("come to settings", async () => {
    const line =
      "-O openflow13 -mm --strict --readd -P nxm --timestamp --sort=nw_src --rsort --names --no-stats --unixctl=a.ctl --color=always --may-create --read-only --detach --monitor --no-chdir --pidfile --overwrite-pidfile --no-self-confinement show br0";
    const { words, settings } = await readOptions(line.split(" "), new Vlog("ofctl"));
    expect(words).toEqual(["show", "br0"]);
    expect(settings).toMatchObject({
      ...{ verbosity: 2, strict: true, readd: true, packetInFormat: 1, timestamp: true, names: true, stats: false, unixctl: "a.ctl" },
      ...{ color: true, mayCreate: true, readOnly: true, connection: { versions: [4] } },
      sort: [
        { by: "nw_src", descending: false },
        { by: "priority", descending: true },
        // the last key, which decides where the others do not
        { by: "priority", descending: true },
      ],
      daemon: { detach: true, monitor: true, chdir: false, pidfile: "", overwritePidfile: true },
    });
  });

  for (const [words, line] of [
    ["-P foo show", "unknown packet-in format `foo'"],
    ["--color=foo show", "incorrect value `foo' for --color"],
    ["--sort=nosuch show", "nosuch: unknown field name"],
    ["-F nosuch show", "nosuch: unknown flow protocol"],
    ["--syslog-method=x show", "unsupported syslog method 'x'"],
    ["--read-only add-flow br0 ip,actions=drop", "'add-flow' command does not work in read only mode"],
    ["-vFACILITY:x show", 'processing "FACILITY:x": invalid facility'],
    ["-vconsole:file:dbg show", 'processing "console:file:dbg": cannot specify multiple destinations'],
    ["", "missing command name; use --help for help"],
    ["nosuch", "unknown command 'nosuch'; use --help for help"],
    ["show", "'show' command requires at least 1 arguments"],
    ["show a b", "'show' command takes at most 1 arguments"],
  ] as const)
    test(`'${words}' is refused`, async () => {
      expect(await ofctl(words.split(" ").filter((word) => word !== ""))).toEqual({
        status: 1,
        signal: null,
        stdout: "",
        stderr: `ofctl: ${line}\n`,
      });
    });

  test("a log file takes what the console does not show, and one that cannot be opened ends the program", async () => {
    const file = join(dir, "ofctl.log");
    await ofctl([`--log-file=${file}`, "-vvconn:file:dbg", "show", "nosuch"]);
    expect(readFileSync(file, "utf8")).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\|00001\|vlog\|INFO\|opened log file .*ofctl\.log\n$/,
    );
    const { status, stderr } = await ofctl([`--log-file=${dir}/nosuch/x`, "show", "nosuch"]);
    expect(stderr).toMatch(/\|vlog\|WARN\|failed to open .*nosuch\/x for logging: No such file or directory\n$/);
    expect(status).toBe(1);
  });
});

describe("--color", () => {
  const strip = (text: string): string => text.replaceAll("\u001b[m\u001b[K", ">").replaceAll("m\u001b[K", "|").replaceAll("\u001b[", "<");

  test("paints a flow as ovs-ofctl does", () => {
    // each as Open vSwitch 3.1 prints it
    for (const [plain, painted] of [
      [
        " table=1, n_packets=0, priority=5,tcp,dl_src=aa:bb:cc:dd:ee:ff actions=set_field:0x1->reg1,ct(commit,table=3,exec(load:0x1->NXM_NX_CT_MARK[0..3])),CONTROLLER:5",
        " <33|table=>1, <36|n_packets=>0, <33|priority=>5,<32|tcp>,<36|dl_src=>aa:bb:cc:dd:ee:ff <1;31|actions=><33|set_field:>0x1<33|->>reg1,<35|ct(><32|commit>,<33|table=>3,<35|exec(><33|load:>0x1<33|->>NXM_NX_CT_MARK[0..3]<35|),><35|)>,CONTROLLER:5",
      ],
      [" arp actions=drop", " <32|arp> <1;31|actions=><34|drop>"],
      [
        " udp actions=ct(nat(src=1.2.3.4,random)),output(port=1,max_len=100),dec_ttl(1,2),learn(table=2,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[])",
        " <32|udp> <1;31|actions=><35|ct(><35|nat><35|(><36|src><36|=>1.2.3.4,<32|random><35|)><35|)>,<33|output>(port=1,max_len=100),<35|dec_ttl><35|(>1,2<35|)>,<31|learn(><33|table=>2,<36|NXM_OF_ETH_DST[]><36|=>NXM_OF_ETH_SRC[]<31|)>",
      ],
    ] as const)
      expect(strip(paintFlow(plain))).toBe(painted);
    expect(paintFlow("OFPST_FLOW reply (OF1.3) (xid=0x2):")).toBe("OFPST_FLOW reply (OF1.3) (xid=0x2):");
  });
});

describe("the help", () => {
  const { stdout: help } = { stdout: helpText(COMMANDS) };

  test("names each command that is no test, and each option", () => {
    for (const [name, { takes }] of Object.entries(COMMANDS)) {
      // what ovs-ofctl itself leaves out
      const left = takes === "" || ["del-meter", "dump-meter", "bundle"].includes(name);
      if (!left) expect(help).toMatch(new RegExp(`^ +(\\[--may-create\\] )?${name}( |$)`, "m"));
    }
    const left = [
      "option",
      "raw",
      "pcap",
      "no-self-confinement",
      "stats",
      "no-stats",
      "may-create",
      "bundle",
      "ssl-protocols",
      "ssl-ciphers",
    ];
    for (const { name } of OPTIONS) if (!left.includes(name)) expect(help).toContain(`--${name}`);
  });

  test("is what -h, --help and help print", async () => {
    for (const words of [["-h"], ["--help", "nosuch"], ["help"]]) {
      const { status, stdout } = await ofctl(words, { OVS_RUNDIR: dir });
      expect(stdout).toMatch(
        /^ofctl: OpenFlow switch management utility\nusage: ofctl \[OPTIONS\] COMMAND \[ARG...\]\n\nFor OpenFlow switches:\n/,
      );
      expect(stdout).toContain(`${dir}/ofctl.pid`);
      expect(status).toBe(0);
    }
  });

  test("list-commands and --option print what ovs-ofctl has", async () => {
    const { stdout } = await ofctl(["list-commands"]);
    expect(stdout.split("\n").slice(0, 3)).toEqual([
      "The available commands are:",
      "  show                    switch",
      "  monitor                 switch [misslen] [invalid_ttl] [watch:[...]]",
    ]);
    expect(stdout.split("\n")).toHaveLength(77);
    const options = (await ofctl(["--option"])).stdout.split("\n");
    expect(options.slice(0, 4)).toEqual(["--timeout=ARG", "-t ARG", "--strict", "--readd"]);
    expect(options).not.toContain("--format=ARG");
    expect((await ofctl(["-V"])).stdout).toMatch(/^ofctl \(southbound\) \d+\.\d+\.\d+\S*\nOpenFlow versions 0x1:0x6\n$/);
  });
});

describe("docs/ofctl.md", () => {
  const page = readFileSync(new URL("../../docs/ofctl.md", import.meta.url), "utf8");

  test("has a row for each command, with its arguments and what it does, and for no other", () => {
    const rows = Object.entries(COMMANDS).map(
      ([name, { usage, summary }]) => `| \`${`${name} ${usage.replaceAll("|", "\\|")}`.trim()}\` | ${summary} |`,
    );
    const commands = page.slice(page.indexOf("## Commands"), page.indexOf("## Options"));
    expect(
      commands
        .split("\n")
        .filter((line) => line.startsWith("| `"))
        .sort(),
    ).toEqual(rows.sort());
  });

  test("has a row for each option", () => {
    const rows = page.slice(page.indexOf("## Options"), page.indexOf("## Monitors at run time"));
    for (const { name, letter } of OPTIONS) {
      expect(rows).toMatch(new RegExp(`\`--${name}[=[\`]`));
      if (letter !== undefined) expect(rows).toMatch(new RegExp(`\`-${letter}[\`[]`));
    }
  });
});
