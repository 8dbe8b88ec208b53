/** What we extract from packets, and the packets that we make of flows, are those of the installed `ovs-ofctl`. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { toHex } from "../src/bytes/mod.js";
import { SouthboundError } from "../src/errors/mod.js";
import { formatFlowOfPacket, formatPacket, parsePacket, plainDump, vlanForms } from "../src/ofp/syntax/mod.js";
import { pick, type RandomSource } from "../src/testing/arbitrary-source.js";
import { seededSource } from "../src/testing/mod.js";
import { classicCaptureWriter } from "../src/vconn/mod.js";
import { withPeers } from "./harness/peers.js";
import { run } from "./harness/process.js";

const { describe, test } = withPeers(["ovs-ofctl"]);

/** Values of fields, by how they are written. */
const VALUES = {
  mac: ["00:00:00:00:00:00", "50:54:00:00:00:05", "ff:ff:ff:ff:ff:ff"],
  ip4: ["0.0.0.0", "10.0.0.1", "192.168.255.254", "10.0.0.1/8"],
  ip6: ["::", "fe80::1", "2001:db8::5", "2001:db8::5/0xff"],
  number: ["0", "1", "2", "3", "8", "128", "135", "255", "0x10", "x", ""],
  type: ["0x800", "0x86dd", "0x806", "0x8847", "0x894f", "0x8100", "0x05ff", "0x1234", "0x5"],
  frag: ["no", "first", "later", "not_later"],
  flags: ["syn", "syn|ack", "ack", "0x12", "+syn-ack", "0"],
  state: ["trk|new", "+trk", "0x21"],
  packetType: ["(0,0)", "(1,0x800)", "(1,0x894f)"],
} as const;

const FIELDS: Readonly<Record<keyof typeof VALUES, string>> = {
  mac: "dl_src dl_dst eth_src nd_sll nd_tll arp_sha arp_tha",
  ip4: "nw_src nw_dst ip_src arp_spa arp_tpa ct_nw_src",
  ip6: "ipv6_src ipv6_dst nd_target",
  number: `dl_vlan dl_vlan_pcp vlan_tci vlan_vid vlan_pcp nw_proto nw_tos ip_dscp nw_ecn nw_ttl tp_src tp_dst tcp_src udp_dst sctp_src icmp_type icmp_code icmpv6_type
    icmpv6_code nd_reserved nd_options_type arp_op mpls_label mpls_tc mpls_bos mpls_ttl in_port reg0 xreg1 metadata pkt_mark ct_zone ct_mark ct_nw_proto ct_tp_src tun_id
    nsh_flags nsh_ttl nsh_np nsh_spi nsh_c1 nsh_mdtype conj_id recirc_id dp_hash ipv6_label nonsense`,
  type: "dl_type",
  frag: "nw_frag",
  flags: "tcp_flags",
  state: "ct_state",
  packetType: "packet_type",
};
const KIND_OF = new Map(Object.entries(FIELDS).flatMap(([kind, names]) => names.split(/\s+/).map((name) => [name, kind] as const)));

const IP = "dl_dst dl_vlan dl_vlan_pcp nw_src ipv6_src nw_tos nw_ecn nw_ttl nw_frag";
/** Fields that go with each word for a kind of packets. */
const LIKELY: Readonly<Record<string, string>> = {
  ...{ ip: `nw_proto ${IP}`, ipv6: `nw_proto ipv6_label ipv6_dst ${IP}`, tcp: `tp_src tp_dst tcp_flags ${IP}` },
  ...{ tcp6: `tcp_src tcp_flags ${IP}`, udp: `udp_dst tp_src ${IP}`, icmp: `icmp_type icmp_code ${IP}`, sctp: `sctp_src ${IP}` },
  icmp6: "icmpv6_type icmpv6_code nd_target nd_sll nd_tll nd_reserved nd_options_type ipv6_src nw_frag",
  arp: "arp_op arp_spa arp_tpa arp_sha arp_tha dl_src",
  rarp: "arp_op arp_spa",
  mpls: "mpls_label mpls_tc mpls_bos mpls_ttl dl_vlan",
};

function flowText(source: RandomSource): string {
  const word = pick(source, Object.keys(LIKELY));
  const likely = LIKELY[word]!.split(" ");
  const parts = source.integer(0, 9) === 0 ? [] : [word];
  for (let i = source.integer(0, 5); i > 0; i--) {
    const name = pick(source, source.integer(0, 9) < 8 ? likely : [...KIND_OF.keys()]);
    parts.push(`${name}=${pick<string>(source, VALUES[KIND_OF.get(name) as keyof typeof VALUES])}`);
  }
  return parts.join(",");
}

const PAYLOADS: readonly (string | undefined)[] = [undefined, undefined, "", "00", "0102030405", "ab".repeat(1400)];

