// Logs a person in at a server under test.

/** The session as a Cookie header. */
export async function cookieOf(url, { name, password }) {
  const response = await fetch(`${url}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password }),
  });
  if (!response.ok) throw new Error(`login: ${response.status} ${await response.text()}`);
  return response.headers.getSetCookie()[0].split(";")[0];
}
