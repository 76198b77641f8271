/** What the server answers, for tests of components: nothing is sent. */
import { afterEach, vi } from "vitest";
import { api, Refusal } from "./client";

/** One question to the server. */
export interface Question {
  /** `PUT /api/v1/models/{model}/access` */
  route: string;
  body: unknown;
  query: Record<string, unknown>;
  signal: AbortSignal | undefined;
}

interface Options {
  body?: unknown;
  params?: { query?: Record<string, unknown> };
  signal?: AbortSignal;
}

const METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"] as const;

/** Answer by these routes, and note what was asked; a route that throws refuses. */
export function answerWith(
  routes: Record<string, (question: Question) => unknown>,
): readonly Question[] {
  const asked: Question[] = [];
  for (const method of METHODS) {
    const answered = async (path: string, { body, params, signal }: Options = {}) => {
      const question = { route: `${method} ${path}`, body, query: params?.query ?? {}, signal };
      asked.push(question);
      const answer = routes[question.route];
      if (answer === undefined) {
        throw new Refusal(404, `nobody answers ${question.route}`);
      }
      return { data: await answer(question) };
    };
    vi.spyOn(api, method).mockImplementation(answered as never);
  }
  return asked;
}

afterEach(() => void vi.restoreAllMocks());
