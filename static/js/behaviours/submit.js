/* data-behaviour="submit" on a form: sends it when a control changes; hides its own button. */
export default function submit(form) {
  for (const button of form.querySelectorAll("[data-without-script]")) button.hidden = true;
  if (form.hasAttribute("hx-get") || form.hasAttribute("hx-post")) return;
  form.addEventListener("change", () => form.requestSubmit());
}
