// Shows cents as people write money in their country.
export function money(cents, currency, locale) {
  return new Intl.NumberFormat(locale, { style: "currency", currency }).format(cents / 100);
}
