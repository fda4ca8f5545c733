// A wall of the register in Chromium: entered by the administrator, shown by a browser that keeps its token.
import type { Seat } from "../../contract/seat.ts";
import type { WallPage, Walls } from "./browser.ts";
import type { Demo } from "./demo.ts";

/** How a wall of the register is opened. */
export interface RegisteredOptions {
  readonly demo: Demo;
  readonly walls: Walls;
  readonly id: string;
  readonly path: string;
  /** @default the seat of a new wall */
  readonly seat?: Seat;
}

/** Enters a wall of the city into the register, and opens it. */
export async function openRegistered({ demo, walls, id, path, seat }: RegisteredOptions): Promise<WallPage> {
  const headers = { "content-type": "application/json", origin: demo.url };
  const login = await fetch(`${demo.url}/api/login`, {
    method: "POST",
    headers,
    body: JSON.stringify({ name: "admin", password: demo.credentials.people["admin"] }),
  });
  const cookie = login.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const added = await fetch(`${demo.url}/api/walls/add`, {
    method: "POST",
    headers: { ...headers, cookie },
    body: JSON.stringify({ id, name: `墙 ${id}`, tier: "city" }),
  });
  const { token } = (await added.json()) as { readonly token: string };
  if (seat !== undefined) {
    const body = JSON.stringify({ id, seat, reason: "验收" });
    await fetch(`${demo.url}/api/walls/seat`, { method: "POST", headers: { ...headers, cookie }, body });
  }
  return walls.open(demo.url, {
    path,
    prepare: async (page) => {
      await page
        .context()
        .request.post(`${demo.url}/api/wall-session`, { data: { token }, headers: { origin: demo.url } });
    },
  });
}
