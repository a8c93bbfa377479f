/** In the address of a page, and in its tab's memory: the token of the preview that it shows. */
export const PREVIEW = "selvedge_preview";
