import { createServer } from "node:http";
import { home } from "./home.js";

const empty = { cart: {}, offers: [], products: [] };

createServer((request, response) => {
  if (request.url === "/healthz") return response.end("ok");
  response.setHeader("Content-Type", "application/json");
  return response.end(JSON.stringify(home(empty)));
}).listen(8080);
