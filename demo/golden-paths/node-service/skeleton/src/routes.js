// Which address is answered by which function; the contract is written from this table.
import { description, name, version } from "./about.js";

const JSON_TYPE = "application/json";

export function routes(state) {
  return [
    {
      method: "GET",
      path: "/v1/about",
      operation: "getAbout",
      summary: "Name and version",
      statuses: { 200: "What this is" },
      mediaType: JSON_TYPE,
      handle: () => ({ body: { name, description, version } }),
    },
    {
      method: "GET",
      path: "/healthz",
      operation: "getHealth",
      summary: "The process is alive",
      statuses: { 200: "Alive" },
      mediaType: JSON_TYPE,
      handle: () => ({ body: { status: "ok" } }),
    },
    {
      method: "GET",
      path: "/readyz",
      operation: "getReadiness",
      summary: "Requests are welcome",
      statuses: { 200: "Ready", 503: "Starting or stopping" },
      mediaType: JSON_TYPE,
      handle: () =>
        state.ready ? { body: { status: "ready" } } : { status: 503, body: { status: "not ready" } },
    },
    {
      method: "GET",
      path: "/metrics",
      operation: "getMetrics",
      summary: "Counters in Prometheus text",
      statuses: { 200: "The counters" },
      mediaType: "text/plain",
      handle: () => ({ body: state.metrics.text(), mediaType: "text/plain; version=0.0.4" }),
    },
  ];
}
