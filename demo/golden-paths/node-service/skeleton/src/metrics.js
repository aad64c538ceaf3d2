// Counters in the text format of Prometheus.
export class Metrics {
  #requests = new Map();
  #seconds = new Map();

  // Count one request; `route` is the route's path, never what the caller typed.
  observe(method, route, status, seconds) {
    const request = `method="${method}",route="${route}",status="${status}"`;
    const place = `method="${method}",route="${route}"`;
    this.#requests.set(request, (this.#requests.get(request) ?? 0) + 1);
    this.#seconds.set(place, (this.#seconds.get(place) ?? 0) + seconds);
  }

  text() {
    const lines = ["# TYPE http_requests_total counter"];
    for (const [labels, count] of this.#requests) lines.push(`http_requests_total{${labels}} ${count}`);
    lines.push("# TYPE http_request_seconds_total counter");
    for (const [labels, total] of this.#seconds) {
      lines.push(`http_request_seconds_total{${labels}} ${total.toFixed(6)}`);
    }
    return `${lines.join("\n")}\n`;
  }
}
