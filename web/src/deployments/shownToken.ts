/** Tokens of deployments made since the page was loaded: they are told once, so they are kept nowhere else. */
import { create } from "zustand";

const useTokens = create<Readonly<Record<string, string>>>(() => ({}));

/** Show the token of a deployment that was just made. */
export const keepToken = (deployment: string, token: string): void =>
  useTokens.setState({ [deployment]: token });

/** Forget it: whoever made the deployment has it now. */
export const forgetToken = (deployment: string): void =>
  useTokens.setState(({ [deployment]: _, ...others }) => others, true);

/** The token, as long as it is shown. */
export const useShownToken = (deployment: string): string | null =>
  useTokens((tokens) => tokens[deployment] ?? null);
