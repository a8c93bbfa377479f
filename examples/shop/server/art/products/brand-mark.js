/** The ridge line that stands for the brand on clothes and packaging, 38 by 14 units at size 1. */
export const brandMark = (x, y, size, fill) =>
  `<path transform="translate(${x} ${y}) scale(${size})" d="M0 14L13 0L21 8L27 2L38 14H30L26 9L21 14L13 8L7 14Z" fill="${fill}"/>`;
