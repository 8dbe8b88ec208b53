/** The names of the library in the tables of the guides. Their programs are run by test/guides. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

test("every name of the library that the guides use exists", async () => {
  const rooms = await Promise.all(
    ["ofp", "controller", "bytes", "packet", "vconn"].map((room) => import(`${ROOT}/src/${room}/mod.ts`) as Promise<object>),
  );
  const known = new Set(rooms.flatMap((room) => Object.keys(room)));
  const used = [
    "FlowModCommand",
    "PortNo",
    "PacketInReason",
    "NO_BUFFER",
    "masked",
    "parseMac",
    "formatMac",
    "apply",
    "Output",
    "SetField",
    "Resubmit",
    "Learn",
    "ControllerRole",
    "messageFromJSON",
    "ethernetOf",
    "BulkError",
    "OpenFlowError",
    "ProtocolError",
    "GroupFeaturesRequest",
    "Rconn",
    "serve",
  ];
  for (const name of used) {
    expect(known, name).toContain(name);
  }
});

test("the guide from Open vSwitch has each function of vconn.h and rconn.h, and names that are there", async () => {
  const page = readFileSync(join(ROOT, "docs/guide/from-openvswitch.md"), "utf8");
  const vconn =
    "usage verify_name open close get_name get_allowed_versions set_allowed_versions get_version set_recv_any_version connect recv send recv_xid transact transact_noreply transact_multiple_noreply transact_multipart dump_flows bundle_transact run run_wait get_status open_block connect_block send_block recv_block wait connect_wait recv_wait send_wait";
  const rconn =
    "create set_dscp get_allowed_versions get_dscp set_max_backoff get_max_backoff set_probe_interval get_probe_interval connect connect_unreliably reconnect disconnect destroy run run_wait recv recv_wait send send_with_limit add_monitor get_name set_name get_target is_reliable is_alive is_connected is_admitted failure_duration get_version get_state get_last_connection get_last_disconnect get_connection_seqno get_last_error count_txqlen packet_counter_create packet_counter_destroy packet_counter_inc packet_counter_dec packet_counter_n_packets packet_counter_n_bytes";
  const pvconn = "verify_name open get_name close accept wait";
  const functions = Object.entries({ vconn, rconn, pvconn }).flatMap(([prefix, names]) =>
    names.split(" ").map((name) => `${prefix}_${name}`),
  );
  expect(functions.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  const { Rconn, Vconn } = (await import(`${ROOT}/src/vconn/mod.ts`)) as Readonly<Record<string, { readonly prototype: object }>>;
  const members = (type: object | null): string[] =>
    type === null ? [] : [...Object.getOwnPropertyNames(type), ...members(Object.getPrototypeOf(type) as object | null)];
  const known = new Set([...members(Rconn!.prototype), ...members(Vconn!.prototype)]);
  for (const [, name] of page.matchAll(/`(?:vconn|rconn)\.(\w+)/g))
    if (!/^(h$|on|stream|name|recvAny|target|send)/.test(name!)) expect(known, name).toContain(name);
});
