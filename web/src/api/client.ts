/**
 * The one way to the server: a client typed by its OpenAPI document (`schema.d.ts`, generated).
 *
 * `api` answers with data or throws a `Refusal` that carries the server's diagnostics.
 */
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Diagnostic = Schemas["Diagnostic"];

export const BASE = "/api/v1";

let csrfToken = "";

/** Remember what `GET /session` and signing in gave: every change must bring it. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Headers of a change made without `api`: sending a file in pieces, for instance. */
function changeHeaders(): Record<string, string> {
  return csrfToken === "" ? {} : { "X-CSRF-Token": csrfToken };
}

/** The server said no, or could not be reached (status 0). */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly status: number,
    message: string,
    readonly diagnostics: readonly Diagnostic[] = [],
    /** Seconds to wait before asking again, where the server says so. */
    readonly retryAfterS: number | null = null,
  ) {
    super(message);
  }
}

/** The refusal that an answer with a failing status stands for. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const after = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const retryAfterS = Number.isFinite(after) ? after : null;
  try {
    const problem = (await response.clone().json()) as Partial<Schemas["Problem"]>;
    const message = problem.detail || problem.title || response.statusText;
    return new Refusal(response.status, message, problem.diagnostics ?? [], retryAfterS);
  } catch {
    return new Refusal(response.status, response.statusText || `HTTP ${response.status}`);
  }
}

type Listener = () => void;
const signedOutListeners = new Set<Listener>();

/** Be told when the server no longer knows who we are. */
export function onSignedOut(listener: Listener): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

const speakOurLanguage: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept-Language", document.documentElement.lang || "en");
    if (request.method !== "GET") {
      for (const [name, value] of Object.entries(changeHeaders())) {
        request.headers.set(name, value);
      }
    }
    return request;
  },
  async onResponse({ response, schemaPath }) {
    if (response.ok) {
      return undefined;
    }
    if (response.status === 401 && schemaPath !== `${BASE}/session`) {
      for (const listener of signedOutListeners) {
        listener();
      }
    }
    throw await refusalOf(response);
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") {
      return error;
    }
    return new Refusal(0, error instanceof Error ? error.message : String(error));
  },
};

export const api = createClient<paths>({
  baseUrl: "",
  fetch: (request) => globalThis.fetch(request), // looked up each time: tests put another in its place
});
api.use(speakOurLanguage);

/** The data of an answer; failures have been thrown before. */
export async function dataOf<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  return data as T;
}
