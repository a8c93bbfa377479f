// What a page's address asks of the tag, until its tab is closed or another address says something else.

export const asked = (key) => {
  const said = new URLSearchParams(location.search).get(key);
  try {
    if (said) sessionStorage.setItem(key, said);
    return sessionStorage.getItem(key);
  } catch {
    return said;
  }
};
