/**
 * The switch of `bench dl`, in a process of its own: `dl-process.js 1|4 TARGET`, where a TARGET `punix:FILE` stands for a controller in this process that is reached by `unix:FILE`. It tells its parent
 * when the controller has set it up, and answers each {@link DlOrder} with a {@link DlRate}.
 */
import { l2Learning } from "southbound/apps";
import { Controller } from "southbound/controller";
import { registerMemif } from "southbound/memif";
import {
  BarrierReply,
  Capabilities,
  EchoReply,
  FeaturesReply,
  GetConfigReply,
  Match,
  type Message,
  PacketIn,
  PortDescReply,
} from "southbound/ofp";
import { buildUdp, MAC_BROADCAST } from "southbound/packet";
import type { Version } from "southbound/schema";
import { openVconn, type Vconn } from "southbound/vconn";
import { noise } from "./noise.js";
import { hostMac, hostPort, PORTS } from "./traffic.js";

/** What the parent wants measured. */
export interface DlOrder {
  /** Packet-ins under way at a time. */
  readonly outstanding: number;
  readonly milliseconds: number;
}

/** What was measured: packet-ins sent, decoded, answered, and their answers decoded, per second. */
export interface DlRate {
  readonly rate: number;
}

const HOSTS = 1000;
const FRAME_SIZE = 64;
const FRAME_HEADERS = 42;
/** Answers between two looks at the time. */
const GLANCE = 64;

const packetIn = PacketIn.maker("bufferId", "totalLen", "match", "data");
const inPortMatch = Match.maker("inPort");
const inPortOf = Array.from({ length: PORTS + 1 }, (_, port) => inPortMatch({ inPort: port }));

/** A packet from a host to another one behind another port, or to all. */
function packet(host: number, ethDst: number): Uint8Array {
  const headers = { ethDst, ethSrc: hostMac(host), ipv4Src: 0x0a00_0001, ipv4Dst: 0x0a00_0002, udpSrc: 4000, udpDst: 5000 };
  return buildUdp(headers, new Uint8Array(FRAME_SIZE - FRAME_HEADERS));
}

/** A switch as far as a controller asks, which counts the answers to its packet-ins. */
class Load {
  readonly #vconn: Vconn;
  readonly #talk = Array.from({ length: HOSTS }, (_, i) => packet(i, hostMac((i + 1) % HOSTS)));
  #host = 0;
  #answers = 0;
  #under = 0;
  #until = 0;
  #over: () => void = () => {};

  constructor(vconn: Vconn) {
    this.#vconn = vconn;
    vconn.onMessage = (_type, c, p, end) => this.#heard(vconn.decode(c, p, end));
  }

  /** Has every host say once where it is. */
  async announce(): Promise<void> {
    for (let i = 0; i < HOSTS; i++) {
      const heard = this.#next(1);
      this.#send(i, packet(i, MAC_BROADCAST));
      await heard;
    }
  }

  async measure({ outstanding, milliseconds }: DlOrder): Promise<DlRate> {
    const start = performance.now();
    const before = this.#answers;
    this.#until = start + milliseconds;
    const over = this.#next(outstanding);
    for (let i = 0; i < outstanding; i++) this.#talkOn();
    await over;
    return { rate: ((this.#answers - before) * 1000) / (performance.now() - start) };
  }

  #next(under: number): Promise<void> {
    this.#under = under;
    return new Promise((resolve) => {
      this.#over = resolve;
    });
  }

  #talkOn(): void {
    const host = this.#host;
    this.#host = host + 1 === HOSTS ? 0 : host + 1;
    this.#send(host, this.#talk[host]!);
  }

  #send(host: number, data: Uint8Array): void {
    this.#vconn.send(packetIn({ bufferId: host, totalLen: FRAME_SIZE, match: inPortOf[hostPort(host)]!, data }));
  }

  #heard(m: Message): void {
    if (m.type === "unknown") return;
    const { xid } = m;
    switch (m.type) {
      case "flow-mod":
      case "packet-out":
        // Flow-mods of the set-up answer nothing.
        if (this.#under > 0) this.#answered();
        break;
      case "features-request":
        this.#vconn.send(FeaturesReply.of({ xid, datapathId: 1n, nBuffers: HOSTS, nTables: 1, capabilities: Capabilities.FlowStats }));
        break;
      case "port-desc-request":
        this.#vconn.send(PortDescReply.of({ xid }));
        break;
      case "get-config-request":
        this.#vconn.send(GetConfigReply.of({ xid, missSendLen: 0xffff }));
        break;
      case "barrier-request":
        this.#vconn.send(BarrierReply.of({ xid }));
        break;
      case "echo-request":
        this.#vconn.send(EchoReply.of({ xid, data: m.data }));
        break;
      default:
    }
  }

  #answered(): void {
    if (++this.#answers % GLANCE === 0 && performance.now() >= this.#until) this.#until = 0;
    if (this.#until !== 0) this.#talkOn();
    else if (--this.#under === 0) this.#over();
  }
}

const version: Version = process.argv[2] === "1" ? 1 : 4;
let target = process.argv[3]!;
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
// The parent closes us when it has been told to stop.
process.on("SIGINT", () => {});

noise();
if (target.startsWith("memif:")) registerMemif();
if (target.startsWith("punix:")) {
  const controller = new Controller({ versions: [version] });
  controller.use(l2Learning);
  await controller.listen(target);
  target = target.slice(1);
}
let load: Load | undefined;
await openVconn(target, {
  versions: [version],
  onVconn: (vconn) => {
    load = new Load(vconn);
  },
});
// What a controller says at set-up has been heard when it answers the first packets.
await new Promise((resolve) => setTimeout(resolve, 100));
await load!.announce();
process.on("message", (order: DlOrder) => {
  void load!.measure(order).then((rate) => process.send?.(rate));
});
process.send?.("ready");
