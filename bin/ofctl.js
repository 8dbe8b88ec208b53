#!/usr/bin/env node
import { mainOf } from "./main-of.js";

const main = await mainOf("ofctl");
process.exitCode = await main(process.argv.slice(2));
