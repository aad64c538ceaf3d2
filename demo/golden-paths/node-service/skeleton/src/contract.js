// The contract, written from the routes: node src/contract.js > openapi.json
import { fileURLToPath } from "node:url";
import { description, name, version } from "./about.js";
import { Metrics } from "./metrics.js";
import { routes } from "./routes.js";

export function contract() {
  const paths = {};
  for (const route of routes({ ready: true, metrics: new Metrics() })) {
    const schema = { type: route.mediaType === "application/json" ? "object" : "string" };
    const responses = {};
    for (const [status, meaning] of Object.entries(route.statuses)) {
      responses[status] = { description: meaning, content: { [route.mediaType]: { schema } } };
    }
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: { operationId: route.operation, summary: route.summary, responses },
    };
  }
  return {
    openapi: "3.1.0",
    info: { title: name, description, version },
    servers: [{ url: "http://localhost:8080", description: "Your own machine" }],
    paths,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(contract(), null, 2)}\n`);
}
