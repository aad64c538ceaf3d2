// What callers and the platform see.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { afterEach, beforeEach, test } from "node:test";
import { name } from "../src/about.js";
import { createApp } from "../src/app.js";
import { contract } from "../src/contract.js";

let app, base, lines;

beforeEach(async () => {
  lines = [];
  app = createApp({ log: (entry) => lines.push(entry) });
  app.state.ready = true;
  app.server.listen(0, "127.0.0.1");
  await once(app.server, "listening");
  base = `http://127.0.0.1:${app.server.address().port}`;
});

afterEach(async () => {
  app.server.closeAllConnections();
  app.server.close();
  await once(app.server, "close");
});

test("about says the name", async () => {
  const about = await (await fetch(`${base}/v1/about`)).json();
  assert.equal(about.name, name);
});

test("an unknown address is a problem with a reason", async () => {
  const answer = await fetch(`${base}/v1/nothing`);
  assert.equal(answer.status, 404);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.ok((await answer.json()).detail);
});

test("a wrong method says the right one", async () => {
  const answer = await fetch(`${base}/v1/about`, { method: "DELETE" });
  assert.equal(answer.status, 405);
  assert.match((await answer.json()).detail, /GET/);
});

test("a request id is kept, a hostile one replaced", async () => {
  const kept = await fetch(`${base}/healthz`, { headers: { "X-Request-Id": "abc-123" } });
  assert.equal(kept.headers.get("x-request-id"), "abc-123");
  const hostile = await fetch(`${base}/healthz`, { headers: { "X-Request-Id": '"} fake' } });
  assert.match(hostile.headers.get("x-request-id"), /^[0-9a-f-]{36}$/);
});

test("each request is one line of the log", async () => {
  await fetch(`${base}/healthz`);
  await new Promise(setImmediate);
  assert.deepEqual(lines.map(({ path, status }) => ({ path, status })), [{ path: "/healthz", status: 200 }]);
});

test("requests are counted by route, not by what was typed", async () => {
  await (await fetch(`${base}/v1/about`)).text();
  await (await fetch(`${base}/etc/passwd`)).text();
  const text = await (await fetch(`${base}/metrics`)).text();
  assert.match(text, /route="\/v1\/about",status="200"\} 1/);
  assert.match(text, /route="unknown",status="404"\} 1/);
  assert.doesNotMatch(text, /passwd/);
});

test("ready follows the state of the service", async () => {
  assert.equal((await fetch(`${base}/readyz`)).status, 200);
  app.state.ready = false;
  assert.equal((await fetch(`${base}/readyz`)).status, 503);
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
});

test("a broken route answers 500 with an id and no stack", async () => {
  const handle = () => {
    throw new Error("secret detail");
  };
  app.table.push({ method: "GET", path: "/broken", handle });
  const answer = await fetch(`${base}/broken`, { headers: { "X-Request-Id": "find-me" } });
  const text = await answer.text();
  assert.equal(answer.status, 500);
  assert.match(text, /find-me/);
  assert.doesNotMatch(text, /secret detail/);
});

test("the written contract is up to date, and kept", async () => {
  const written = readFileSync(new URL("../openapi.json", import.meta.url), "utf8");
  assert.deepEqual(JSON.parse(written), contract());
  for (const [path, operations] of Object.entries(contract().paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const answer = await fetch(base + path, { method: method.toUpperCase() });
      const documented = operation.responses[answer.status];
      assert.ok(documented, `${method} ${path} answered ${answer.status}`);
      const [mediaType] = Object.keys(documented.content);
      assert.ok(answer.headers.get("content-type").startsWith(mediaType));
    }
  }
});

test("a stop signal ends it cleanly", async () => {
  const main = new URL("../src/main.js", import.meta.url).pathname;
  const child = spawn(process.execPath, [main], { env: { ...process.env, PORT: "0" } });
  try {
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
  } finally {
    child.kill("SIGKILL");
  }
});
