/* A <details> that is open on a wide page and folded on a narrow one. */
export default function fold(details) {
  if (matchMedia("(max-width: 900px)").matches) details.open = false;
}
