/** The same commands with `ovs-ofctl` on one bridge and with ours on its twin: what they print and their status are the same, and so are the flows in the end. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect } from "vitest";
import { SOAK } from "../test/soak.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { type RunResult, run } from "./harness/process.js";

const OFCTL = fileURLToPath(new URL("../bin/ofctl.js", import.meta.url));
const { describe, test } = withPeers(["ovs-vswitchd", "ovs-ofctl"]);

/** A bridge, and the letter that the names of its ports begin with. */
interface Twin {
  readonly bridge: string;
  readonly letter: string;
}
const REAL: Twin = { bridge: "real", letter: "r" };
const OURS: Twin = { bridge: "ours", letter: "o" };

/** What each file holds that a command names. */
const FILES: Readonly<Record<string, string>> = {
  "some.txt":
    "# flows\n\npriority=5,tcp,tp_dst=80 actions=output:1\nin_port=2,dl_vlan=7 actions=strip_vlan,output:1 # one more\nadd arp actions=NORMAL\n",
  "more.txt":
    "priority=5,tcp,tp_dst=80 actions=output:2\nudp actions=drop\ncookie=0x5,ip,nw_dst=10.0.0.0/8,idle_timeout=6000 actions=output:1\n",
  "mixed.txt": "add priority=7,udp actions=drop\nmodify tcp actions=output:1\ndelete_strict priority=7,udp\ndelete arp\n",
  "wrong.txt": "ip actions=drop\n\nnonsense actions=drop\n",
  "groups.txt":
    "group_id=11,type=all,bucket=output:1\nmodify group_id=11,type=all,bucket=output:2\nadd group_id=12,type=indirect,bucket=output:1\n",
  "bundle.txt": "flow add priority=3,ip,actions=output:1\ngroup add group_id=30,type=all,bucket=output:2\n",
  "refused.txt": "flow add priority=4,ip,actions=output:1\ngroup add group_id=30,type=all,bucket=output:2\n",
  "tables.txt": "table=1,ip actions=resubmit(,2)\ntable=2,reg0=5 actions=output:1\n",
};

/** Commands for every version; BR is the bridge, P its letter, DIR where the files are. */
const EVERYWHERE: readonly string[] = [
  "show BR",
  "dump-desc BR",
  "dump-tables BR",
  "dump-flows BR",
  "add-flow BR ip,nw_dst=10.0.0.0/8,actions=output:1",
  "add-flow BR priority=10,tcp,tp_dst=80,actions=mod_nw_dst:10.0.0.1,output:2",
  "add-flow BR in_port=P1,actions=output:P2",
  "add-flow BR cookie=0x1234,dl_vlan=5,actions=strip_vlan,LOCAL",
  "add-flow BR idle_timeout=3000,hard_timeout=9000,arp,actions=NORMAL",
  "add-flow BR ipv6,ipv6_dst=2001:db8::/32,actions=CONTROLLER:128",
  "add-flow BR nonsense=5,actions=drop",
  "add-flow BR tcp,actions=output:nobody",
  "add-flow BR ip",
  "dump-flows BR",
  "dump-flows BR ip",
  "dump-flows BR in_port=P1",
  "dump-flows BR cookie=0x1234/-1",
  "dump-flows BR out_port=P2",
  "dump-flows BR table=0,tcp",
  "dump-flows BR nonsense",
  "--no-stats dump-flows BR arp",
  "--names --no-stats dump-flows BR in_port=1",
  "--no-names dump-flows BR in_port=1",
  "--sort --no-stats dump-flows BR priority=10,tcp",
  "--sort=nonsense dump-flows BR",
  "dump-aggregate BR",
  "dump-aggregate BR ip",
  "mod-flows BR ip,actions=output:2",
  "--strict mod-flows BR priority=10,tcp,tp_dst=80,actions=drop",
  "dump-flows BR",
  "del-flows BR dl_vlan=5",
  "--strict del-flows BR arp",
  "del-flows BR out_port=2",
  "dump-flows BR",
  "add-flows BR DIR/some.txt",
  "add-flows BR DIR/mixed.txt",
  "add-flows BR DIR/wrong.txt",
  "add-flows BR DIR/missing.txt",
  "dump-flows BR",
  "replace-flows BR DIR/more.txt",
  "dump-flows BR",
  "--readd replace-flows BR DIR/more.txt",
  "diff-flows BR DIR/more.txt",
  "diff-flows DIR/some.txt DIR/more.txt",
  "diff-flows DIR/more.txt DIR/more.txt",
  "diff-flows BR DIR/missing.txt",
  "--bundle add-flow BR sctp,actions=drop",
  "dump-ports BR",
  "dump-ports BR P1",
  "dump-ports BR LOCAL",
  "dump-ports BR nobody",
  "dump-ports-desc BR",
  "dump-ports-desc BR P1",
  "queue-stats BR",
  "queue-stats BR P1",
  "queue-stats BR all 5",
  "queue-get-config BR P1",
  "queue-get-config BR",
  "mod-port BR P1 no-flood",
  "mod-port BR 1 down",
  "show BR",
  "mod-port BR P1 up",
  "mod-port BR P1 dance",
  "mod-port BR nobody up",
  "get-frags BR",
  "set-frags BR drop",
  "get-frags BR",
  "set-frags BR normal",
  "set-frags BR somehow",
  "dump-group-features BR",
  "dump-groups BR",
  "dump-groups BR 5",
  "dump-flows nobridge",
  "del-flows BR",
  "dump-flows BR",
];

