// Amounts of data as people write them, in powers of ten as disks are sold.

const units = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** `12.4 GB`. */
export function bytesText(bytes: number): string {
  const rank = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** rank;
  return `${rank === 0 ? String(amount) : amount.toFixed(1)}\u2009${units[rank]}`;
}
