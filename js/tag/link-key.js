/** In the address of a page that a link of another of the site's domains led to: the edge's word for who comes there. */
export const LINK = "selvedge_link";
