import { Chunk, fromHex, viewOf } from "../bytes/mod.js";
import {
  BarrierReply,
  BundleAddMessage,
  BundleControl,
  BundleControlType,
  decodeMessage,
  encodeMessage,
  errorReply,
  FeaturesReply,
  FeaturesRequest,
  FlowMod,
  FlowStats,
  FlowStatsReply,
  type KnownMessage,
  type Message,
  MORE,
} from "../ofp/mod.js";
import { OpenFlowError } from "../vconn/mod.js";
import { type Cases, equal, outcomeOf, type Run, type SuiteCase } from "./vconn-suite-run.js";
import type { Wire } from "./wire.js";

/** What a peer answers to a message; bytes are sent as they are, and "close" ends the stream. */
type Script = (m: KnownMessage, bytes: Uint8Array) => readonly (Message | "close")[];

const FULL = "OFPFMFC_TABLE_FULL";

/** Has the peer answer by a script, and barriers by itself, until the stream ends. @returns what it was sent, in its words */
function answering(wire: Wire, script: Script): string[] {
  const seen: string[] = [];
  const loop = async (): Promise<void> => {
    for (;;) {
      const bytes = fromHex(await wire.next(60_000));
      const m = decodeMessage(new Chunk(bytes));
      if (m.type === "unknown") continue;
      seen.push(BundleControl.is(m) ? `${m.type} ${m.controlType}` : m.type);
      const answers = m.type === "barrier-request" ? [BarrierReply.of({ xid: m.xid })] : script(m, bytes);
      // In one write, so that they come together where nothing cuts them.
      const out = answers.filter((a) => a !== "close").map((a) => encodeMessage(a, 4));
      if (out.length > 0) wire.send(Uint8Array.from(out.flatMap((part) => [...part])));
      if (answers.includes("close")) wire.stream.destroy();
    }
  };
  loop().catch(() => {});
  return seen;
}

const flow = (priority: number): FlowMod => FlowMod.of({ priority });
const refused = (bytes: Uint8Array, reason: string): Message => errorReply(4, reason, viewOf(bytes).getUint32(4), bytes);

/** A reply to a request for flows, in parts of two flows. */
function flowParts(xid: number, flows: number): Message[] {
  const parts: Message[] = [];
  for (let i = 0; i < flows; i += 2) {
    const entries = [i, i + 1].filter((n) => n < flows).map((n) => FlowStats.of({ cookie: BigInt(n) }));
    parts.push(FlowStatsReply.of({ xid, flags: i + 2 < flows ? MORE : 0, flows: entries }));
  }
  return parts;
}

/** A switch that knows bundles: it refuses what the test asks it to refuse, at once or at the commit. */
function bundling(bad: number | undefined, at: "add" | "commit" | "close"): Script {
  let kept: Message | undefined;
  return (m, bytes) => {
    if (BundleAddMessage.is(m)) {
      if ((m.message as FlowMod).priority !== bad) return [];
      if (at === "add") return [refused(bytes, FULL)];
      kept = refused(bytes, FULL);
      return [];
    }
    if (!BundleControl.is(m)) return [];
    const { xid, bundleId, controlType, flags } = m;
    if (controlType === BundleControlType.CommitRequest) {
      if (at === "close") return ["close"];
      if (kept !== undefined) return [kept, refused(bytes, "OFPBFC_MSG_FAILED")];
    }
    return [BundleControl.of({ xid, bundleId, controlType: controlType + 1, flags })];
  };
}

async function runBundle({ wire, vconn }: Run, bad: number | undefined, at: "add" | "commit" | "close") {
  const seen = answering(wire, bundling(bad, at));
  const result = await vconn.bundle(Array.from({ length: 20 }, (_, i) => flow(i)));
  return { seen, result };
}

const last = (seen: readonly string[], n: number): readonly string[] => seen.slice(-n);
const control = (type: number): string => `bundle-control ${type}`;

