/** Marks on the packets of sockets. ip(7) (IP_TOS), ipv6(7) (IPV6_TCLASS) */
export interface SocketCalls {
  /** Gives the packets of a socket of IP a differentiated services code point, 0 to 63: 0, or a negative errno. RFC 2474 */
  socketDscp(fd: number, dscp: number): number;
  /** The code point that the packets of a socket have, or a negative errno. */
  socketMark(fd: number): number;
}
