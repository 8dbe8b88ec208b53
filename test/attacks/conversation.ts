/** A controller that runs the learning application, a switch, and hosts that talk and move: the conversation that lies.ts changes messages of. Time is vitest's, and moves only when told to. */
import { vi } from "vitest";
import { l2Learning } from "../../src/apps/mod.js";
import { type App, Controller } from "../../src/controller/mod.js";
import { SouthboundError } from "../../src/errors/mod.js";
import {
  apply,
  BarrierRequest,
  DescRequest,
  EchoRequest,
  FlowMod,
  FlowModCommand,
  FlowModFlags,
  GetConfigRequest,
  Match,
  Output,
  PortStatsRequest,
  TableStatsRequest,
} from "../../src/ofp/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { Switch } from "../../src/switch/mod.js";
import { Station } from "../switch/station.js";
import { Middle, type Schedule, Type } from "./lies.js";

const MAC = 0x020000000000;
const [A, B, C] = [MAC + 1, MAC + 2, MAC + 3];

/** Turns of the loop after which nothing is under way in the process. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Asks the switch what controllers ask, and has a flow made and removed. What it makes of the answers does not matter here, but it must end. */
const asker =
  (asked: { underWay: number }): App =>
  (controller) => {
    controller.on("up", async (dp) => {
      asked.underWay++;
      try {
        for (const request of [DescRequest, GetConfigRequest, BarrierRequest, PortStatsRequest, TableStatsRequest, EchoRequest]) {
          const asks = dp.queryMultipart(request.of(), { timeout: 5_000 });
          await asks.catch(expected);
        }
        const match = Match.of({ ethDst: MAC + 0x99 });
        const flags = FlowModFlags.SendFlowRem;
        dp.send(FlowMod.of({ match, cookie: 5n, flags, instructions: [apply(Output.of({ port: 4 }))] }));
        for await (const _ of dp.dumpFlows(undefined, { timeout: 5_000 }));
        dp.send(FlowMod.of({ command: FlowModCommand.DeleteStrict, match, cookie: 5n }));
      } catch (e) {
        expected(e);
      } finally {
        asked.underWay--;
      }
    });
  };

function expected(e: unknown): void {
  if (!SouthboundError.is(e)) throw e;
}

/** How a schedule ended. */
export interface Outcome {
  /** `reached`: both ends stayed up, and the hosts reach each other. `again`: the connection ended, and over a new one they do. `lost`: both ends are up and they do not. `stuck`: neither up nor down. */
  readonly end: "reached" | "again" | "lost" | "stuck";
  /** The message that was changed; undefined where the conversation ended before it. */
  readonly original: Uint8Array | undefined;
  /** Whether the switch answered the message with an error. */
  readonly refused: boolean;
  /** Lines of level `error`, and requests that have not ended. */
  readonly faults: readonly string[];
  /** What was said, as it was before. */
  readonly heard: Middle["heard"];
}

/** Rounds of packets in which hosts have to reach each other again, without time going by, and rounds of a second each behind them, which are more than all time-outs of either end. */
const ROUNDS = 10;
const SECONDS = 45;

/** What is logged as an error, as in Open vSwitch, and is the fault of bytes that came. */
const OF_THE_PEER = /: (received too-short ofp_header|received OpenFlow version|connection dropped mid-packet)/;

/** Runs the conversation once. */
export async function converse(version: Version, schedule?: Schedule): Promise<Outcome> {
  const faults: string[] = [];
  const asked = { underWay: 0 };
  const log = (level: string, text: string): void => {
    if (level === "error" && !OF_THE_PEER.test(text)) faults.push(text);
  };
  const controller = new Controller({ versions: [version], log });
  controller.use(l2Learning);
  controller.use(asker(asked));
  const sw = new Switch({ datapathId: 1n, versions: [version], log });
  const ports = Array.from({ length: 4 }, () => sw.addPort());
  const [a, b, c] = [new Station(A), new Station(B), new Station(C)];
  const connect = (middle: Middle): Middle => {
    sw.attach(middle.switch);
    controller.accept(middle.controller);
    return middle;
  };
  const round = async (): Promise<boolean> => {
    const before = [a.heard, b.heard];
    a.say(B);
    b.say(A);
    await vi.advanceTimersByTimeAsync(1);
    await turn();
    return a.heard > before[0]! && b.heard > before[1]!;
  };
  const up = (): boolean => controller.datapaths.size === 1 && sw.connections.some((one) => one.isUp);
  const down = (): boolean => controller.connections === 0 && sw.connections.length === 0;
  try {
    a.plug(ports[0]!);
    b.plug(ports[1]!);
    c.plug(ports[2]!);
    const middle = connect(new Middle(schedule));
    await turn();
    for (let i = 0; i < 3; i++) await round();
    c.say(A);
    await turn();
    a.say(C);
    await round();
    b.plug(ports[3]!);
    for (let i = 0; i < 3; i++) await round();
    // long enough for probes of either end
    for (let i = 0; i < 13; i++) {
      await vi.advanceTimersByTimeAsync(1_000);
      await round();
    }
    let again = false;
    const fresh = (): void => {
      if (!down()) return;
      again = true;
      connect(new Middle());
    };
    const reached = async (): Promise<boolean> => {
      fresh();
      for (let i = 0; i < ROUNDS; i++) if ((await round()) && up()) return true;
      for (let i = 0; i < SECONDS; i++) {
        await vi.advanceTimersByTimeAsync(1_000);
        fresh();
        if ((await round()) && up()) return true;
      }
      return false;
    };
    const good = await reached();
    if (asked.underWay > 0) await vi.advanceTimersByTimeAsync(60_000);
    if (asked.underWay > 0) faults.push("a request has not ended");
    const xid = middle.sent !== undefined && middle.sent.length >= 8 ? hexOf(middle.sent, 4, 8) : undefined;
    const refused = middle.heard.up.some((m) => m[1] === Type.Error && hexOf(m, 4, 8) === xid);
    const end = good ? (again ? "again" : "reached") : up() ? "lost" : "stuck";
    return { end, original: middle.original, refused, faults, heard: middle.heard };
  } finally {
    await Promise.all([controller.close(), sw.close()].map((p) => settled(p)));
  }
}

/** Waits for a promise while time goes by. */
async function settled(promise: Promise<void>): Promise<void> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  for (let i = 0; i < 100 && !done; i++) {
    await turn();
    if (!done) await vi.advanceTimersByTimeAsync(1_000);
  }
  if (!done) throw new Error("close() does not end");
}

const hexOf = (bytes: Uint8Array, from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString("hex");
