import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { ApiProblem } from "@/api/problem";
import { render } from "@/test/render";
import { ProblemAlert } from "./problem-alert";

const busy = { status: 429, code: "too-many-requests", title: "Too many requests", detail: "Send fewer at once." };

it("says when a request that came too often is admitted", () => {
  render(<ProblemAlert error={new ApiProblem({ ...busy, retry_after_seconds: 10 })} />);
  expect(screen.getByRole("alert")).toHaveTextContent("Send fewer at once.Try again in 10 seconds.");
});

it("says nothing of time for other problems", () => {
  render(<ProblemAlert error={new ApiProblem({ ...busy, retry_after_seconds: null })} />);
  expect(screen.getByRole("alert")).not.toHaveTextContent("Try again");
});

it("names the missing right and who can give it as the service says it, and no remedy of its own", () => {
  const detail = "This needs the right 'promote' on 'shop' in 'Production'. An administrator can bind a role.";
  render(<ProblemAlert error={new ApiProblem({ status: 403, code: "forbidden", title: "Forbidden", detail })} />);
  expect(screen.getByRole("alert")).toHaveTextContent(`Forbidden${detail}`);
  expect(screen.getByRole("alert")).not.toHaveTextContent(/token/);
});
