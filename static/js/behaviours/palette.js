/* The command palette: htmx fills the list, the arrows choose, Enter opens. */
export default function palette(dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");

  dialog.addEventListener("palette:show", (event) => {
    if (dialog.open) return;
    input.value = event.detail ?? "";
    dialog.showModal();
    input.focus();
    input.select();
    input.dispatchEvent(new Event("palette:open"));
  });

  const options = () => [...list.querySelectorAll("[role=option]")];
  const choose = (option) => {
    for (const other of options()) other.setAttribute("aria-selected", String(other === option));
    if (!option) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const chosen = () => list.querySelector("[aria-selected=true]");

  list.addEventListener("htmx:afterSwap", () => choose(options()[0]));
  list.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== chosen()) choose(option);
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const all = options();
      if (all.length) choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
    } else if (event.key === "Enter" && chosen()) {
      event.preventDefault();
      chosen().click();
    }
  });
}

export function showPalette() {
  const dialog = document.getElementById("palette");
  if (dialog) dialog.dispatchEvent(new CustomEvent("palette:show"));
  else document.querySelector(".find input")?.focus();
}
