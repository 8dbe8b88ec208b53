/** The program of the neighbour's thread. It knows nothing of `src`: plain bytes over a plain socket. Made into one file and started by `Server.neighbour` in neighbour.ts. */
import { connect, type Socket } from "node:net";
import { connect as connectTls, type SecureContextOptions } from "node:tls";
import { parentPort, workerData } from "node:worker_threads";

/** What the neighbour is to do. */
export interface NeighbourOptions {
  readonly port: number;
  /** Milliseconds from one echo request to the next. */
  readonly interval: number;
  /** The wire version: 1 or 4. */
  readonly version: number;
  /** The datapath id that it answers a features request with. */
  readonly datapathId: bigint;
  /** Key and certificate, where the server speaks TLS. */
  readonly tls?: SecureContextOptions | undefined;
}

/** What the thread says: that it was answered so often, or, when it was asked to stop, every time in milliseconds, and how many echo requests were not answered. */
export interface NeighbourNews {
  readonly answered: number;
  readonly times?: readonly number[];
  readonly lost?: number;
}

const HEADER = 8;
const ECHO_REQUEST = 2;
const ECHO_REPLY = 3;
const FEATURES_REQUEST = 5;
const MULTIPART_REQUEST = 18;
const BARRIER_REQUEST = 20;
/** Of the neighbour's own echo requests, so that answers to nobody are told apart. */
const XID_BASE = 0x10000000;

const { port, interval, version, datapathId, tls } = workerData as NeighbourOptions;
const socket: Socket =
  tls === undefined ? connect(port, "127.0.0.1") : connectTls({ ...tls, port, host: "127.0.0.1", rejectUnauthorized: false });
const sentAt: number[] = [];
const times: number[] = [];
let stopped = false;
let received = Buffer.alloc(0);

function frame(type: number, xid: number, body = 0): Buffer {
  const bytes = Buffer.alloc(HEADER + body);
  bytes.set([version, type, 0, bytes.length]);
  bytes.writeUInt32BE(xid, 4);
  return bytes;
}

function tell(): void {
  const done = stopped && (times.length === sentAt.length || socket.destroyed);
  const news: NeighbourNews = done
    ? { answered: times.length, times, lost: sentAt.length - times.length + (socket.destroyed ? 1 : 0) }
    : { answered: times.length };
  parentPort!.postMessage(news);
  if (done) {
    socket.destroy();
    parentPort!.close();
  }
}

function ask(): void {
  if (stopped || socket.destroyed) {
    clearInterval(timer);
    return;
  }
  sentAt.push(performance.now());
  socket.write(frame(ECHO_REQUEST, XID_BASE + sentAt.length - 1));
}

function answer(type: number, xid: number, bytes: Buffer): void {
  if (type === ECHO_REPLY) {
    const at = sentAt[xid - XID_BASE];
    if (at === undefined) return;
    times.push(performance.now() - at);
    if (times.length % 20 === 0 || stopped) tell();
  } else if (type === ECHO_REQUEST) {
    const reply = Buffer.from(bytes);
    reply[1] = ECHO_REPLY;
    socket.write(reply);
  } else if (type === FEATURES_REQUEST) {
    const reply = frame(FEATURES_REQUEST + 1, xid, 24);
    reply.writeBigUInt64BE(datapathId, HEADER);
    reply[20] = 1;
    socket.write(reply);
  } else if (type === MULTIPART_REQUEST) {
    const reply = frame(MULTIPART_REQUEST + 1, xid, 8);
    bytes.copy(reply, HEADER, HEADER, HEADER + 2);
    socket.write(reply);
  } else if (type === BARRIER_REQUEST && version !== 1) socket.write(frame(BARRIER_REQUEST + 1, xid));
}

socket.setNoDelay(true);
socket.write(frame(0, 1));
socket.on("data", (bytes) => {
  received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
  while (received.length >= HEADER) {
    const length = Math.max(received.readUInt16BE(2), HEADER);
    if (received.length < length) return;
    answer(received[1]!, received.readUInt32BE(4), received.subarray(0, length));
    received = received.subarray(length);
  }
});
socket.on("error", () => {});
socket.on("close", tell);
parentPort!.on("message", () => {
  stopped = true;
  tell();
});
const timer = setInterval(ask, interval);
