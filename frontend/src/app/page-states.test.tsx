import { screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { ApiProblem } from "@/api/problem";
import { render } from "@/test/render";
import { PageFailed } from "./page-states";

const show = (document: ConstructorParameters<typeof ApiProblem>[0]) =>
  render(<PageFailed error={new ApiProblem(document)} reset={vi.fn()} />);

it.each([
  ["application", "Go to applications", "/applications"],
  ["operation", "Go to the history", "/operations"],
  ["receiver", "Go to registries", "/registries"],
  ["environment", "Go to environments", "/environments"],
])("an unknown %s leads to what exists instead of to another try", (what, label, address) => {
  show({ status: 404, code: "not-found", title: "Not found", detail: `There is no ${what} named 'x'.`, what });
  expect(screen.getByRole("heading", { name: `There is no ${what} named 'x'.` })).toBeInTheDocument();
  expect(screen.getByRole("link", { name: label })).toHaveAttribute("href", address);
  expect(screen.queryByRole("button", { name: "Try again" })).not.toBeInTheDocument();
});

it("a page that fails for another reason can be tried again", () => {
  show({ status: 503, code: "unavailable", title: "Unavailable", detail: "Later." });
  expect(screen.getByRole("button", { name: "Try again" })).toBeInTheDocument();
});
