import { printBytes } from "../../ofp/syntax/mod.js";
import { broken, openTarget } from "./connect.js";
import { writeError } from "./fatal.js";
import { type Run, WHOLE } from "./settings.js";
import { strftime } from "./vlog.js";

/** Prints, on standard error, what a bridge and its controllers say to each other, until the bridge closes. */
export const snoop: Run = async ([target = ""], settings) => {
  const options = { verbosity: settings.verbosity + WHOLE };
  const vconn = await openTarget(target, settings, {
    socket: "snoop",
    onVconn(opened) {
      opened.recvAnyVersion = true;
      opened.onMessage = (_type, c, p, end) => {
        const time = settings.timestamp ? strftime("%Y-%m-%d %H:%M:%S.###: ", new Date()) : "";
        writeError(time + printBytes(c.u8.subarray(p, end), options));
      };
    },
  });
  const error = await new Promise((resolve) => {
    vconn.onClose = resolve;
  });
  throw broken("vconn_recv", error);
};