/** What is asked: one request and many, replies in parts, dumps, bundles. */
export function requestCases(cases: Cases): readonly SuiteCase[] {
  return [
    cases.connected("a request gets the reply with its transaction id", async ({ wire, vconn }) => {
      const done = vconn.barrier();
      const request = await wire.next();
      equal(request.slice(0, 8), "04140008", "request");
      wire.send("04150008 0fffffff");
      wire.send(`04150008${request.slice(8)}`);
      await done;
      equal(vconn.waiting, 0, "waiters left");
    }),
    cases.connected("a request that is refused rejects with the error", async ({ wire, vconn }) => {
      const done = outcomeOf(vconn.barrier());
      const request = await wire.next();
      wire.send(`0401000c${request.slice(8)}00010001`);
      equal(await done, "ERR_OPENFLOW", "outcome");
    }),
    cases.connected("when the connection ends, every request that waits is rejected once", async ({ wire, vconn }) => {
      const waits = [vconn.barrier(), vconn.barrier(), vconn.transactMultiple([flow(1)]), vconn.dumpFlows().next()].map(outcomeOf);
      for (let i = 0; i < waits.length; i++) await wire.next();
      wire.stream.destroy();
      equal(
        await Promise.all(waits),
        waits.map(() => "ERR_CLOSED"),
        "outcomes",
      );
    }),
    cases.connected("a request without a reply is done when the barrier behind it is answered", async ({ wire, vconn }) => {
      const seen = answering(wire, (m, bytes) => (m.type === "flow-mod" && m.priority === 3 ? [refused(bytes, FULL)] : []));
      equal(await outcomeOf(vconn.transactNoReply(flow(2))), "done", "the good one");
      const bad = flow(3);
      const error = await vconn.transactNoReply(bad).then(
        () => undefined,
        (e: unknown) => e,
      );
      if (!(error instanceof OpenFlowError)) throw new Error(`the bad one: ${String(error)}`);
      equal([error.reason, error.request === bad], [FULL, true], "the bad one");
      equal(seen.slice(0, 2), ["flow-mod", "barrier-request"], "what was sent");
    }),
    cases.connected("all parts of a reply, in order", async ({ wire, vconn }) => {
      answering(wire, (m) => (m.type === "flow-stats-request" ? flowParts(m.xid, 7) : []));
      const seen: bigint[] = [];
      for await (const { cookie } of vconn.dumpFlows()) seen.push(cookie);
      equal(seen, [0n, 1n, 2n, 3n, 4n, 5n, 6n], "flows");
    }),
    cases.connected("a dump that is left drops the rest, and one that is refused throws", async ({ wire, vconn }) => {
      let good = true;
      answering(wire, (m, bytes) =>
        m.type === "flow-stats-request" ? (good ? flowParts(m.xid, 40) : [refused(bytes, "OFPBRC_EPERM")]) : [],
      );
      for await (const { cookie } of vconn.dumpFlows()) if (cookie === 3n) break;
      await vconn.barrier();
      equal([vconn.waiting, vconn.reading], [0, true], "waiters, reading");
      good = false;
      equal(await outcomeOf(vconn.dumpFlows().next()), "ERR_OPENFLOW", "outcome");
    }),
    cases.connected("many requests: what came of each, whatever the window", async ({ wire, vconn }) => {
      answering(wire, (m, bytes) => {
        if (m.type === "flow-mod" && m.priority % 10 === 3) return [refused(bytes, FULL)];
        return m.type === "features-request" ? [FeaturesReply.of({ xid: m.xid, datapathId: 7n })] : [];
      });
      for (const window of [undefined, 4]) {
        const requests = Array.from({ length: 30 }, (_, i) => (i === 15 ? FeaturesRequest.of() : flow(i)));
        const results = await vconn.transactMultiple(requests, { window });
        equal(
          results.map(({ replies, error }) => error?.reason ?? replies.map((m) => m.type).join()),
          requests.map((_, i) => (i % 10 === 3 ? FULL : i === 15 ? "features-reply" : "")),
          `results with a window of ${window}`,
        );
      }
    }),
    cases.connected("a bundle is committed behind a barrier", async (run) => {
      const { seen, result } = await runBundle(run, undefined, "commit");
      equal([result.outcome, result.errors.length, result.cause], ["applied", 0, undefined], "result");
      equal(seen[0], control(BundleControlType.OpenRequest), "the first request");
      equal(last(seen, 2), ["barrier-request", control(BundleControlType.CommitRequest)], "the last requests");
    }),
    cases.connected("a bundle with a bad message is discarded, and the message is named", async (run) => {
      const { seen, result } = await runBundle(run, 7, "add");
      equal([result.outcome, result.errors.map((e) => [e.index, e.error.reason])], ["rejected", [[7, FULL]]], "result");
      equal(last(seen, 1), [control(BundleControlType.DiscardRequest)], "the last request");
    }),
    cases.connected("a bundle whose commit is refused: nothing is done, and both errors are told", async (run) => {
      const { result } = await runBundle(run, 11, "commit");
      const errors = result.errors.map((e) => [e.index ?? "bundle", e.error.reason]);
      equal(
        [result.outcome, errors],
        [
          "rejected",
          [
            [11, FULL],
            ["bundle", "OFPBFC_MSG_FAILED"],
          ],
        ],
        "result",
      );
    }),
    cases.connected("a bundle whose commit gets no reply is unknown", async (run) => {
      const { result } = await runBundle(run, undefined, "close");
      equal([result.outcome, result.cause?.code], ["unknown", "ERR_CLOSED"], "result");
    }),
  ];
}
