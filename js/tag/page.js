/** The page as events describe it. `referrer` is what led here: the document's own, or the URL before a move within the page. */
export const pageNow = (referrer = document.referrer) => ({
  path: location.pathname,
  url: location.href,
  search: location.search,
  title: document.title,
  referrer,
});
