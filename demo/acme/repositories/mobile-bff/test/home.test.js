import assert from "node:assert/strict";
import test from "node:test";
import { home } from "../src/home.js";

const answers = {
  cart: { anvil: 2, rope: 1 },
  offers: [{ title: "A" }, { title: "B" }, { title: "C" }, { title: "D" }],
  products: [{ sku: "anvil", available: true }, { sku: "rope", available: false }],
};

test("the cart is counted", () => assert.equal(home(answers).cartCount, 3));
test("three offers are enough", () => assert.deepEqual(home(answers).offers, ["A", "B", "C"]));
test("what is sold out is not shown", () => assert.equal(home(answers).products.length, 1));