/** What `ovs-ofctl compose-packet` has to print, and its status. */
function composed(
  flow: string,
  payload: string | undefined,
): { readonly stdout: string; readonly stderr: string; readonly status: number } {
  try {
    const { bytes, differs } = parsePacket(flow, payload === undefined ? undefined : Buffer.from(payload, "hex"));
    const stdout = plainDump(bytes).replace("-\n", "\n");
    if (differs === undefined) return { stdout, stderr: "", status: 0 };
    return {
      stdout,
      stderr: `specified and extracted flows differ:\nspecified: ${differs.specified}\nextracted: ${differs.extracted}`,
      status: 1,
    };
  } catch (e) {
    if (!SouthboundError.is(e) || e.code !== "ERR_SYNTAX") throw e;
    return { stdout: "", stderr: `ovs-ofctl: ${e.message}\n`, status: 1 };
  }
}

/** Ethernet frames: made of flows, then with tags, changed bytes, cut short and padded. */
function frames(source: RandomSource, count: number): Uint8Array[] {
  const some = Object.keys(LIKELY).map((word) => parsePacket(word).bytes);
  const head = Buffer.alloc(12).toString("hex");
  const nsh = ["0fc60103000001ff", "0fc2020300000104", "4fc60103000001ff"].map((base) =>
    Buffer.from(`${head}894f${base}${"07".repeat(30)}`, "hex"),
  );
  const made: Uint8Array[] = [];
  while (made.length < count) {
    let frame = Buffer.from(pick<Uint8Array>(source, [...some, ...nsh]));
    for (let tags = source.integer(0, 3); tags > 0; tags--) {
      const tag = Buffer.from([
        ...pick(source, [
          [0x81, 0],
          [0x88, 0xa8],
        ]),
        source.integer(0, 255),
        source.integer(0, 255),
      ]);
      frame = Buffer.concat([frame.subarray(0, 12), tag, frame.subarray(12)]);
    }
    for (let edits = source.integer(0, 4); edits > 0; edits--)
      frame[source.integer(0, frame.length - 1)] = pick(source, [source.integer(0, 255), 0, 255, 43, 44, 51, 60]);
    if (source.integer(0, 3) === 0) frame = frame.subarray(0, source.integer(1, frame.length));
    if (source.integer(0, 3) === 0) frame = Buffer.concat([frame, Buffer.alloc(source.integer(1, 40))]);
    made.push(frame);
  }
  return made;
}

describe("packets", () => {
  test("flows of random frames", async () => {
    const dir = await mkdtemp(join(tmpdir(), "southbound-packets-"));
    try {
      const all = frames(seededSource(1), 5000);
      const file = join(dir, "frames.pcap");
      await writeFile(file, Buffer.concat([classicCaptureWriter.header(), ...all.map((frame) => classicCaptureWriter.packet(0, frame))]));
      const { stdout } = await run("ovs-ofctl", ["parse-pcap", file]);
      const lines = stdout.split("\n");
      for (const [i, frame] of all.entries()) expect(formatFlowOfPacket(frame), toHex(frame)).toBe(lines[i]);
      for (const frame of all.slice(0, 50)) {
        const printed = await run("ovs-ofctl", ["parse-packet"], { input: frame });
        expect(formatPacket(frame), toHex(frame)).toBe(printed.stdout);
      }
    } finally {
      await rm(dir, { recursive: true });
    }
  }, 60_000);

  test("frames of random flows, and the flows that are refused", async () => {
    const source = seededSource(2);
    let good = 0;
    for (let i = 0; i < 400; i++) {
      const flow = flowText(source);
      const payload = pick(source, PAYLOADS);
      const { stdout, stderr, status } = await run("ovs-ofctl", ["compose-packet", flow, ...(payload === undefined ? [] : [payload])]);
      expect(composed(flow, payload), flow).toEqual({ stdout, stderr, status });
      if (status === 0) good++;
    }
    expect(good).toBeGreaterThan(50);
  }, 60_000);

  test("random VLAN tags in each form of a match", async () => {
    const source = seededSource(3);
    for (let i = 0; i < 150; i++) {
      const tci = pick(source, [source.integer(0, 0xffff), 0, 0x1000, 0x1fff, 1 << source.integer(0, 15)]);
      const mask = pick(source, [source.integer(0, 0xffff), 0, 0xffff, 0x1fff, 0xe000, 0xf000, 0x1000, 0xefff]);
      const words = [tci.toString(16), mask.toString(16)];
      const { stdout } = await run("ovs-ofctl", ["check-vlan", ...words]);
      expect(vlanForms(tci, mask), words.join("/")).toBe(stdout);
    }
  }, 60_000);
});
