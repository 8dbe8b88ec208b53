import { named } from "../../errors/mod.js";

/** Numbers of groups with a meaning of their own. OpenFlow 1.3 §7.3.4.2 (ofp_group) */
export const GroupNo = named("GroupNo", {
  /** The highest number of a real group. */
  Max: 0xffffff00,
  /** All groups, in a request or deletion. */
  All: 0xfffffffc,
  /** No group, or any group. */
  Any: 0xffffffff,
});
