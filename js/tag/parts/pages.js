// The pages of a mapping: a path in which `*` stands for anything.

const patterns = new Map();

/** True where this page is one of them; all are, where none is named. */
export const isOnPage = (pages = "*") => {
  if (!patterns.has(pages))
    patterns.set(pages, new RegExp(`^${pages.replace(/[^\w*/]/g, "\\$&").replace(/\*/g, ".*")}$`));
  return patterns.get(pages).test(location.pathname);
};
