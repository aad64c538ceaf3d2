import assert from "node:assert/strict";
import test from "node:test";
import { money } from "../src/money.js";
import { page } from "../src/server.js";

test("cents become euros", () => assert.equal(money(4999, "EUR", "en-GB"), "€49.99"));
test("a page shows the price", () => assert.match(page({ title: "Anvil", cents: 4999 }), /€49\.99/));