/** Commands whose flows have tables, by the version that they are for. */
const WITH_TABLES: readonly string[] = [
  "add-flows BR DIR/tables.txt",
  "dump-flows BR",
  "dump-flows BR table=1",
  "--names dump-flows BR",
  "mod-flows BR table=1,ip,actions=drop",
  "del-flows BR table=2",
  "dump-flows BR",
  "del-flows BR",
];

/** Commands for groups, meters, packets and tables. */
const OTHERS: readonly string[] = [
  "add-group BR group_id=1,type=select,bucket=output:1,bucket=output:2",
  "add-group BR group_id=2,type=all,bucket=mod_dl_src:00:00:00:00:00:01,output:P1",
  "add-group BR group_id=3,type=nothing,bucket=output:1",
  "mod-group BR group_id=2,type=indirect,bucket=output:2",
  "mod-group BR group_id=9,type=all,bucket=output:2",
  "--may-create mod-group BR group_id=9,type=all,bucket=output:2",
  "add-groups BR DIR/groups.txt",
  "dump-groups BR",
  "dump-groups BR 1",
  "dump-group-stats BR group_id=1",
  "insert-buckets BR group_id=1,command_bucket_id=last,bucket=bucket_id:9,output:2",
  "remove-buckets BR group_id=1,command_bucket_id=first",
  "dump-groups BR",
  "--bundle add-group BR group_id=20,type=all,bucket=output:1",
  "del-groups BR group_id=2",
  "bundle BR DIR/bundle.txt",
  "bundle BR DIR/refused.txt",
  "dump-flows BR",
  "dump-groups BR",
  "del-groups BR",
  "dump-groups BR",
  "add-meter BR meter=1,kbps,burst,stats,bands=type=drop,rate=1000,burst_size=100",
  "add-meter BR meter=2,pktps,bands=type=drop",
  "mod-meter BR meter=1,pktps,bands=type=drop,rate=5",
  "dump-meters BR",
  "dump-meter BR meter=1",
  "meter-features BR",
  "del-meter BR meter=1",
  "del-meters BR",
  "dump-meters BR",
  "packet-out BR in_port=controller,packet=ffffffffffff0200000000010806,actions=output:1",
  "packet-out BR in_port=controller,packet=ff,actions=output:1",
  "packet-out BR NONE output:1 ffffffffffff0200000000010806 ffffffffffff0200000000020806",
  "packet-out BR NONE output:1",
  "mod-table BR 0 evict",
  "mod-table BR 0 vacancy:20,80",
  "mod-table BR 0 drop",
  "mod-table BR 0 nonsense",
  "dump-table-desc nobridge",
  "add-tlv-map BR {class=0xffff,type=0,len=4}->tun_metadata0",
  "dump-tlv-map BR",
  "add-tlv-map BR {class=0xffff",
  "del-tlv-map BR {class=0xffff,type=0,len=4}->tun_metadata0",
  "del-tlv-map BR",
  "dump-tlv-map BR",
  "ct-flush-zone BR 5",
  "ct-flush-zone BR x",
  "ct-flush BR zone=5 ct_nw_src=10.0.0.1,ct_nw_proto=6",
  "ct-flush BR nonsense=1",
  "dump-ipfix-bridge BR",
  "dump-ipfix-flow BR",
];

