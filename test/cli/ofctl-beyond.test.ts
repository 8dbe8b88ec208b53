/** What ofctl has beyond ovs-ofctl, as a user runs it: changes that are only shown, comparison by meaning, hints, completion. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Switch } from "../../src/switch/mod.js";
import { ofctl } from "./ofctl-run.js";

let dir: string;
let bridge: Switch;
let old: Switch;
let env: Record<string, string>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "southbound-beyond-"));
  env = { OVS_RUNDIR: dir };
  bridge = new Switch({ datapathId: 1n, tables: 3 });
  await bridge.listen(`punix:${dir}/br0.mgmt`);
  old = new Switch({ datapathId: 2n, versions: [4] });
  await old.listen(`punix:${dir}/br1.mgmt`);
});
afterAll(async () => {
  await bridge.close();
  await old.close();
  rmSync(dir, { recursive: true });
});

const file = (name: string, ...lines: string[]): string => {
  writeFileSync(join(dir, name), `${lines.join("\n")}\n`);
  return join(dir, name);
};
const run = (...words: string[]) => ofctl(["-O", "OpenFlow13", ...words], env);
const flows = async (): Promise<string> => (await run("--no-stats", "dump-flows", "br0")).stdout;

describe("--dry-run", () => {
  afterEach(() => run("del-flows", "br0"));

  const TABLE = [
    "table=0,priority=5,tcp,nw_dst=10.0.0.0/8,tp_dst=80,actions=output:1",
    "table=0,priority=6,ip,nw_dst=10.1.0.0/16,actions=output:2",
    "table=1,cookie=0x7,arp,actions=output:1,output:3",
    "table=2,actions=drop",
  ];
  const changes: readonly (readonly string[])[] = [
    ["add-flow", "br0", "table=2,priority=1,udp,actions=output:1"],
    ["add-flow", "br0", "table=2,actions=output:9"],
    ["mod-flows", "br0", "table=0,ip,actions=output:9"],
    ["--strict", "mod-flows", "br0", "table=0,priority=6,ip,nw_dst=10.1.0.0/16,actions=output:9"],
    ["--strict", "mod-flows", "br0", "table=0,priority=7,ip,nw_dst=10.1.0.0/16,actions=output:9"],
    ["del-flows", "br0", "ip,nw_dst=10.0.0.0/8"],
    ["del-flows", "br0", "ip,nw_dst=10.1.0.0/24"],
    ["del-flows", "br0", "out_port=3"],
    ["del-flows", "br0", "cookie=0x7/-1"],
    ["del-flows", "br0", "table=1"],
    ["del-flows", "br0"],
    ["--strict", "del-flows", "br0", "table=0,priority=6,ip,nw_dst=10.1.0.0/16"],
  ];
  for (const words of changes) {
    test(`of ${words.join(" ")} shows what that does, and does nothing`, async () => {
      expect(await run("add-flows", "br0", file("table", ...TABLE))).toMatchObject({ status: 0, stderr: "" });
      const before = await flows();
      const shown = await run("--dry-run", ...words);
      expect(shown).toMatchObject({ status: 0, stderr: "" });
      expect(await flows()).toBe(before);
      expect(await run(...words)).toMatchObject({ status: 0, stderr: "" });
      const after = file("after", ...(await flows()).split("\n"));
      const difference = await run("--exact", "diff-flows", file("before", ...before.split("\n")), after);
      const sorted = (text: string): string[] => text.split("\n").sort();
      expect(sorted(shown.stdout)).toEqual(sorted(difference.stdout));
    });
  }

  test("of a file, of a replacement and of a bundle is the difference of all of it", async () => {
    const wanted = file("wanted", ...TABLE.slice(1), "table=1,ipv6,actions=output:2");
    expect((await run("--dry-run", "add-flows", "br0", wanted)).stdout.split("\n")).toHaveLength(5);
    await run("add-flows", "br0", file("table", ...TABLE));
    const added = "+table=1 ipv6 actions=output:2\n";
    const gone = "-priority=5,tcp,nw_dst=10.0.0.0/8,tp_dst=80 actions=output:1\n";
    expect((await run("--dry-run", "replace-flows", "br0", wanted)).stdout).toBe(gone + added);
    expect((await run("--dry-run", "--bundle", "add-flows", "br0", file("one", "table=1,ipv6,actions=output:2"))).stdout).toBe(added);
    expect(await flows()).not.toContain("ipv6");
  });

  test("of what is no flow shows the messages", async () => {
    const { status, stdout } = await run("--dry-run", "add-group", "br0", "group_id=1,type=all,bucket=output:1");
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: "OFPT_GROUP_MOD (OF1.3) (xid=0x0):\n ADD group_id=1,type=all,bucket=actions=output:1\n",
    });
    expect((await run("--dry-run", "set-frags", "br0", "drop")).stdout).toContain("OFPT_SET_CONFIG");
  });
});

describe("diff-flows", () => {
  const same: readonly (readonly [a: string, b: string])[] = [
    [
      "tcp,nw_dst=10.1.2.3/255.0.0.0,actions=mod_dl_dst:02:00:00:00:00:01",
      "nw_dst=10.0.0.0/8,ip,nw_proto=6,actions=set_field:02:00:00:00:00:01->eth_dst",
    ],
    ["actions=load:0x20000000001->NXM_OF_ETH_DST[]", "actions=mod_dl_dst:02:00:00:00:00:01"],
    ["ip,actions=mod_nw_src:1.2.3.4,output:1", "ip,actions=set_field:1.2.3.4->nw_src,output:1"],
    ["priority=32768,dl_vlan=5,actions=strip_vlan", "dl_vlan=5,actions=pop_vlan"],
    ["actions=mod_vlan_vid:5,output:1", "actions=push_vlan:0x8100,set_field:4101->vlan_vid,output:1"],
    ["tcp,tp_dst=80/0xffff,actions=mod_tp_dst:81", "tcp,tp_dst=80,actions=set_field:81->tcp_dst"],
  ];
  for (const [a, b] of same) {
    test(`${a} is ${b} with --canonical, and differs by its letter without it`, async () => {
      const words = ["diff-flows", file("a", a), file("b", b)];
      expect(await ofctl(["--canonical", ...words], env)).toMatchObject({ status: 0, stdout: "" });
      const differs = await ofctl(words, env);
      expect(differs.status).toBe(2);
      expect(differs.stdout).toMatch(/^-.*\n\+.*\n$/);
      expect(await ofctl(["--canonical", "--exact", ...words], env)).toEqual(differs);
    });
  }

  test("prints each side in its own words", async () => {
    const words = [
      "diff-flows",
      file("a", "actions=mod_dl_dst:02:00:00:00:00:01,strip_vlan,mod_vlan_vid:5,clone(mod_vlan_pcp:1)"),
      file("b", "actions=set_field:02:00:00:00:00:02->eth_dst,pop_vlan,set_vlan_vid:5"),
    ];
    const stdout =
      "- actions=mod_dl_dst:02:00:00:00:00:01,strip_vlan,mod_vlan_vid:5,clone(mod_vlan_pcp:1)\n+ actions=set_field:02:00:00:00:00:02->eth_dst,pop_vlan,set_vlan_vid:5\n";
    expect(await ofctl(words, env)).toMatchObject({ status: 2, stdout });
    expect(await ofctl(["--canonical", ...words], env)).toMatchObject({ status: 2, stdout });
  });

  test("prints in the order of tables", async () => {
    const words = ["diff-flows", file("a", "table=3,actions=drop", "table=1,actions=drop"), file("b", "table=2,actions=drop")];
    const stdout = "-table=1  actions=drop\n+table=2  actions=drop\n-table=3  actions=drop\n";
    expect(await ofctl(words, env)).toMatchObject({ status: 2, stdout });
  });

  describe("with --names", () => {
    let named: Switch;
    beforeAll(async () => {
      named = new Switch({ datapathId: 3n, tables: 3 });
      named.addPort({ portNo: 1, name: "eth1" });
      named.addPort({ portNo: 2, name: "eth2" });
      await named.listen(`punix:${dir}/br2.mgmt`);
    });
    afterAll(() => named.close());
    afterEach(() => run("del-flows", "br2"));

    const FLOW = "in_port=1,actions=resubmit:2,output:1,write_actions(output:2),goto_table:1";
    const BY_NAME = "in_port=eth1 actions=resubmit:eth2,output:eth1,write_actions(output:eth2),goto_table:1\n";

    test("ports have their names in matches and in actions, of a switch and of a file", async () => {
      await run("add-flow", "br2", FLOW);
      const other = FLOW.replace("output:1", "output:eth2");
      const difference = await run("--names", "diff-flows", "br2", file("other", other));
      expect(difference).toMatchObject({ status: 2, stdout: `-${BY_NAME}+${BY_NAME.replace("output:eth1", "output:eth2")}` });
      expect(await run("diff-flows", "br2", file("other", other))).toMatchObject({ status: 1, stdout: "" });
      expect((await run("--canonical", "--names", "diff-flows", "br2", file("none", ""))).stdout).toBe(`-${BY_NAME}`);
    });

    test("so they have in what --dry-run shows", async () => {
      expect((await run("--names", "--dry-run", "replace-flows", "br2", file("one", FLOW))).stdout).toBe(`+${BY_NAME}`);
    });
  });

  test("replace-flows sends again what differs by its letter, unless --canonical is given", async () => {
    await run("add-flow", "br0", "cookie=1,ip,actions=mod_nw_src:1.2.3.4,output:1");
    const wanted = file("wanted", "cookie=1,ip,actions=mod_nw_src:1.2.3.4,output:1");
    const sent = async (...words: string[]) => {
      const { stderr } = await run("-vvconn:console:dbg", ...words, "replace-flows", "br0", wanted);
      return stderr.split("\n").filter((line) => line.includes("sent (Success): OFPT_FLOW_MOD")).length;
    };
    expect(await sent()).toBe(1);
    expect(await sent("--canonical")).toBe(0);
    await run("del-flows", "br0");
  });

  test("a filter chooses among the differences", async () => {
    const words = ["--filter", "udp", "diff-flows", file("a", "tcp,actions=drop", "udp,actions=drop"), file("b", "arp,actions=drop")];
    expect(await ofctl(words, env)).toMatchObject({ status: 2, stdout: "-udp actions=drop\n" });
  });
});

describe("hints", () => {
  const wrong: readonly (readonly [words: readonly string[], hint: string])[] = [
    [["show", "br1"], "the peer speaks OpenFlow 1.3: give -O OpenFlow13"],
    [["shw", "br1"], "did you mean show?"],
    [["--naems", "show", "br1"], "did you mean --names?"],
    [["add-flow", "br0", "nw_dts=1,actions=drop"], "did you mean nw_dst?"],
    [["add-flow", "br0", "actions=outptu:1"], "did you mean output?"],
  ];
  for (const [words, hint] of wrong) {
    test(`${words.join(" ")}: ${hint}`, async () => {
      const plain = await ofctl(words, env);
      const helped = await ofctl(["--hints", ...words], env);
      const withoutTimes = (text: string): string => text.replace(/^.*\|vconn\|WARN\|.*\n/gm, "");
      expect(plain.status).toBe(1);
      expect(plain.stderr).not.toContain(hint);
      expect(withoutTimes(helped.stderr)).toBe(`${withoutTimes(plain.stderr)}ofctl: ${hint}\n`);
    });
  }
});

describe("completion", () => {
  const has = (shell: string): boolean => spawnSync(shell, ["-c", "exit"]).status === 0;
  /** What bash offers for a command line whose cursor is at its end. */
  const offered = async (line: string): Promise<string[]> => {
    const { stdout: script } = await ofctl(["completion", "bash"], env);
    const words = line.split(/(?<=[=:])|(?=[=:])|\s+/).filter((word) => word !== "");
    const program = `${script}
COMP_LINE=${JSON.stringify(line)}; COMP_POINT=\${#COMP_LINE}; COMP_WORDS=(${words.map((word) => JSON.stringify(word)).join(" ")}); COMP_CWORD=${words.length - 1}
_ofctl
printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync("bash", ["--norc", "-c", program], {
      encoding: "utf8",
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    })
      .split("\n")
      .filter((word) => word !== "");
  };

  test("in bash offers commands, options, values, bridges, files, fields and actions", async () => {
    expect(await offered("ofctl dump-f")).toEqual(["dump-flows"]);
    expect(await offered("ofctl -O OpenFlow13 dump-f")).toEqual(["dump-flows"]);
    expect(await offered("ofctl --dry")).toEqual(["--dry-run"]);
    expect(await offered("ofctl --format=nd")).toEqual(["ndjson"]);
    expect(await offered("ofctl -O OpenFlow1")).toHaveLength(6);
    expect(await offered("ofctl dump-flows br")).toEqual(["br0", "br1"]);
    expect(await offered("ofctl dump-flows u")).toEqual(["unix:"]);
    expect(await offered("ofctl view h")).toEqual(["html"]);
    expect(await offered("ofctl add-flow br0 nw_d")).toEqual(["nw_dst"]);
    expect(await offered("ofctl add-flow br0 tcp,nw_d")).toEqual(["tcp,nw_dst"]);
    expect(await offered("ofctl dump-flows br0 tcp,tp_dst=80,nw_sr")).toEqual(["80,nw_src"]);
    expect(await offered("ofctl add-flow br0 tcp,actions=out")).toContain("output");
    file("some-flows", "actions=drop");
    expect(await offered(`ofctl add-flows br0 ${dir}/some-f`)).toEqual([`${dir}/some-flows`]);
  });

  test("in the other shells is a script that they take", async () => {
    for (const shell of ["zsh", "fish"]) {
      const { status, stdout } = await ofctl(["completion", shell], env);
      expect(status).toBe(0);
      expect(stdout).toContain("dump-flows");
      if (has(shell)) expect(spawnSync(shell, ["-n"], { input: stdout }).status).toBe(0);
    }
    expect(await ofctl(["completion", "bsh"], env)).toMatchObject({ status: 1, stderr: expect.stringContaining("did you mean bash") });
  });
});
