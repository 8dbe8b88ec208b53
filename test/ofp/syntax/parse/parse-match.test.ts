import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SouthboundError } from "../../../../src/errors/mod.js";
import { Match, masked, PortNo } from "../../../../src/ofp/mod.js";
import { formatMatch, parseMatch, SyntaxFault } from "../../../../src/ofp/syntax/mod.js";

/** Each as `ovs-ofctl parse-flow` prints it. */
const PRINTED: readonly (readonly [text: string, printed: string])[] = [
  ["", ""],
  ["ip,nw_dst=10.0.0.0/8", "ip,nw_dst=10.0.0.0/8"],
  ["ip nw_dst=10.1.2.3/255.0.0.0", "ip,nw_dst=10.0.0.0/8"],
  ["ip,ip_src=10.0.0.1/255.0.255.0", "ip,nw_src=10.0.0.0/255.0.255.0"],
  ["tcp,tp_dst=80,nw_src=1.2.3.4", "tcp,nw_src=1.2.3.4,tp_dst=80"],
  ["tcp,tcp_dst=0x50", "tcp,tp_dst=80"],
  ["udp,tp_src=0x10/0xfff0", "udp,tp_src=0x10/0xfff0"],
  ["in_port=3,dl_vlan=5,dl_vlan_pcp=3", "in_port=3,dl_vlan=5,dl_vlan_pcp=3"],
  ["in_port=local", "in_port=LOCAL"],
  ["in_port=65534", "in_port=LOCAL"],
  ["dl_vlan=*", ""],
  ["dl_src=0:1:2:3:4:5/ff:ff:ff:00:00:00", "dl_src=00:01:02:00:00:00/ff:ff:ff:00:00:00"],
  ["ct_state=+trk-new,ip", "ct_state=-new+trk,ip"],
  ["ct_state=0x20/0x21", "ct_state=-new+trk"],
  ["ct_state=trk|est", "ct_state=est|trk"],
  ["ipv6,ipv6_src=2001:db8::1/32", "ipv6,ipv6_src=2001:db8::/32"],
  ["arp,arp_spa=1.2.3.4,arp_op=1", "arp,arp_spa=1.2.3.4,arp_op=1"],
  ["reg0=5,reg1=0x10/0xf0", "reg0=0x5,reg1=0x10/0xf0"],
  ["xreg0=0x123456789", "reg0=0x1,reg1=0x23456789"],
  ["metadata=0x5/0xf", "metadata=0x5/0xf"],
  ["tun_id=5,tunnel_id=6", "tun_id=0x6"],
  ["ip,nw_tos=252,nw_ecn=2,nw_ttl=3", "ip,nw_tos=252,nw_ecn=2,nw_ttl=3"],
  ["icmp6,icmpv6_type=135,nd_target=::1", "icmp6,icmp_type=135,nd_target=::1"],
  ["icmp,icmp_type=8", "icmp,icmp_type=8"],
  ["tcp,tcp_flags=+syn-ack", "tcp,tcp_flags=+syn-ack"],
  ["tcp,tcp_flags=syn|ack", "tcp,tcp_flags=syn|ack"],
  ["tun_metadata0=0x1234", "tun_metadata0=0x1234"],
  ["tun_metadata3", "tun_metadata3"],
  ["ip,ip_frag=later", "ip,nw_frag=later"],
  ["packet_type=(1,0x800),nw_src=1.1.1.1", "packet_type=(1,0x800),nw_src=1.1.1.1"],
  ["mpls,mpls_label=5,mpls_tc=2", "mpls,mpls_label=5,mpls_tc=2"],
  ["ct_label=0x1/0xff", "ct_label=0x1/0xff"],
  ["dl_type=0x894f,nsh_spi=5,nsh_si=3", "dl_type=0x894f,nsh_spi=0x5,nsh_si=3"],
  ["dl_type=0x0800", "ip"],
  ["dl_dst=+1:-1:0x5:0:0:0/-1:ff:ff:0:0:0", "dl_dst=01:ff:05:00:00:00/ff:ff:ff:00:00:00"],
  ["ip,nw_src=+10.0.0.256/08", "ip,nw_src=10.0.0.0/8"],
  ["nw_src=*,ipv6_dst=*,tcp_flags=*,ip_frag=*,reg0=*,in_port=1", "in_port=1"],
  ["tun_metadata1=*,tun_metadata2=0,tun_metadata3=5/0x88", "tun_metadata1,tun_metadata2=0,tun_metadata3=0/0x88"],
  ["reg0=0x0000000000000000000000000000000000000005", "reg0=0x5"],
  ["ct_state=0x100000021", "ct_state=new|trk"],
  ["icmp,tcp_src=0x108", "icmp,icmp_type=8"],
  // the value counts for the mask
  ["tun_gtpu_flags=0,tun_erspan_ver=2,tun_erspan_hwid=0xf/0x1", "tun_erspan_ver=2,tun_erspan_hwid=0x1"],
  // fields that the packets cannot have
  ["nw_src=1.2.3.4", ""],
  ["arp,tp_src=5", "arp"],
];

