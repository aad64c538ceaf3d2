// One request in, one answer out, one log line.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Metrics } from "./metrics.js";
import { routes } from "./routes.js";

// What callers send becomes part of the log, so only harmless text is taken over.
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

export function createApp({ log = writeLog } = {}) {
  const state = { ready: false, metrics: new Metrics() };
  const table = routes(state);

  async function answer(request, response) {
    const started = performance.now();
    const path = new URL(request.url, "http://localhost").pathname;
    const given = request.headers["x-request-id"] ?? "";
    const id = REQUEST_ID.test(given) ? given : randomUUID();
    const here = table.filter((route) => route.path === path);
    const route = here.find((each) => each.method === request.method);
    let result;
    if (!here.length) result = problem(404, "There is nothing at this address.");
    else if (!route) result = problem(405, `Use ${here.map((each) => each.method).join(", ")}.`);
    else result = await called(route, id, log);
    const status = result.status ?? 200;
    const body = typeof result.body === "string" ? result.body : JSON.stringify(result.body);
    response.writeHead(status, {
      "Content-Type": result.mediaType ?? "application/json",
      "Content-Length": Buffer.byteLength(body),
      "X-Content-Type-Options": "nosniff",
      "X-Request-Id": id,
    });
    response.end(body);
    const milliseconds = performance.now() - started;
    state.metrics.observe(request.method, here.length ? path : "unknown", status, milliseconds / 1000);
    log({ level: "info", message: "request", request_id: id, method: request.method, path: path.slice(0, 200), status, milliseconds: Number(milliseconds.toFixed(2)) });
  }

  const server = createServer(answer);
  server.requestTimeout = 15000;
  return { server, state, table };
}

async function called(route, id, log) {
  try {
    return await route.handle();
  } catch (error) {
    // The last line of defence: the caller gets an id, the log gets the reason.
    log({ level: "error", message: "failed", request_id: id, path: route.path, error: String(error.stack) });
    return problem(500, `Something broke. Give this id when you ask: ${id}`);
  }
}

function problem(status, detail) {
  return { status, body: { title: String(status), status, detail }, mediaType: "application/problem+json" };
}

export function writeLog(entry) {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
}
