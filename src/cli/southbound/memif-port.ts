import { SouthboundError } from "../../errors/mod.js";
import { type Interface, type MemifPortName, openMemifPort, plugInto } from "../../memif/mod.js";
import type { Switch } from "../../switch/mod.js";
import type { Log } from "../../vconn/mod.js";
import { failure } from "./exit.js";
import { advised } from "./memif/advice.js";

/** Adds a port that leads to another process through shared memory. @throws CommandError where the interface cannot be made, with what to do */
export function addMemifPort(sw: Switch, place: MemifPortName, name: string, log: Log): Interface {
  const port = sw.addPort({ name });
  let end: Interface;
  try {
    end = openMemifPort(place);
  } catch (e) {
    if (!SouthboundError.is(e)) throw e;
    throw failure(`--port memif:${place.socket}: ${e.message}${e.code === "ERR_NATIVE" ? "" : "; give --port another place"}`, e);
  }
  plugInto(port, end);
  let told = "";
  end.on("connected", ({ application }) => {
    told = "";
    log("info", `port ${port.portNo} (${name}) is connected to ${application} by ${place.socket}`);
  });
  end.on("disconnected", ({ message }) => log("info", `port ${port.portNo} (${name}): ${message}`));
  end.on("failed", (error) => {
    // the same is told once for each connection, however often it is tried again
    if (error.message !== told)
      log("warn", `port ${port.portNo} (${name}): ${advised(error, place.role, (option) => (option === "mode" ? null : `${option}=`))}`);
    told = error.message;
  });
  return end;
}