const ALL_VERSIONS = ["OpenFlow10", "OpenFlow11", "OpenFlow12", "OpenFlow13", "OpenFlow14", "OpenFlow15"];
/** Each command is a process of each tool: the versions between are left to `SOAK=1`. */
const VERSIONS = ["OpenFlow10", "OpenFlow13", "OpenFlow15"];

describe("ofctl beside ovs-ofctl", () => {
  let ovs: OpenVswitch;
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "southbound-ofctl-"));
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(dir, name), text);
    ovs = await OpenVswitch.start();
    for (const { bridge, letter } of [REAL, OURS]) {
      await ovs.addBridge(bridge, { protocols: ALL_VERSIONS });
      for (const n of [1, 2]) await ovs.addPort(bridge, `${letter}${n}`, { ofport: n });
    }
  });
  afterAll(async () => {
    await ovs?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** What is printed, without what differs from run to run or belongs to one bridge. */
  const plain = (text: string, { bridge, letter }: Twin): string =>
    text
      .replaceAll(new RegExp(`\\b${bridge}\\b`, "g"), "BR")
      .replaceAll(new RegExp(`\\b${letter}([12])\\b`, "g"), "P$1")
      .replaceAll(/^\d{4}-[^|]*\|\d+\|/gm, "")
      .replaceAll(/^(ovs-)?ofctl: /gm, "")
      .replaceAll(/xid=0x[0-9a-f]+/g, "xid")
      .replaceAll(/duration=[\d.]+s/g, "duration")
      .replaceAll(/(idle|hard)_age=\d+, /g, "")
      .replaceAll(/dpid:[0-9a-f]{16}/g, "dpid")
      .replaceAll(/addr:[0-9a-f:]{17}/g, "addr")
      .replaceAll(/unix:\S*\.mgmt/g, "SOCKET")
      .replaceAll(/(lookup|matched)=\d+/g, "$1");

  /** Lines in the order of flows, which hangs on the switch's hash tables. */
  const sorted = (text: string): string => text.split("\n").sort().join("\n");

  async function perform(twin: Twin, tool: readonly string[], version: string, command: string): Promise<RunResult> {
    const words = command
      .replaceAll("BR", twin.bridge)
      .replaceAll(/\bP([12])\b/g, `${twin.letter}$1`)
      .replaceAll("DIR", dir)
      .split(" ");
    const [program, ...before] = tool;
    const result = await run(program!, [...before, "-O", version, ...words], { env: ovs.env });
    return { ...result, stdout: sorted(plain(result.stdout, twin)), stderr: plain(result.stderr, twin) };
  }

  async function compare(version: string, command: string): Promise<void> {
    const [real, ours] = await Promise.all([
      perform(REAL, ["ovs-ofctl"], version, command),
      perform(OURS, [process.execPath, OFCTL], version, command),
    ]);
    expect(ours, `${version}: ${command}`).toEqual(real);
  }

  for (const version of SOAK ? ALL_VERSIONS : VERSIONS)
    test(`prints and does the same in ${version}`, async () => {
      for (const command of EVERYWHERE) await compare(version, command);
    }, 180_000);

  for (const version of VERSIONS)
    test(`tables in ${version}`, async () => {
      for (const command of WITH_TABLES) await compare(version, command);
    }, 90_000);

  for (const version of VERSIONS)
    test(`groups, meters, packets and tables in ${version}`, async () => {
      for (const command of OTHERS) await compare(version, command);
    }, 180_000);
});
