/* Follows a run that goes on: fetches its part of the page again until it has ended. */
const INTERVAL = 1500;

function openSteps(region) {
  return new Map([...region.querySelectorAll("details[id]")].map((step) => [step.id, step.open]));
}

async function follow(region) {
  while (region.querySelector("[data-goes-on]")) {
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    if (document.hidden) continue;
    const answer = await fetch(region.dataset.live, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) continue;
    const toggled = new Set([...region.querySelectorAll("details[data-toggled]")].map((step) => step.id));
    const open = openSteps(region);
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    region.replaceChildren(...parsed.body.childNodes);
    for (const id of toggled) {
      const step = region.querySelector(`#${id}`);
      if (step) { step.open = open.get(id); step.dataset.toggled = ""; }
    }
  }
}

for (const region of document.querySelectorAll("[data-live]")) {
  // What a person has opened or closed stays so.
  region.addEventListener("click", (event) => {
    const step = event.target.closest("summary")?.parentElement;
    if (step) step.dataset.toggled = "";
  });
  follow(region);
}
