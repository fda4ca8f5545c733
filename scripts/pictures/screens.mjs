// Which screens are pictured: where each is, who sits before it, and at which size.
const desk = [1920, 1080];

/** The screens of the demo city; `first` is done on the page before its picture is taken. */
export const screens = [
  { name: "s1", path: "/wall/s1" },
  { name: "s2", path: "/site/hc-03" },
  { name: "s3", path: "/site/tp-04" },
  { name: "s4", path: "/alarms", who: "duty-city", first: openFirstAlarm },
  { name: "s5", path: "/handover", who: "duty-city" },
  { name: "s7", path: "/rules?rule=hc-03/GD-901~limit~high", who: "admin" },
  { name: "s8", path: "/gateways", who: "admin" },
  { name: "s9", path: "/history?points=hc-03/GD-901,hc-03/LT-101&range=1h", who: "admin" },
  { name: "s10", path: "/admin", who: "admin" },
  { name: "figures", path: "/wall/figures" },
  { name: "my", path: "/my", who: "enterprise", size: [390, 844] },
  { name: "embed", path: "/embed/trend?hours=1", token: "hc-03/GD-901", size: [640, 360] },
].map((screen) => ({ size: desk, hasOwnSize: screen.size !== undefined, ...screen }));

/** The same screens on the smallest plant, which has one site, one point, and no dam. */
export const emptyScreens = screens
  .filter(({ name }) => name !== "s3")
  .map((screen) => ({
    ...screen,
    path: screen.path
      .replace("hc-03/GD-901,hc-03/LT-101", "plant-1/TEMP-1")
      .replace("hc-03/GD-901", "plant-1/TEMP-1")
      .replace("hc-03", "plant-1"),
    token: screen.token && "plant-1/TEMP-1",
  }));

async function openFirstAlarm(page) {
  const row = page.locator('.screen [role="row"][data-alarm]').first();
  if ((await row.count()) > 0) await row.click();
}
