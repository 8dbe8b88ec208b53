import type { Stream } from "../stream/mod.js";
import { Controller, type ControllerOptions } from "./controller.js";
import type { App } from "./scope.js";

/** Serves one stream with a controller that lives as long as the streams that it serves. */
export interface Serving {
  /** Serves the switch at the other end of a stream, which belongs to the controller from then on. */
  (stream: Stream): Controller;
  /** The application, to be run in another controller. */
  readonly app: App;
}

/**
 * Makes an application into what a switch can load: `export default serve(l2Learning)` is a file that works as `dl:./file.js`, and as `southbound controller ./file.js`. Its controller is made
 * for the first stream, shared by those that come while there is one, and closed behind the last, so that nothing is left of it.
 */
export function serve(app: App, options?: ControllerOptions): Serving {
  let controller: Controller | null = null;
  let streams = 0;
  const serving = (stream: Stream): Controller => {
    let serves = controller;
    if (serves === null) {
      serves = new Controller(options);
      serves.use(app);
      controller = serves;
    }
    streams++;
    void stream.closed.then(() => {
      if (--streams > 0) return;
      void controller?.close();
      controller = null;
    });
    serves.accept(stream);
    return serves;
  };
  return Object.assign(serving, { app });
}
