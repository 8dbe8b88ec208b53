/** What one connection has sent and received, hello, echo and errors included. */
export interface VconnCounters {
  /** Messages. */
  readonly sent: number;
  readonly sentBytes: number;
  /** Whole messages. */
  readonly received: number;
  /** Bytes, those of an unfinished message included. */
  readonly receivedBytes: number;
}

/** What all connections of this thread have done since it began. */
export interface VconnTotals {
  /** Connections, accepted ones included. */
  readonly opened: number;
  /** Messages received, hello and echo included. */
  readonly received: number;
  /** Messages sent, hello and echo included. */
  readonly sent: number;
}

/** The sums of the connections that have ended, and how many were opened. */
const ended: { opened: number; received: number; sent: number } = { opened: 0, received: 0, sent: 0 };

const living = new Set<VconnCounters>();

/** Counts a connection in from now on. */
export function countIn(connection: VconnCounters): void {
  ended.opened++;
  living.add(connection);
}

/** A connection has ended and counts nothing more. */
export function countOut(connection: VconnCounters): void {
  if (!living.delete(connection)) return;
  ended.sent += connection.sent;
  ended.received += connection.received;
}

/** What all connections of this thread have done, as Open vSwitch's counters `vconn_open`, `vconn_received` and `vconn_sent` count it. Costs a look at each living connection. */
export function vconnTotals(): VconnTotals {
  let { received, sent } = ended;
  for (const connection of living) {
    received += connection.received;
    sent += connection.sent;
  }
  return { opened: ended.opened, received, sent };
}
