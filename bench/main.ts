/** The program of `npm run bench`, in `bench/dist/` once it is built. */
import { settle, verdict } from "../src/cli/southbound/program.js";
import { benchCommand } from "./command.js";

// what its user types
const command = settle(benchCommand()).name("npm run bench --");
try {
  await command.parseAsync(process.argv.slice(2), { from: "user" });
} catch (e) {
  const { status, line } = verdict(e, command);
  if (line !== "") process.stderr.write(`bench: ${line}\n`);
  process.exitCode = status;
}
