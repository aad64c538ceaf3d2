/* Shortcuts: "/" and Ctrl-K, "?", and the keys that links name in data-shortcut ("n", "g c"). */
import { showPalette } from "./palette.js";

const CHORD_MILLISECONDS = 1200;

export function bindKeyboard(root) {
  let first = "";
  let timer;
  root.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      showPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      event.preventDefault();
      showPalette();
    } else if (event.key === "?") {
      document.getElementById("keys")?.showModal();
    } else if (event.key.length === 1) {
      const keys = first ? `${first} ${event.key}` : event.key;
      first = "";
      clearTimeout(timer);
      const link = linkFor(keys) ?? linkFor(event.key);
      if (link) {
        event.preventDefault();
        link.click();
      } else if (event.key === "g") {
        first = "g";
        timer = setTimeout(() => (first = ""), CHORD_MILLISECONDS);
      }
    }
  });
}

function linkFor(keys) {
  return document.querySelector(`[data-shortcut="${CSS.escape(keys)}"]`);
}

export function isTyping(element) {
  return (
    element instanceof HTMLElement &&
    (element.isContentEditable ||
      element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button])"))
  );
}
