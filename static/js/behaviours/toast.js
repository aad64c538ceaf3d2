/* Short messages in the corner: what htmx could not do, and what an answer asks to be said. */
export function toast(text, tone = "go") {
  const place = document.getElementById("toasts");
  if (!place || !text) return;
  const box = document.createElement("div");
  box.className = "toast";
  box.dataset.tone = tone;
  const words = document.createElement("p");
  words.className = "toast__text";
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button button--quiet button--small";
  close.textContent = "Close";
  close.addEventListener("click", () => box.remove());
  box.append(words, close);
  place.append(box);
  if (tone !== "bad") setTimeout(() => box.remove(), 6000);
}

export function toastErrors(body) {
  body.addEventListener("htmx:responseError", (event) => toast(reason(event.detail.xhr), "bad"));
  body.addEventListener("htmx:sendError", () =>
    toast("The portal did not answer. Check the connection, then try again.", "bad"),
  );
  body.addEventListener("htmx:timeout", () =>
    toast("The portal took too long to answer. Try again.", "bad"),
  );
}

function reason(request) {
  const answer = new DOMParser().parseFromString(request.responseText, "text/html");
  const alert = answer.querySelector("[role=alert]");
  const text = alert?.textContent.replace(/\s+/g, " ").trim();
  return text || `That did not work: the portal answered ${request.status}.`;
}
