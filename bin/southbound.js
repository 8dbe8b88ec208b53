#!/usr/bin/env node
import { main } from "../dist/cli/southbound.js";

process.exitCode = await main(process.argv.slice(2));
// What an application has left running does not keep the process.
setTimeout(() => process.exit(), 1000).unref();
