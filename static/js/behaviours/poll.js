/* data-behaviour="poll": asks again after a second, seldom while nobody looks. */
export default function poll(element) {
  const wait = document.hidden ? 15000 : 1000;
  const ask = () => {
    document.removeEventListener("visibilitychange", shown);
    clearTimeout(timer);
    if (element.isConnected) window.htmx.trigger(element, "poll");
  };
  const shown = () => document.hidden || ask();
  let timer = setTimeout(ask, wait);
  document.addEventListener("visibilitychange", shown);
  /* A portal that does not answer for a while must not stop the page for good. */
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    element.addEventListener(name, () => (timer = setTimeout(ask, 5000)));
  }
}