describe("a match", () => {
  test.each(PRINTED)("%s", (text, printed) => {
    expect(formatMatch(parseMatch(text))).toBe(printed);
  });

  test("is the one that the API makes", () => {
    const made = Match.of({ ethType: 0x0800, ipProto: 6, ipv4Dst: masked(0x0a000000, 0xff000000), tcpDst: 80, inPort: PortNo.Local });
    expect(parseMatch("tcp,nw_dst=10.0.0.0/8,tp_dst=80,in_port=LOCAL").equals(made)).toBe(true);
  });

  test("has a tag as one field in Nicira's lists", () => {
    expect(parseMatch("dl_vlan=5,dl_vlan_pcp=3", { list: 0 }).toJSON()).toEqual({ vlanTci: 0x7005 });
    expect(parseMatch("dl_vlan=5", { list: 0 }).toJSON()).toEqual({ vlanTci: { value: 0x1005, mask: 0x1fff } });
    expect(parseMatch("dl_vlan=5").toJSON()).toEqual({ vlanVid: 0x1005 });
  });

  test("has the names of ports that it is given", () => {
    const ports = new Map([
      ["eth0", 7],
      ["br-int", 9],
    ]);
    expect(parseMatch("in_port=eth0", { ports }).inPort).toBe(7);
    expect(parseMatch('in_port="br-int"', { ports }).inPort).toBe(9);
    expect(() => parseMatch("in_port=eth1", { ports })).toThrow("eth1: invalid or unknown port for in_port");
  });
});

describe("what is wrong is told as ovs-ofctl tells it", () => {
  test.each([
    ["foo=1", "unknown keyword foo"],
    ["nw_src=1.2.3", "1.2.3: invalid IP address"],
    ["nw_src=1.2.3.4/33x", "1.2.3.4/33x: IPv4 network prefix bits not between 0 and 32, inclusive"],
    ["ipv6_src=::1/64x", "::1/64x: invalid IPv6 address"],
    ["ipv6_src=::1/abc", "::1/abc: Invalid IPv6 mask"],
    ["ipv6_src=::1/", "::1/: invalid IPv6 address"],
    ["nw_src=1.2.3.4/33", "1.2.3.4/33: IPv4 network prefix bits not between 0 and 32, inclusive"],
    ["ipv6_src=::1/129", "::1/129: IPv6 network prefix bits not between 0 and 128, inclusive"],
    ["ipv6_src=::x", "::x: invalid IPv6 address"],
    ["dl_src=1:2:3", "1:2:3: invalid Ethernet address"],
    ["tp_src=70000", "70000: value too large for 2-byte field tcp_src"],
    ["tp_src=x", "x: bad syntax for tcp_src value"],
    ["tp_src=1/x", "1/x: bad syntax for tcp_src mask"],
    ["nw_proto=1/1", "1/1: invalid mask for field nw_proto"],
    ["in_port=no", "no: invalid or unknown port for in_port"],
    ["in_port=-1", "-1: invalid or unknown port for in_port"],
    ["ct_state=+foo", "foo: unknown ct_state flag(s)"],
    ["ct_state=+trk+trk", "trk: Each ct_state flag can be specified only once"],
    ["ct_state=foo", "foo: unknown ct_state flag(s)"],
    ["packet_type=1", "1: bad syntax for packet type missing '('"],
    ["ip_frag=maybe", 'maybe: unknown fragment type (valid types are "no", "yes", "first", "later", "not_later"'],
  ])("%s", (text, message) => {
    const thrown = (): unknown => {
      try {
        return parseMatch(text);
      } catch (e) {
        return e;
      }
    };
    const e = thrown();
    expect(e).toBeInstanceOf(SyntaxFault);
    expect((e as SyntaxFault).message).toBe(message);
    expect((e as SyntaxFault).code).toBe("ERR_SYNTAX");
    expect((e as SyntaxFault).offset).toBeGreaterThanOrEqual(0);
  });

  test("for any text, and nothing else is thrown", () => {
    const words = fc.constantFrom(
      ...[..."=:(),+-/|*[]. "],
      "0x",
      "tcp",
      "nw_src",
      "ct_state",
      "reg0",
      "tun_metadata1",
      "packet_type",
      "1",
      "trk",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), (parts) => {
        try {
          parseMatch(parts.join(""));
        } catch (e) {
          if (!SouthboundError.is(e) || e.code !== "ERR_SYNTAX") throw e;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a megabyte of", () => {
  test.each(["(", ",", "clone(", "1", "reg0=", "ct_state=+", "ct_state=1|", "a", "[", "0x", "=", " ", ":"])("%s ends", (piece) => {
    const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
    for (const prefix of ["", "ct_state=", "reg0=", "nw_src=", "ipv6_src=", "dl_src=", "tun_metadata0=0x", "in_port=", "packet_type=("]) {
      try {
        parseMatch(prefix + text);
      } catch (e) {
        if (!SouthboundError.is(e) || e.code !== "ERR_SYNTAX") throw e;
      }
    }
  });
});
