/* data-behaviour="follow" on a log: stays at its end while new lines arrive, unless scrolled up. */
export default function follow(log) {
  let atEnd = true;
  const toEnd = () => (log.scrollTop = log.scrollHeight);
  log.addEventListener("scroll", () => {
    atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  });
  new MutationObserver(() => atEnd && toEnd()).observe(log, { childList: true });
  toEnd();
}
