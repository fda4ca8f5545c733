// The command line of a wall's browser (wall.md 9): whole screen, sound without a gesture, timers that never sleep.

const flags = [
  "--noerrdialogs",
  "--disable-session-crashed-bubble",
  // Without it no alarm is heard before somebody has touched the wall; --kiosk alone does not unlock sound.
  "--autoplay-policy=no-user-gesture-required",
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-features=TabFreezing",
  "--check-for-update-interval=31536000",
  "--password-store=basic",
  // Its cookie makes the browser this wall: the folder must survive a restart.
  "--user-data-dir=/var/lib/wall",
];

/** The line for a server's address. */
export function kioskLine(origin: string): string {
  return ["chromium", "--kiosk", `--app=${origin}/wall/s1`, ...flags].join(" ");
}
