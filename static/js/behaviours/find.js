/* The search box of the header hands over to the palette; without it, it is a plain form. */
export default function find(form) {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = form.querySelector("input");
  const open = () => dialog.dispatchEvent(new CustomEvent("palette:show", { detail: input.value }));
  form.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    open();
  });
  input.addEventListener("input", () => {
    open();
    input.value = "";
  });
}
