// Serves the shop's first page.
import { createServer } from "node:http";
import { money } from "./money.js";

export function page(product) {
  return `<!doctype html><title>${product.title}</title><h1>${product.title}</h1><p>${money(product.cents, "EUR", "en-GB")}</p>`;
}

if (process.argv[1]?.endsWith("server.js")) {
  createServer((request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(page({ title: "Anvil", cents: 4999 }));
  }).listen(8080);
}
