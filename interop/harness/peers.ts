/**
 * The real programs that the interop tests talk to. `scripts/install-peers.sh` installs them on Debian and Ubuntu.
 *
 * ```ts
 * const { describe } = withPeers(["ovs-vswitchd", "ovs-ofctl"]);
 * describe("a real switch", () => { … });
 * ```
 * Where a peer is missing these tests are skipped, and `npm test` counts them with the peer's name; with `CI=true` they fail.
 */
import { existsSync } from "node:fs";
import * as vitest from "vitest";
import { which } from "./which.js";

declare module "vitest" {
  interface TaskMeta {
    /** The peers that are not installed and for which the test was skipped; `scripts/test.mjs` counts them. */
    missingPeers?: PeerName[];
  }
}

/** The schema of the database that Open vSwitch keeps its configuration in. */
export const OVS_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";
/** Open vSwitch's daemon that was built with DPDK; `ovs-vswitchd` stays the one without. */
export const OVS_DPDK_SWITCH = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk";

const PEERS = {
  "ovs-vswitchd": { programs: ["ovs-vswitchd", "ovsdb-server", "ovsdb-tool", "ovs-vsctl", "ovs-appctl"], files: [OVS_SCHEMA] },
  "ovs-ofctl": { programs: ["ovs-ofctl"], files: [] },
  "ovs-testcontroller": { programs: ["ovs-testcontroller"], files: [] },
  cc: { programs: ["cc"], files: [] },
  "dpdk-testpmd": { programs: ["dpdk-testpmd"], files: [] },
  "ovs-dpdk": { programs: ["ovsdb-server", "ovsdb-tool", "ovs-vsctl", "unshare"], files: [OVS_DPDK_SWITCH, OVS_SCHEMA] },
  openssl: { programs: ["openssl"], files: [] },
  tshark: { programs: ["tshark"], files: [] },
} as const;

/** A real program that tests talk to. */
export type PeerName = keyof typeof PEERS;

/** Whether a peer is installed, with all that it needs. */
export function havePeer(peer: PeerName): boolean {
  const { programs, files } = PEERS[peer];
  return programs.every((program) => which(program) !== undefined) && files.every((file) => existsSync(file));
}

/** The `describe` and `test` of tests that need peers. */
export interface PeerTests {
  describe(name: string, tests: () => void): void;
  /** @param timeout - milliseconds */
  test(name: string, body: () => void | Promise<void>, timeout?: number): void;
}

/** Whether this run has to have every peer. */
const inCi = process.env.CI === "true" || process.env.CI === "1";

/** The `describe` and `test` for tests that need all of `peers`. */
export function withPeers(peers: readonly PeerName[]): PeerTests {
  const missingPeers = peers.filter((peer) => !havePeer(peer));
  if (missingPeers.length === 0) {
    return {
      describe: (name, tests) => void vitest.describe(name, tests),
      test: (name, body, timeout) => void vitest.test(name, { ...(timeout !== undefined && { timeout }) }, body),
    };
  }
  if (inCi) {
    const fail = () => {
      throw new Error(`${missingPeers.join(", ")} is not installed, and with CI=true it has to be: see scripts/install-peers.sh`);
    };
    return {
      describe: (name) => void vitest.describe(name, () => void vitest.test("has its peers", fail)),
      test: (name) => void vitest.test(name, fail),
    };
  }
  return {
    describe: (name, tests) => void vitest.describe.skip(name, { meta: { missingPeers } }, tests),
    test: (name, body) => void vitest.test.skip(name, { meta: { missingPeers } }, body),
  };
}
