/** One direction of a connection. What ICMP has instead of ports lies in the same place: the identifier, and the code and the type as the two bytes of a port. */
export interface CtTuple {
  /** An IPv4 address stands in `::ffff:0:0/96`. */
  source: bigint;
  /** Likewise. */
  destination: bigint;
  sourcePort: number;
  destinationPort: number;
}

/** A direction of which nothing is known. */
export const emptyTuple = (): CtTuple => ({ source: 0n, destination: 0n, sourcePort: 0, destinationPort: 0 });

/** Where IPv4 addresses begin among those of IPv6. */
export const MAPPED = 0xffffn << 32n;

/** Whether an address is one of IPv4. */
export const isMapped = (address: bigint): boolean => address >> 32n === MAPPED >> 32n;

/** Whether a protocol above IP is ICMP's of IPv4 or IPv6. */
export const isIcmp = (proto: number): boolean => proto === 1 || proto === 58;
