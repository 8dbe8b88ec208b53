#!/usr/bin/env node
import { mainOf } from "./main-of.js";

const main = await mainOf("southbound");
process.exitCode = await main(process.argv.slice(2));
// What an application has left running does not keep the process.
setTimeout(() => process.exit(), 1000).unref();
