/** The addon's calls: what they keep, close, refuse. */
import { spawnSync } from "node:child_process";
import { ftruncateSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { calls, freshName, holdings, owned } from "./raw-peer.js";

const pair = (): [number, number] => {
  const name = freshName();
  const listener = owned(calls.seqpacketListen(name));
  const client = owned(calls.seqpacketConnect(name));
  return [client, owned(calls.seqpacketAccept(listener))];
};
const extra = new Int32Array(2);
/** Sends more than one descriptor at a time, which the addon cannot. */
const python = spawnSync("python3", ["-V"]).status === 0;

describe("sockets", () => {
  test("an abstract name has no terminator, and cannot be taken twice", () => {
    const name = freshName();
    owned(calls.seqpacketListen(name));
    const listed = readFileSync("/proc/net/unix", "latin1").split("\n");
    expect(listed.filter((line) => line.endsWith(` ${name}`))).toHaveLength(1);
    expect(calls.seqpacketListen(name)).toBe(-98);
  });

  test("names that do not fit are refused", () => {
    expect(calls.seqpacketConnect(`/${"x".repeat(107)}`)).toBe(-36);
    expect(calls.seqpacketConnect("")).toBe(-36);
    expect(calls.seqpacketConnect(`/${"x".repeat(106)}`)).toBe(-2);
  });

  test("a record keeps its bounds; a longer one than wanted is told", () => {
    const [a, b] = pair();
    const bytes = new Uint8Array(128);
    expect(calls.seqpacketReceive(b, bytes, extra)).toBe(-11);
    calls.seqpacketSend(a, new Uint8Array(10).fill(1), -1);
    calls.seqpacketSend(a, new Uint8Array(200).fill(2), -1);
    expect([calls.seqpacketReceive(b, bytes, extra), ...extra]).toEqual([10, -1, 0]);
    expect([calls.seqpacketReceive(b, bytes, extra), ...extra]).toEqual([128, -1, 1]);
  });

  test("a descriptor arrives as the same file, closed on exec", () => {
    const [a, b] = pair();
    const eventfd = owned(calls.eventfdCreate());
    calls.seqpacketSend(a, new Uint8Array(1), eventfd);
    calls.seqpacketReceive(b, new Uint8Array(1), extra);
    const arrived = owned(extra[0]!);
    expect(arrived).not.toBe(eventfd);
    calls.eventfdWrite(arrived);
    expect(calls.eventfdRead(eventfd)).toBe(1);
    const flags = /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${arrived}`, "utf8"))![1]!;
    expect(Number.parseInt(flags, 8) & 0o2000000).toBe(0o2000000);
  });

  test.skipIf(!python)("of many descriptors all but the first are closed", () => {
    const program = `
import socket, array, os, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect("\\0" + sys.argv[1])
s.sendmsg([b"x" * 128], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 200))])
`;
    const name = freshName();
    const listener = owned(calls.seqpacketListen(name));
    expect(spawnSync("python3", ["-c", program, name.slice(1)], { encoding: "utf8" }).stderr).toBe("");
    const peer = owned(calls.seqpacketAccept(listener));
    const before = holdings().descriptors;
    expect(calls.seqpacketReceive(peer, new Uint8Array(128), extra)).toBe(128);
    expect(holdings().descriptors).toBe(before + 1);
    expect(calls.fdClose(extra[0]!)).toBe(0);
  });

  test("only a listening socket is adopted", () => {
    const [a] = pair();
    expect(calls.seqpacketAdopt(a)).toBe(-22);
    expect(calls.seqpacketAdopt(1)).toBe(-22);
  });

  test("descriptors that are not the addon's are not closed", () => {
    expect(calls.fdClose(0)).toBe(-9);
  });
});

describe("memory", () => {
  test("is shared between mappings, and cannot shrink", () => {
    const fd = owned(calls.memfdCreate("test", 8192));
    expect([calls.memfdSize(fd), calls.memfdSealed(fd)]).toEqual([8192, true]);
    expect(() => ftruncateSync(fd, 4096)).toThrow(/EPERM/);
    const [a, b] = [calls.memoryMap(fd, 8192) as ArrayBuffer, calls.memoryMap(fd, 4096) as ArrayBuffer];
    new Uint8Array(a)[4000] = 7;
    expect(new Uint8Array(b)[4000]).toBe(7);
    calls.memoryUnmap(a);
    calls.memoryUnmap(b);
  });

  test("is out of reach once unmapped", () => {
    const fd = owned(calls.memfdCreate("test", 4096));
    const before = holdings().mappings;
    const memory = calls.memoryMap(fd, 4096) as ArrayBuffer;
    const view = new Uint16Array(memory);
    expect(holdings().mappings).toBe(before + 1);
    calls.memoryUnmap(memory);
    expect(holdings().mappings).toBe(before);
    expect([memory.byteLength, view.length, view[0]]).toEqual([0, 0, undefined]);
    expect(() => Atomics.load(view, 3)).toThrow(TypeError);
    calls.memoryUnmap(memory);
  });

  test("what is no file in memory has no size and no seal", () => {
    const eventfd = owned(calls.eventfdCreate());
    expect([calls.memfdSize(eventfd), calls.memfdSealed(eventfd)]).toEqual([-22, false]);
    expect(() => calls.memoryMap(eventfd, 0)).toThrow(RangeError);
    expect(calls.memoryMap(eventfd, 4096)).toBeTypeOf("number");
  });
});

describe("eventfds", () => {
  test("count and are read empty", () => {
    const fd = owned(calls.eventfdCreate());
    calls.eventfdWrite(fd);
    calls.eventfdWrite(fd);
    expect([calls.eventfdRead(fd), calls.eventfdRead(fd)]).toEqual([2, 0]);
  });

  test("only an eventfd is adopted", () => {
    expect(calls.eventfdAdopt(owned(calls.eventfdCreate()), true)).toBe(0);
    expect(calls.eventfdAdopt(owned(calls.memfdCreate("test", 4096)), false)).toBe(-22);
  });
});
