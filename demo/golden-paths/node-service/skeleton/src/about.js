// What this service is; read from package.json, so that it is written once.
import { readFileSync } from "node:fs";

const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");

export const { name, description, version } = JSON.parse(text);
