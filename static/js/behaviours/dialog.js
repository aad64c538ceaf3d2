/* A button with data-opens="id" opens that dialog; a click beside a dialog closes it. */
export function openDialogs(root) {
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.opens);
      if (dialog && !dialog.open) {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    const dialog = event.target.closest("dialog[open]");
    if (dialog && event.target === dialog && outside(dialog, event)) dialog.close();
  });
  /* What htmx puts into the slot is shown as soon as it arrives. */
  document.getElementById("dialog-slot")?.addEventListener("htmx:afterSwap", (event) => {
    event.currentTarget.querySelector("dialog:not([open])")?.showModal();
  });
}

function outside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return (
    event.clientX < box.left || event.clientX > box.right ||
    event.clientY < box.top || event.clientY > box.bottom
  );
}
