// Makes one answer for the phone out of three services' answers.
export function home({ cart, offers, products }) {
  return {
    cartCount: Object.values(cart).reduce((sum, quantity) => sum + quantity, 0),
    offers: offers.slice(0, 3).map((offer) => offer.title),
    products: products.filter((product) => product.available).slice(0, 10),
  };
}
