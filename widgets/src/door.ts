// How a page's requests get past the server's door: a token, or the `_xsrf` cookie that belongs to the login.

import type { Server } from "./page";

const XSRF = "_xsrf=";

/** Which cookie the server took last, by its address. */
const taken = new Map<string, string>();

/**
 * The `_xsrf` cookies that may be the one. Servers that are neighbours leave cookies for the same page. Jupyter goes by
 * the last of them, the one for the widest path; a JupyterHub by the first that it has signed itself, which a page
 * can't tell.
 */
export function xsrfCookies(cookies: string): string[] {
  const found = cookies.split(/;\s*/).filter((part) => part.startsWith(XSRF));
  return [...new Set(found.map((part) => part.slice(XSRF.length)))].map(decoded).reverse();
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** `fetch` with what opens the door. What is refused as forbidden did nothing, and is asked again with the next cookie. */
export async function knock(
  server: Server,
  cookies: string,
  url: string,
  init: RequestInit,
): Promise<Response> {
  const { baseUrl, token } = server;
  const bearer: Record<string, string> = token ? { Authorization: `token ${token}` } : {};
  const ask = (xsrf?: string) => {
    const headers = { ...init.headers, ...bearer, ...(xsrf === undefined ? {} : { "X-XSRFToken": xsrf }) };
    return fetch(url, { ...init, credentials: "same-origin", headers });
  };
  const keys = server.elsewhere ? [] : xsrfCookies(cookies);
  const good = keys.indexOf(taken.get(baseUrl) ?? "");
  if (good > 0) keys.unshift(...keys.splice(good, 1));
  let answer = await ask(keys[0]);
  for (const key of keys.slice(1)) {
    if (answer.status !== 403) break;
    const other = await ask(key);
    if (other.status !== 403) taken.set(baseUrl, key);
    answer = other;
  }
  return answer;
}
