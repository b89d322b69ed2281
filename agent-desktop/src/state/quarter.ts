/** Start of a quarter of an hour as `hh:mm`; 0 is midnight. */
export const quarterLabel = (index: number): string =>
  `${String(Math.floor(index / 4)).padStart(2, '0')}:${String((index % 4) * 15).padStart(2, '0')}`
