/* Up and down move between the rows of a table or a list; Home and End go to its ends. */
import { isTyping } from "./keyboard.js";

const ROWS = ".rows tbody tr, [data-list] > li";

export function bindLists(root) {
  root.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const row = event.target.closest?.(ROWS);
    if (!row) {
      const start = event.key === "ArrowDown" && event.target === document.body;
      if (start && move(document.querySelector(ROWS))) event.preventDefault();
      return;
    }
    const rows = [...row.parentElement.children].filter((other) => focusTarget(other));
    const index = rows.indexOf(row);
    const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 };
    if (move(rows[next[event.key]])) event.preventDefault();
  });
}

function focusTarget(row) {
  return row?.querySelector("a[href], button:not([disabled])");
}

function move(row) {
  const target = focusTarget(row);
  target?.focus();
  return Boolean(target);
}
