import { u32 } from "../../schema/mod.js";
import { message, NXT, ONFT } from "../message.js";

/**
 * Ends a monitor of flows. OpenFlow 1.4 says it in a request with the command `Delete`. Open vSwitch nicira-ext.h (NXT_FLOW_MONITOR_CANCEL); in OpenFlow 1.3 the ONF's
 * extension 187
 */
export const FlowMonitorCancel = message(
  "FlowMonitorCancel",
  "flow-monitor-cancel",
  { monitorId: u32() },
  { "1.0-1.2": { key: NXT(21), slots: ["monitorId"] }, "1.3": { key: ONFT(1870), slots: ["monitorId"] } },
);
/** See the class. */
export type FlowMonitorCancel = InstanceType<typeof FlowMonitorCancel>;

/**
 * Says that the switch stops reporting changes, since too many wait to be sent. Since OpenFlow 1.4 it is an update. Open vSwitch nicira-ext.h (NXT_FLOW_MONITOR_PAUSED); in
 * OpenFlow 1.3 the ONF's extension 187
 */
export const FlowMonitorPaused = message(
  "FlowMonitorPaused",
  "flow-monitor-paused",
  {},
  { "1.0-1.2": { key: NXT(22), slots: [] }, "1.3": { key: ONFT(1871), slots: [] } },
);
/** See the class. */
export type FlowMonitorPaused = InstanceType<typeof FlowMonitorPaused>;

/** Says that the switch reports changes again. Open vSwitch nicira-ext.h (NXT_FLOW_MONITOR_RESUMED); in OpenFlow 1.3 the ONF's extension 187 */
export const FlowMonitorResumed = message(
  "FlowMonitorResumed",
  "flow-monitor-resumed",
  {},
  { "1.0-1.2": { key: NXT(23), slots: [] }, "1.3": { key: ONFT(1872), slots: [] } },
);
/** See the class. */
export type FlowMonitorResumed = InstanceType<typeof FlowMonitorResumed>;
