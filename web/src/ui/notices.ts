/** Short messages in the corner: that something was done, or that it was not and why. */
import { notifications } from "@mantine/notifications";
import { createElement } from "react";
import { ProblemNotice } from "./ProblemNotice";

export function tell(message: string): void {
  notifications.show({ message, autoClose: 4_000 });
}

/** A failure stays until it is closed: what to do is in it. */
export function tellProblem(problem: unknown): void {
  notifications.show({
    message: createElement(ProblemNotice, { problem }),
    autoClose: false,
    withBorder: true,
    color: "red",
  });
}
