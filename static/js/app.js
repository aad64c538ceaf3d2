/* Binds every behaviour to the elements that name it, now and after each htmx swap. */
import copy from "./behaviours/copy.js";
import find from "./behaviours/find.js";
import follow from "./behaviours/follow.js";
import { openDialogs } from "./behaviours/dialog.js";
import fold from "./behaviours/fold.js";
import { bindKeyboard } from "./behaviours/keyboard.js";
import { bindLists } from "./behaviours/lists.js";
import menu from "./behaviours/menu.js";
import palette from "./behaviours/palette.js";
import poll from "./behaviours/poll.js";
import submit from "./behaviours/submit.js";
import { toast, toastErrors } from "./behaviours/toast.js";

const behaviours = { copy, find, fold, follow, menu, palette, poll, submit };
const bound = new WeakSet();

/* A behaviour is a function (element) => void; data-behaviour may name several. */
export function bind(root) {
  const elements = [...root.querySelectorAll("[data-behaviour]")];
  if (root.matches?.("[data-behaviour]")) elements.push(root);
  for (const element of elements) {
    if (bound.has(element)) continue;
    bound.add(element);
    for (const name of element.dataset.behaviour.split(" ")) behaviours[name]?.(element);
  }
  for (const element of root.querySelectorAll("[data-opens][hidden]")) element.hidden = false;
}

bind(document);
openDialogs(document);
bindKeyboard(document);
bindLists(document);
toastErrors(document.body);
document.body.addEventListener("htmx:load", (event) => bind(event.detail.elt));
/* A server answer may carry HX-Trigger: {"toast": "text"}. */
document.body.addEventListener("toast", (event) => toast(event.detail.value ?? ""));
