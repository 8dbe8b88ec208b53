/** What the replies under way on one connection may make us hold. */
import { expect, test } from "vitest";
import { systemClock } from "../../src/clock/mod.js";
import { FlowStatsReply, FlowStatsRequest } from "../../src/ofp/mod.js";
import { MAX_BYTES, MAX_HELD, Transactions } from "../../src/vconn/transactions.js";

const request = FlowStatsRequest.of();
const part = (xid: number, more: boolean): FlowStatsReply => FlowStatsReply.of({ xid, flags: more ? 1 : 0 });
const SHARE = MAX_BYTES / 2;
const AT_ONCE = MAX_HELD / SHARE;

test("replies that go on hold so much together, whatever each may have; what is given up makes room", async () => {
  const transactions = new Transactions("peer", systemClock);
  const waits = Array.from({ length: AT_ONCE + 1 }, () => {
    const xid = transactions.next();
    return { xid, replies: transactions.wait(xid, request, true) };
  });
  for (const { xid } of waits) transactions.reply(part(xid, true), SHARE);
  const last = waits.at(-1)!;
  await expect(last.replies).rejects.toMatchObject({ code: "ERR_TOO_LONG", message: expect.stringContaining("together") });
  // its further parts are dropped, and the others end as they should
  expect(transactions.drops(last.xid, false)).toBe(true);
  for (const { xid } of waits.slice(0, -1)) transactions.reply(part(xid, false), 1);
  for (const { replies } of waits.slice(0, -1)) expect(await replies).toHaveLength(2);
  // and nothing is counted any more
  const xids = Array.from({ length: AT_ONCE }, () => transactions.next());
  const again = xids.map((xid) => transactions.wait(xid, request, true));
  for (const xid of xids) transactions.reply(part(xid, true), SHARE);
  for (const xid of xids) transactions.reply(part(xid, false), 1);
  for (const replies of again) expect(await replies).toHaveLength(2);
  expect(transactions.size).toBe(0);
});

test("one request may have more than that where its caller says so", async () => {
  const transactions = new Transactions("peer", systemClock);
  const xid = transactions.next();
  const replies = transactions.wait(xid, request, true, { maxBytes: 2 * MAX_HELD });
  transactions.reply(part(xid, true), MAX_HELD + 1);
  transactions.reply(part(xid, false), 1);
  expect(await replies).toHaveLength(2);
});
