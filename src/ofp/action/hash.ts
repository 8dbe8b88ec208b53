import { named } from "../../errors/mod.js";
import { enumeration, U16, u16, u32 } from "../../schema/mod.js";
import { action, nicira } from "./header.js";
import { portList } from "./number-list.js";
import { packedSubfield } from "./subfield-kinds.js";

/** What of a packet is hashed. (NX_HASH_FIELDS_*) */
export const HashFields = named("HashFields", {
  /** The Ethernet source address. */
  EthSrc: 0,
  /** Addresses and ports, alike in both directions. */
  SymmetricL4: 1,
  /** IP addresses and TCP or SCTP ports, alike in both directions. */
  SymmetricL3L4: 2,
  /** The same with UDP ports. */
  SymmetricL3L4Udp: 3,
  /** The IP source address. */
  NwSrc: 4,
  /** The IP destination address. */
  NwDst: 5,
  /** IP addresses, alike in both directions. */
  SymmetricL3: 6,
});

/** How a link is chosen by a hash. (NX_MP_ALG_*) */
export const MultipathAlgorithm = named("MultipathAlgorithm", { ModuloN: 0, HashThreshold: 1, HighestRandomWeight: 2, IterHash: 3 });

/** How a member is chosen. (NX_BD_ALG_*) */
export const BundleAlgorithm = named("BundleAlgorithm", { ActiveBackup: 0, HighestRandomWeight: 1 });

/** Hashes the packet to the number of a link and puts that into part of a field. Nicira's action 10 (NXAST_MULTIPATH) */
export const Multipath = action(
  "Multipath",
  "multipath",
  {
    hashFields: enumeration(U16, HashFields, HashFields.EthSrc),
    /** Goes into the hash. */
    basis: u16(),
    algorithm: enumeration(U16, MultipathAlgorithm, MultipathAlgorithm.ModuloN),
    /** The highest number of a link. */
    maxLink: u16(),
    /** What the algorithm has beside. */
    arg: u32(),
    dst: packedSubfield(),
  },
  { "1.0+": { key: nicira(10), slots: ["hashFields", "basis", "pad:2", "algorithm", "maxLink", "arg", "pad:2", "dst"] } },
);
/** See the class. */
export type Multipath = InstanceType<typeof Multipath>;

/** The only kind of members that there is: the NXM header of the port that a packet comes in by. */
const OFPORT = 0x00000002;

const MEMBERS = {
  algorithm: enumeration(U16, BundleAlgorithm, BundleAlgorithm.HighestRandomWeight),
  hashFields: enumeration(U16, HashFields, HashFields.EthSrc),
  /** Goes into the hash. */
  basis: u16(),
  /** What the members are, by an NXM header: always ports. */
  memberType: u32(OFPORT),
  /** The ports to choose from. */
  members: portList(),
} as const;

/** Sends the packet out of one of several ports that is up. Nicira's action 12 (NXAST_BUNDLE) */
export const Bundle = action("Bundle", "bundle", MEMBERS, {
  "1.0+": {
    key: nicira(12),
    slots: ["algorithm", "hashFields", "basis", "memberType", "countOf:members", "zero:10:OFPBAC_BAD_ARGUMENT", "members", "rest"],
  },
});
/** See the class. */
export type Bundle = InstanceType<typeof Bundle>;

/** Puts one of several ports that is up into part of a field. Nicira's action 13 (NXAST_BUNDLE_LOAD) */
export const BundleLoad = action(
  "BundleLoad",
  "bundle-load",
  { ...MEMBERS, dst: packedSubfield() },
  {
    "1.0+": {
      key: nicira(13),
      slots: ["algorithm", "hashFields", "basis", "memberType", "countOf:members", "dst", "pad:4", "members", "rest"],
    },
  },
);
/** See the class. */
export type BundleLoad = InstanceType<typeof BundleLoad>;
