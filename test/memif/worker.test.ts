/** The addon in worker threads, which end at any point of their program. */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { freshName, holdings, until } from "./raw-peer.js";

const ADDON = fileURLToPath(new URL(`../../native/build/${process.platform}-${process.arch}/southbound.node`, import.meta.url));

const PROGRAM = `
const { parentPort, workerData } = require("node:worker_threads");
const calls = require(workerData.addon);
const listener = calls.seqpacketListen(workerData.name);
const client = calls.seqpacketConnect(workerData.name);
const memfd = calls.memfdCreate("worker", 65536);
const eventfd = calls.eventfdCreate();
const memory = calls.memoryMap(memfd, 65536);
globalThis.kept = [memory, new Uint8Array(memory)];
globalThis.watchers = [calls.pollStart(listener, 1, () => {
  const fd = calls.seqpacketAccept(listener);
  watchers.push(calls.pollStart(fd, 1, () => {}, false));
  calls.eventfdWrite(eventfd);
}, false), calls.pollStart(eventfd, 1, () => parentPort.postMessage("woken"), true)];
`;

test("a worker that is ended leaves no descriptor and no mapping behind", async () => {
  const before = holdings();
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(PROGRAM, { eval: true, workerData: { addon: ADDON, name: freshName() } });
    const said = await new Promise((resolve, reject) => {
      worker.on("message", resolve);
      worker.on("error", reject);
    });
    expect(said).toBe("woken");
    expect(holdings().mappings).toBe(before.mappings + 1);
    await worker.terminate();
    await until(() => holdings().mappings === before.mappings && holdings().descriptors === before.descriptors);
  }
});
