import { existsSync, lstatSync, unlinkSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname } from "node:path";
import { errnoError, errnoOf, SouthboundError } from "../errors/mod.js";
import type { Listener, ListenOptions } from "./listener.js";
import { listenSocket } from "./socket-listener.js";
import { SocketStream } from "./socket-stream.js";
import type { Stream } from "./stream.js";
import type { ConnectOptions } from "./stream-options.js";
import type { FileTarget } from "./target.js";
import { unixPath } from "./unix-path.js";

let accepted = 0;

/** How connecting to a socket file ends: undefined when someone answers, else the error. */
function probe(path: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on("error", resolve);
  });
}

/** Makes way for a socket file: removes a stale one, refuses anything else. */
async function clear(path: string, name: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) throw errnoError("EEXIST", `listening on ${name}: the file is there and is no socket`);
  const e = await probe(path);
  if (e?.code === "ENOENT") return;
  if (e?.code === "EACCES" || e?.code === "EPERM") throw errnoError(e.code, `listening on ${name}`, e);
  if (e?.code !== "ECONNREFUSED") throw errnoError("EADDRINUSE", `listening on ${name}: another process answers there`);
  unlinkSync(path);
}

/**
 * `unix:` and `punix:`. The socket file is removed when the listener closes, but not when the process is killed: the next one replaces it. Accepted
 * peers are named `unix#N`, N counting up within the thread; Node does not report the name that a client has bound.
 */
export const unix = {
  name: "unix",
  passive: "punix",
  syntax: "file" as const,
  help: { active: ["FILE", "Unix domain socket named FILE"], passive: ["FILE", "listen on Unix domain socket FILE"] },

  connect(target: FileTarget, options: ConnectOptions): Stream {
    const info = { kind: "unix", name: target.name, needsProbes: false, state: "connecting" } as const;
    return SocketStream.connect({ file: target.file }, info, options);
  },

  async listen(target: FileTarget, options: ListenOptions): Promise<Listener> {
    const { name, file } = target;
    try {
      // The descriptor behind a long path stays until the server is closed, which removes the file by that path.
      const { path, release } = unixPath(file);
      // libuv reports it as EACCES.
      if (!existsSync(dirname(path))) {
        release();
        throw errnoError("ENOENT", `listening on ${name}`);
      }
      try {
        await clear(path, name);
      } catch (e) {
        release();
        throw e;
      }
      return await listenSocket(
        {
          name,
          bind: { path },
          bound: () => name,
          accept: (raw) =>
            SocketStream.accept(
              raw,
              { kind: "unix", name: `unix#${++accepted}`, local: `unix:${file}`, needsProbes: false, state: "open" },
              options,
            ),
          release,
        },
        options,
      );
    } catch (e) {
      throw SouthboundError.is(e) ? e : errnoError(errnoOf(e, "EIO"), `listening on ${name}`, e);
    }
  },
};
